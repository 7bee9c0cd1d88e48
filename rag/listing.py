"""The list that a question asks for, whole: its items stand one by one, and a ranking brings but some of them. Pure."""

import re
from collections.abc import Sequence

from index.traits import is_bullet, is_lead
from index.types import Evidence
from index.words import terms
from rag.compose import MOST_QUOTES

FEWEST, MOST = 2, 12  # items
_COUNTS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_COUNTED = rf"(?:(?P<count>\d+|{'|'.join(_COUNTS)}) )?"
# "Which three kinds of seed …", "Name all the lenders": what there are several of.
_OPENED = (
    r"\b(?:which|what) (?:(?:are|were) (?:all )?(?:(?:the|my|our|their|its) )?)?",
    r"\b(?:list|name|give|show|tell me) (?:me )?(?:all )?(?:of )?(?:the )?",
)
_ASKS = re.compile(
    rf"(?:{_OPENED[0]}{_COUNTED}|{_OPENED[1]})"
    r"(?:(?:kinds?|sorts?|types?) of (?P<kind>[\w’'-]+)"
    r"|(?P<things>(?:[\w’'-]+ )?(?!(?:is|was|has|does|this)\b)[\w’'-]+s)\b)",
    re.I,
)
_SEVERAL = re.compile(r"\w, [^,;]+,? (?:and|or) \w")  # a sentence that lists by itself


def listing(question: str, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The items of the list in which the best of the sentences stands, or which it announces, in their order.

    Empty where the question asks for no list or for another number of things, where the sentence lists things itself,
    or where neither a number nor another of the best sentences speaks for it. Where only some items name what is asked
    ("Which flours …"), it is those.
    """
    asked = _ASKS.search(question)
    items = _items(ranked[0]) if asked and ranked else []
    if not asked or not FEWEST <= len(items) <= MOST:
        return []
    things = set(terms(asked["kind"] or asked["things"]))
    naming = [item for item in items if things & set(terms(item.text))]
    chosen = naming if len(naming) >= FEWEST else items
    if count := (asked["count"] or "").lower():
        return chosen if len(chosen) == (int(count) if count.isdigit() else _COUNTS.index(count) + 2) else []
    if _SEVERAL.search(ranked[0].text):
        return []
    starts = {item.start for item in items}
    among = [b.passage.id == ranked[0].passage.id and b.start in starts for b in ranked[:MOST_QUOTES]]
    return chosen if sum(among) > 1 or is_lead(ranked[0].text) else []


def _items(best: Evidence) -> list[Evidence]:
    """The items of the list that the sentence stands in or announces, in its passage; none where it does neither."""
    passage, spans = best.passage, best.passage.sentences
    lines = [n for n, (start, _) in enumerate(spans) if _opens_line(best, start)]
    own = max((at for at, n in enumerate(lines) if spans[n][0] <= best.start), default=0)
    marks = [_mark(passage.between(*spans[n])) for n in lines]
    if not marks[own]:
        own += 1
    mark = marks[own] if own < len(lines) else ""
    first = last = own
    while mark and first > 0 and marks[first - 1] == mark:
        first -= 1
    while mark and last < len(lines) and marks[last] == mark:
        last += 1
    return [Evidence(passage, *spans[n], best.score) for n in lines[first:last]]


def _mark(line: str) -> str:
    """What marks the items of this line's list, numbers and letters each as one mark; empty where it is no item."""
    first = line.lstrip("(")[:1]
    return "" if not is_bullet(line) else "1" if first.isdigit() else "a" if first.isalpha() else first


def _opens_line(best: Evidence, start: int) -> bool:
    before = best.passage.text[: start - best.passage.start]
    return not before.strip() or "\n" in before[len(before.rstrip()) :]
