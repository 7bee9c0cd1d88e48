"""Text in, sentences and passages out, as exact spans of the text.

A passage is a run of whole sentences that the embedder reads in one go. Knows nothing of files or vectors.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.lines import blocks
from index.types import Document, Passage, sections_within

TARGET = 900  # characters of a passage; measured best among 400 to 1600
CountTokens = Callable[[Sequence[str]], list[int]]
Span = tuple[int, int]

_WINDOW = 2000  # sentencex takes quadratic time on quotation marks and on Chinese: it never sees more than this
_WHOLE_AT_MOST = 400  # a longer row or log line is split like prose
_LONGEST = 6  # characters per word piece of the limit: a sentence beyond is cut before it is counted
_MARKER = re.compile(r"[\W\d_]*(?:\w[.)])?")  # "1.", "(2)", "[3]", "a)": belongs to what follows
_SHORT = re.compile(r"(?:\b\w{1,3}|\.\w+|\b(?:approx|resp|incl|excl|min|max|hrs|mins|secs|misc))\.$")
_NUMBERED = re.compile(
    r"\b(?:vols?|approx|arts?|secs?|chaps?|ch|vers?|tel|ext|min|max|nr|nos?|op|figs?|eqs?|pp?|paras?|cl|regs?|ca|c)\.$",
    re.IGNORECASE,
)
_DAY = re.compile(r"\b\d{1,2}\.$")
_MONTH = re.compile(r"(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b")
_RUN_ON = re.compile(
    r"(?:^|\s)[a-z]{3,}[.?!]$"
)  # with _CAPITAL after it: two sentences without the space, not a dotted name
_CAPITAL = re.compile(r"[A-Z][a-z]*[\s,]")


@dataclass(frozen=True)
class _Unit:
    """A sentence on its way into a passage; `cost` counts its word pieces without the special ones."""

    start: int
    end: int
    heading: bool
    cost: int = 0


def sentences(text: str) -> list[Span]:
    """The (start, end) of each sentence in order, without surrounding white space.

    Every character that is not white space is in exactly one. A sentence never crosses a blank line; headings, list
    items, table rows, log lines and e-mail headers are sentences of their own. Linear in the length of the text.
    """
    return [(unit.start, unit.end) for unit in _units(text)]


def passages(document: Document, count_tokens: CountTokens, limit: int) -> list[Passage]:
    """Pack the document's sentences into passages of about TARGET characters and at most `limit` word pieces.

    `count_tokens` counts each text's word pieces, the special ones included. A sentence over the limit is cut between
    words. A passage never crosses a page; it starts anew at a heading.
    """
    special = count_tokens([""])[0]
    text, room = document.text, max(1, limit - special)
    units = [part for unit in _units(text) for part in _cut_at(text, unit, document.pages)]
    units = [part for unit in units for part in _cut(text, unit, _LONGEST * room)]
    runs = list(_pack(_priced(text, units, count_tokens, special, room), document.pages, room))
    # Word pieces add up but for a few at the seams, so only nearly full passages are counted again.
    full = [sum(unit.cost for unit in run) > 0.85 * room for run in runs]
    fitting = (
        part
        for run, check in zip(runs, full, strict=True)
        for part in (_fitting(text, run, count_tokens, limit) if check else [run])
    )
    return [_passage(document, run) for run in fitting]


def _passage(document: Document, run: Sequence[_Unit]) -> Passage:
    start, end = run[0].start, run[-1].end
    page = bisect_right(document.pages, start) or None
    spans = tuple((unit.start, unit.end) for unit in run)
    sections = sections_within(document.sections, start, end)
    return Passage(document.id, document.source, start, end, page, document.text[start:end], spans, sections)


def _pack(units: Iterable[_Unit], pages: Sequence[int], room: int) -> Iterator[list[_Unit]]:
    """Runs of units: a new one starts at a page, at a heading (unless only headings precede it), or when full."""
    run: list[_Unit] = []
    page = cost = 0
    for unit in units:
        unit_page = bisect_right(pages, unit.start)
        full = run and (cost + unit.cost > room or unit.end - run[0].start > TARGET)
        titled = unit.heading and not all(each.heading for each in run)
        if run and (full or titled or unit_page != page):
            yield run
            run, cost = [], 0
        run.append(unit)
        page, cost = unit_page, cost + unit.cost
    if run:
        yield run


def _fitting(text: str, run: list[_Unit], count_tokens: CountTokens, limit: int) -> Iterator[list[_Unit]]:
    """The run, halved as long as it has more than `limit` word pieces in one text."""
    if len(run) == 1 or count_tokens([text[run[0].start : run[-1].end]])[0] <= limit:
        yield run
    else:
        middle = len(run) // 2
        yield from _fitting(text, run[:middle], count_tokens, limit)
        yield from _fitting(text, run[middle:], count_tokens, limit)


def _priced(text: str, units: Sequence[_Unit], count_tokens: CountTokens, special: int, room: int) -> Iterator[_Unit]:
    """The units with their cost; those over `room` are cut until each fits."""
    counts = count_tokens([text[unit.start : unit.end] for unit in units])
    for unit, count in zip(units, counts, strict=True):
        cost, length = count - special, unit.end - unit.start
        if cost <= room or length == 1:
            yield _Unit(unit.start, unit.end, unit.heading, cost)
        else:
            smaller = list(_cut(text, unit, max(1, min(length - 1, length * room * 9 // (cost * 10)))))
            yield from _priced(text, smaller, count_tokens, special, room)


def _cut_at(text: str, unit: _Unit, places: Sequence[int]) -> Iterator[_Unit]:
    """The parts of a unit between the given offsets."""
    start = unit.start
    for place in places[bisect_right(places, unit.start) : bisect_right(places, unit.end - 1)]:
        yield from _trimmed(text, start, place, unit.heading)
        start = place
    yield from _trimmed(text, start, unit.end, unit.heading)


def _cut(text: str, unit: _Unit, size: int) -> Iterator[_Unit]:
    """Parts of at most `size` characters, cut between words where there are any."""
    start = unit.start
    while unit.end - start > size:
        step = _word_end(text, start, size)
        yield from _trimmed(text, start, start + step, unit.heading)
        start += step
    yield from _trimmed(text, start, unit.end, unit.heading)


def _word_end(text: str, start: int, size: int) -> int:
    """How far, up to `size`, a cut between words goes; all of `size` where no word ends in the later half of it."""
    step = size
    if not text[start + size - 1].isspace() and not text[start + size].isspace():
        window = text[start : start + size]
        step = size - len(window.rsplit(maxsplit=1)[-1])
        step = size if 2 * step < size else step
    while step > 1 and size - step < 16 and unicodedata.combining(text[start + step]):
        step -= 1  # an accent stays with its letter
    return step


def _trimmed(text: str, start: int, end: int, heading: bool) -> Iterator[_Unit]:
    part = text[start:end]
    inner = part.strip()
    if inner:
        start += len(part) - len(part.lstrip())
        yield _Unit(start, start + len(inner), heading)


def _units(text: str) -> Iterator[_Unit]:
    """The sentences of the text, each knowing whether it is a heading."""
    for block in blocks(text):
        if block.heading or (block.whole and block.end - block.start <= _WHOLE_AT_MOST):
            yield _Unit(block.start, block.end, block.heading)
            continue
        for start, end in _joined(text, list(_segments(text, block.start, block.end))):
            yield from _trimmed(text, start, end, heading=False)


def _segments(text: str, start: int, end: int) -> Iterator[Span]:
    """What sentencex takes for the sentences of [start, end), window by window."""
    from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]

    while start < end:
        stop = end if end - start <= _WINDOW else start + _word_end(text, start, _WINDOW)
        found = [(b["start_index"], b["end_index"]) for b in get_sentence_boundaries("en", text[start:stop])]
        # The last sentence of a window may go on: the next window starts with it (if that leaves a good step ahead).
        if stop < end and len(found) > 1 and found[-1][0] > _WINDOW // 2:
            found.pop()
        for first, last in found:
            yield start + first, start + last
        start += found[-1][1] if found else stop - start


def _joined(text: str, pieces: Sequence[Span]) -> list[Span]:
    """Join what was split too eagerly: list markers, closing marks, abbreviations, dotted names."""
    joined: list[Span] = []
    for start, end in pieces:
        if joined and _belongs(text, joined[-1][0], start, end):
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined


def _belongs(text: str, start: int, middle: int, end: int) -> bool:
    """Whether [middle, end) goes on with the sentence [start, middle)."""
    after, tail = text[middle : min(end, middle + 100)].lstrip(), text[max(start, middle - 40) : middle].rstrip()
    if not after or not tail or not any(c.isalnum() for c in after):
        return True
    if middle - start <= 8 and _MARKER.fullmatch(tail):
        return True
    if tail[-1] in ".?!" and text[middle - 1] == tail[-1] and text[middle] == after[0] and after[0].isalnum():
        return not (_RUN_ON.search(tail) and _CAPITAL.match(after))
    if after[0].islower():
        return bool(_SHORT.search(tail))
    return bool((after[0].isdigit() and _NUMBERED.search(tail)) or (_DAY.search(tail) and _MONTH.match(after)))
