"""Where a document asks and replies, the question and its reply are read and shown together. Pure.

A question answers nothing, a bare "No." says nothing, and "No, …" may reply to another question than the person's.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from index.traits import is_bullet
from index.types import Evidence
from rag.compose import SPEAKER

_BARE = re.compile(rf"\W*(?:{SPEAKER})?\W*(?:yes|no)\W*", re.I)


def replied(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence, best first, with each question and each reply as both together: the question, its reply and, where
    that is a bare yes or no, the sentence after it.

    A question that nothing follows, or a list, stays as it is. What then stands twice is kept where it stood first.
    """
    kept: dict[tuple[str, int], Evidence] = {}
    for item in map(_with_its_question, evidence):
        kept.setdefault((item.passage.document_id, item.start), item)
    return tuple(kept.values())


def _with_its_question(item: Evidence) -> Evidence:
    spans = item.passage.sentences
    at = next((n for n, (start, _) in enumerate(spans) if start == item.start), 0)
    for asks in range(at, max(-1, at - 3), -1):
        last = _last_of_reply([item.passage.between(*span) for span in spans[asks : asks + 4]])
        if last and at <= asks + last:
            return replace(item, start=spans[asks][0], end=spans[asks + last][1])
    return item


def _last_of_reply(texts: Sequence[str]) -> int:
    """Which of a few sentences ends the reply to the first of them; 0 where that is no question, or none follows."""
    if len(texts) == 1 or not _asks(texts[0]) or _asks(texts[1]) or is_bullet(texts[1]):
        return 0
    goes_on = len(texts) > 2 and _BARE.fullmatch(texts[1]) and not _asks(texts[2])
    return 2 if goes_on else 1


def _asks(text: str) -> bool:
    return text.rstrip("*_ ").endswith("?")
