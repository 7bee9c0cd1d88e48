"""A follow-up question made to stand alone, by rule: what it leaves out is taken from the turns before it.

The words that are added come from the conversation only, so the rewritten question asks nothing that nobody said.
"""

import re
from collections.abc import Sequence

from index.words import STOP_WORDS, terms, tokens
from rag.types import Turn

_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs)\b", re.I)
# These also introduce clauses ("the report that …"), so they count only where little else is said.
_POINTER = re.compile(r"\b(?:this|that|these|those|there|then|one|ones|same|former|latter)\b", re.I)
_ELLIPSIS = re.compile(
    r"^(?:and|but|so|or|also|what about|how about|what else|who else|why|when|where|how come|which one)\b", re.I
)
_CORRECTION = re.compile(r"^(?:no|sorry|actually|wait|i mean|i meant|not)\b[,:. ]*", re.I)
_SWITCH = re.compile(
    r"^(?:something else|another (?:thing|question|topic)|new (?:question|topic)|different(?:ly)?|now)\b", re.I
)
_CAPITALS = re.compile(r"\b[A-Z][\w’'-]*(?: (?:(?:of|the|de|von|van|der) )*(?:[A-Z][\w’'-]*|\d{4}))*")
_FEW = 4  # meaningful words; a shorter question leaves something out


def standalone(question: str, history: Sequence[Turn]) -> str:
    """`question` as it should be searched: itself, or with the earlier topic in brackets when it leans on it."""
    asked = [turn.text for turn in history if turn.role == "user"]
    if not asked or _SWITCH.match(question.strip()) or not leans(question):
        return question
    before = asked[-1]
    if len(asked) > 1 and leans(before):
        before = f"{asked[-2]} {before}"
    said = [turn.text for turn in history if turn.role == "assistant"][-1:]
    topic = _topic(before, said, question)
    return f"{question.rstrip()} ({topic})" if topic else question


def leans(question: str) -> bool:
    """Whether the question cannot be understood without what was said before it."""
    text = question.strip()
    few = sum(word not in STOP_WORDS for word in tokens(text)) < _FEW
    if _CORRECTION.match(text):
        return True
    pronoun = _PRONOUN.search(text)
    if pronoun and not _names(text[: pronoun.start()]):
        return True  # a name before it in the same question is whom it means
    return few and bool(_ELLIPSIS.match(text) or _POINTER.search(text) or not _names(text))


def _topic(before: str, said: Sequence[str], question: str) -> str:
    """The words of the earlier question that carry meaning and the names of its answer, without what is asked again."""
    present = set(terms(question))
    words = [word for word in re.findall(r"[\w’'.-]+", before) if (found := terms(word)) and not set(found) & present]
    names = [
        name
        for text in said
        for name in _CAPITALS.findall(text)
        if not set(terms(name)) & (present | set(terms(before)))
    ]
    return ", ".join(part for part in (" ".join(words).rstrip("?. "), *names[:2]) if part)


def _names(text: str) -> list[str]:
    return _CAPITALS.findall(text[1:])
