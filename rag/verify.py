"""Does a piece of evidence bear out a drafted sentence, and does that answer the question? Rules, no model.

A draft that is wrongly rejected costs little, since the quote is shown in its place; so in doubt it is rejected.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.types import Evidence
from index.words import terms, tokens
from rag.agree import numbers
from rag.align import Case, contains
from rag.claims import read
from rag.faithful import changed_sense, misjoined, only_proposed, said_too_often, strange_words, turned_pointer
from rag.fitting import missing_kind, nobody, one_of_many, other_clause, other_question, other_subject, other_value
from rag.yes_no import YES_NO, agrees

_SAID = re.compile(r"(yes|no)\b[\s,.:;!-]*", re.I)


@dataclass(frozen=True)
class Judgement:
    """Whether a draft is borne out, why, and the evidence that does it (None when rejected)."""

    accepted: bool
    reason: str
    support: Evidence | None = None


def is_yes_no(question: str) -> bool:
    """Whether the question asks for a yes or a no."""
    return bool(YES_NO.match(question.strip()))


def holds(text: str, draft: str) -> bool:
    """Whether the words of the draft stand in the text side by side and in order."""
    return contains(read(text), read(draft))


def judge(draft: str, question: str, evidence: Sequence[Evidence]) -> Judgement:
    """Judge one drafted sentence against each piece of evidence in turn; the first that bears it out supports it."""
    if complaint := _unfit(draft, question):
        return Judgement(False, complaint)
    objections = [(_objection(draft, question, item), item) for item in evidence]
    for objection, item in objections:
        if objection is None:
            return Judgement(True, "borne out word for word" if holds(item.text, draft) else "borne out", item)
    if not objections:
        return Judgement(False, "there is no evidence")
    # The reason that tells most is the one against the evidence that shares most words with the draft.
    words = set(tokens(draft))
    objection, _ = max(objections, key=lambda pair: len(words & set(tokens(pair[1].text))))
    return Judgement(False, objection or "")


def _unfit(draft: str, question: str) -> str | None:
    """Why the draft cannot be an answer, whatever the evidence says; None when it can."""
    words = tokens(draft)
    if not words:
        return "the draft is empty"
    if sum(map(len, words)) < len(draft) / 2 and not re.search(r"\d", draft):
        return "the draft is mostly marks, not words"
    if is_yes_no(question):
        said = _SAID.match(draft)
        return None if said and draft[said.end() :] else "a yes or no needs the words that bear it out"
    if not set(terms(draft)) - set(terms(question)) and not numbers(draft) - numbers(question):
        return "the draft only repeats the question"
    if missing := missing_kind(draft, question):
        return f"the question asks {missing}, the draft does not say it"
    return None


def _objection(draft: str, question: str, item: Evidence) -> str | None:
    """Why this evidence does not bear out the draft; None when it does."""
    if is_yes_no(question) and (said := _SAID.match(draft)):
        answer, draft = said.group(1).lower(), draft[said.end() :]
        if not agrees(answer, question, draft, item.text):
            return "the evidence does not clearly say that yes or no"
    for part in filter(str.strip, draft.split(";") if draft not in item.text else [draft]):
        case = Case(
            part.strip(),
            read(part),
            read(question),
            read(item.text),
            question,
            item.text,
            item.passage.text,
            item.passage.source,
        )
        for check in _CHECKS:
            if objection := check(case):
                return objection
    return None


_CHECKS: tuple[Callable[[Case], str | None], ...] = (
    strange_words,
    said_too_often,
    changed_sense,
    only_proposed,
    turned_pointer,
    misjoined,
    other_value,
    other_subject,
    other_clause,
    nobody,
    one_of_many,
    other_question,
)
