"""PDF files in, text and page offsets out: lines are joined into the paragraphs they were before they were set."""

import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from index.decode import clean
from index.errors import UserError
from index.extract import Extract
from index.pdf_lines import HYPHEN, Line, page_lines

_GUARD = threading.Lock()  # pdfium may run in one thread at a time
_SPLIT_WORD = re.compile(rf"(\w+){HYPHEN}([\w-]+)")
_WORD = re.compile(r"\w+(?:-\w+)*")
_ITEM = re.compile(r"[•‣◦▪●○■*·–—-]\s|\(?\d{1,2}[.)]\s|\(?[a-z]\)\s")
_LEADER = re.compile(r"\.\s?\.\s?\.\s*\w{1,5}$")  # a table of contents' dots
_PAGE_NUMBER = re.compile(r"\W{0,2}(?:page |p\. ?)?(\d{1,4})(?: ?(?:/|of) ?\d{1,4})?\W{0,2}", re.IGNORECASE)
_EDGE = 2  # lines at the top and at the bottom of a page that may be furniture
_NEAR = 12  # lines around a line among which its column's right edge is sought


def read_pdf(path: Path) -> Extract:
    """The text and the offset at which each page starts. Pages are separated by a blank line.

    Raises UserError when the file is protected by a password or no PDF.
    """
    import pypdfium2 as pdfium

    with _GUARD:
        try:
            pdf = pdfium.PdfDocument(str(path))
        except pdfium.PdfiumError as error:
            if "password" in str(error).lower():
                raise UserError("protected by a password; save it without one") from error
            raise UserError("not a PDF, or a damaged one") from error
        try:
            pages = [page_lines(pdf, number) for number in range(len(pdf))]
        finally:
            pdf.close()
    flowing = ["".join(_flow(lines)) for lines in _without_furniture(pages)]
    words = {word.lower() for text in flowing for word in _WORD.findall(_SPLIT_WORD.sub(" ", text))}
    starts, parts, length = [], [], 0
    for text in flowing:
        starts.append(length)
        whole = _SPLIT_WORD.sub(lambda match: _unhyphenated(match[1], match[2], words), text).replace(HYPHEN, "-")
        if part := clean(whole).strip():
            parts.append(part + "\n\n")
            length += len(parts[-1])
    return Extract("".join(parts).rstrip(), tuple(starts))


def _unhyphenated(left: str, right: str, words: set[str]) -> str:
    """The word that was split at the end of a line: with its hyphen when that is more likely part of it."""
    whole, hyphened = (left + right).lower(), f"{left}-{right}".lower()
    if whole in words:
        return left + right
    both_words = left.lower() in words and right.lower() in words and len(right) > 2
    if hyphened in words or "-" in right or both_words or not (left[-1:].isalpha() and right[:1].islower()):
        return f"{left}-{right}"
    return left + right


def _without_furniture(pages: Sequence[list[Line]]) -> list[list[Line]]:
    """The pages without page numbers, and with a running head or foot only where it comes first."""
    at_edges = ((page, line.text) for page, lines in enumerate(pages) for line in (*lines[:_EDGE], *lines[-_EDGE:]))
    edges = list(dict.fromkeys(at_edges))  # a line of a short page is at both
    repeated = Counter(text for _, text in edges)
    running = {text for text, count in repeated.items() if count >= 3 and 5 * count >= 2 * len(pages)}
    # A lone number is the page's when most pages have one that is as far from their place in the file.
    shifts = Counter(shift for page, text in edges if (shift := _shift(page, text)) is not None)
    shift = next((shift for shift, count in shifts.most_common(1) if count >= max(2, len(pages) / 3)), None)
    seen: set[str] = set()
    kept = []
    for page, lines in enumerate(pages):
        rest = []
        for number, line in enumerate(lines):
            text = line.text
            if number < _EDGE or number >= len(lines) - _EDGE:
                paged = shift is not None and _shift(page, text) == shift
                if paged or (text in running and text in seen):
                    continue
                seen.add(text)
            rest.append(line)
        kept.append(rest or lines)
    return kept


def _shift(page: int, text: str) -> int | None:
    """How far the number that is the whole line is from the page's place in the file."""
    match = _PAGE_NUMBER.fullmatch(text)
    return int(match[1]) - page if match else None


def _flow(lines: Sequence[Line]) -> Iterator[str]:
    """The lines and what stands between them: a space, a line end or a blank line."""
    if lines:
        yield lines[0].text
    spacing = _usual_spacing(lines)
    for number, (above, below) in enumerate(pairwise(lines)):
        near = lines[max(0, number - _NEAR) : number + _NEAR]
        yield _between(above, below, near, spacing) + below.text


def _between(above: Line, below: Line, near: Sequence[Line], spacing: float) -> str:
    if not (above.height and below.height):
        return "\n"
    if above.row or below.row:
        return "\n" if above.row and below.row else "\n\n"
    gap, size = above.bottom - below.bottom, max(above.height, below.height)
    unfinished = above.text[-1:].isalnum() or above.text[-1:] in ",;-–"
    if gap < -size:  # up to the next column
        return " " if unfinished and below.text[0].islower() else "\n\n"
    if abs(above.height - below.height) > 0.15 * size and not (unfinished and below.text[0].islower()):
        return "\n\n"
    if gap > 1.4 * max(spacing, 0.9 * size) * (1 + below.text.count(HYPHEN)):
        return "\n\n"
    if _ITEM.match(below.text) or _LEADER.search(above.text):
        return "\n"
    # Not the widest line: a caption over both columns would make every other line look short.
    rights = sorted(line.right for line in near if abs(line.left - above.left) < 3 * size and line.height)
    edge = rights[int(len(rights) * 0.85)]
    word = below.text.split(maxsplit=1)[0]
    letter = (below.right - below.left) / max(1, len(below.text))
    if above.right + (len(word) + 1) * letter < edge - 0.5 * size:
        return "\n"  # the next word would have had room
    indented = below.left - above.left > 0.8 * size and not unfinished
    return "\n\n" if indented else " "


def _usual_spacing(lines: Sequence[Line]) -> float:
    """The most usual distance between the bottoms of two lines of a page; 0 when there is none."""
    gaps = sorted(
        a.bottom - b.bottom for a, b in pairwise(lines) if a.height and 0 < a.bottom - b.bottom < 3 * a.height
    )
    return gaps[len(gaps) // 2] if gaps else 0.0
