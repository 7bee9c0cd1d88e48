"""Does a piece of evidence bear out a drafted sentence? Rules over words, numbers, names and negation; no model.

A draft that is wrongly rejected costs little, since the quote is shown in its place; so in doubt it is rejected.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.traits import KINDS, asked, offered
from index.types import Evidence
from index.words import terms, tokens

NEGATIONS = frozenset(
    "no not never none neither nor nobody nothing nowhere without cannot n't hardly denied refused".split()  # noqa: SIM905
)
HEDGES = frozenset(
    "could may might would should must if unless alleged allegedly likely unlikely possibly probably".split()  # noqa: SIM905
)
# Kinds whose answers have a look of their own: a draft that lacks it does not answer the question.
CHECKED_KINDS = ("when", "how many", "how long")
_YES_NO = re.compile(
    r"^(?:and |but |so )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b",
    re.I,
)
_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][\w’'-]*")
_NUMBER = re.compile(r"\d")


@dataclass(frozen=True)
class Judgement:
    """Whether a draft is borne out, why, and the evidence that does it (None when rejected)."""

    accepted: bool
    reason: str
    support: Evidence | None = None


def normalise(text: str) -> str:
    """`text` with one form for each quote, dash, space and letter case, and words joined that a line end had split."""
    folded = unicodedata.normalize("NFKC", text).translate(_MARKS)
    return " ".join(re.sub(r"(?<=\w)-\s*\n\s*(?=[a-z])", "", folded).split()).casefold()


def is_yes_no(question: str) -> bool:
    """Whether the question asks for a yes or a no."""
    return bool(_YES_NO.match(question.strip()))


def judge(draft: str, question: str, evidence: Sequence[Evidence]) -> Judgement:
    """Judge one drafted sentence against each piece of evidence in turn; the first that bears it out supports it."""
    words = tokens(draft)
    if not words:
        return Judgement(False, "the draft is empty")
    if sum(map(len, words)) < len(draft) / 2:
        return Judgement(False, "the draft is mostly marks, not words")
    if is_yes_no(question):
        return Judgement(False, "a yes or no cannot be found word for word")
    if not set(terms(draft)) - set(terms(question)):
        return Judgement(False, "the draft only repeats the question")
    if missing := _missing_kind(draft, question):
        return Judgement(False, f"the question asks {missing}, the draft does not say it")
    objections = [(_objection(draft, words, question, item.text), item) for item in evidence]
    for objection, item in objections:
        if objection is None:
            return Judgement(True, "borne out word for word" if _inside(words, item) else "borne out", item)
    if not objections:
        return Judgement(False, "there is no evidence")
    # The reason that tells most is the one against the evidence that shares most words with the draft.
    objection, _ = max(objections, key=lambda pair: len(set(words) & set(tokens(pair[1].text))))
    return Judgement(False, objection or "")


def _missing_kind(draft: str, question: str) -> str | None:
    kinds = zip(KINDS, asked(question), offered(draft), strict=True)
    missing = [kind for kind, wanted, given in kinds if wanted and not given and kind in CHECKED_KINDS]
    return missing[0] if missing else None


def _objection(draft: str, words: list[str], question: str, evidence: str) -> str | None:
    """Why this evidence does not bear out the draft; None when it does."""
    held = tokens(evidence)
    if absent := [w for w in words if _NUMBER.search(w) and w not in held]:
        return f"the number {absent[0]} is not in the evidence"
    known = set(held) | set(tokens(question))
    if absent := [n for n in _names(draft) if n not in known]:
        return f"the name {absent[0]} is not in the evidence"
    if whose := [name for name in _names(draft) if _only_owner(name, draft, evidence)]:
        return f"the evidence names {whose[0]} as an owner only"
    asked_for = tokens(question)
    if _changed(NEGATIONS, words, held, asked_for):
        return "the draft changes a negation of the evidence"
    if _contains(held, words):
        return None
    if _changed(HEDGES, words, held, asked_for):
        return "the draft changes a condition of the evidence"
    known_terms = set(terms(evidence)) | set(terms(question))
    if absent := [term for term in terms(draft) if term not in known_terms]:
        return f"the evidence does not hold “{absent[0]}”"
    return None


def _only_owner(name: str, draft: str, evidence: str) -> bool:
    """Whether the evidence speaks only of what is somebody's ("Scholz's spokesperson") and the draft of that person."""
    said, held = (re.findall(rf"\b{re.escape(name)}\b(['’]s\b|['’])?", text, re.I) for text in (draft, evidence))
    return bool(held) and all(held) and not all(said)


def _changed(family: frozenset[str], draft: Sequence[str], evidence: Sequence[str], question: Sequence[str]) -> bool:
    """Whether a word of the family stands in the evidence and neither in draft nor question, or in the draft alone."""
    said, held, asked_for = (_members(family, words) for words in (draft, evidence, question))
    return bool(said - held) or bool(held - said - asked_for)


def _members(family: frozenset[str], words: Iterable[str]) -> set[str]:
    return {"n't" if w.endswith(("n't", "n’t")) else w for w in words if w in family or w.endswith(("n't", "n’t"))}


def _names(text: str) -> list[str]:
    return [token for match in _NAME.findall(text) for token in tokens(match)]


def _inside(words: list[str], item: Evidence) -> bool:
    return _contains(tokens(item.text), words)


def _contains(held: Sequence[str], words: Sequence[str]) -> bool:
    """Whether `words` stand in `held` side by side and in order."""
    return any(held[i : i + len(words)] == words for i in range(len(held) - len(words) + 1))


_MARKS = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚´`", "'") | dict.fromkeys("‐‑‒–—−", "-"))
