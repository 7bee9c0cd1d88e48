"""A follow-up question made to stand alone, by rule: what it leaves out or changes is taken from the turns before it.

The words that are added come from the conversation only, so the rewritten question asks nothing that nobody said.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from index.words import STOP_WORDS, terms, tokens
from rag.prompts import TURNS_SAID
from rag.types import Turn

_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs)\b", re.I)
# These also introduce clauses ("the report that …"), so they count only where not much else is said.
_POINTER = re.compile(
    r"\b(?:this|these|those|(?<!is )(?<!are )(?<!was )(?<!were )there|then|ones?|same|former|latter|that(?! \w+ \w)"
    r"|(?:(?<=\bis )|(?<=\bwas )|(?<=\bdid )|(?<=\bdoes ))that)\b",
    re.I,
)
_ASKS = re.compile(
    r"^(?:wh\w+|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must"
    r"|tell|list|name|give|show|explain|describe|compare|summari[sz]e"
    r"|(?:in|on|at|by|for|from|to|of|under|according)\b(?=.*\b(?:wh\w+|how)\b))\b",
    re.I,
)
_ELLIPSIS = re.compile(
    r"^(?:and|but|so|or|also|what about|how about|what else|who else|why|how come|which one)\b", re.I
)
_CORRECTION = re.compile(
    r"^(?:no|sorry|actually|wait|i mean|i meant|not|rather)\b[,:. ]*|\bi (?:mean|meant|mistyped)\b|, (?:and )?not\b",
    re.I,
)
_INSTEAD_OF = re.compile(r"\b(?:not|instead of|rather than) (?:the |in |on |at )?([\w’' -]+)", re.I)
_POSSESSIVE = re.compile(r"h(?:is|ers?)|its|theirs?", re.I)
_SOMEBODY = re.compile(r"\b(?:the|an?|my|our|your) \w+ ", re.I)
_SWITCH = re.compile(
    r"^(?:something else|another (?:thing|question|topic)|new (?:question|topic)|different(?:ly)?|now)\b", re.I
)
# Words that say nothing but that what follows has to do with nothing before.
_ANNOUNCED = re.compile(
    r"^(?:(?:and|now|ok(?:ay)?|right|thanks|thank you|well|so)\b[,.!:]* )*(?:for )?"
    r"(?:something else|(?:(?:an)?other|(?:a )?(?:new|different)) (?:thing|question|topic|subject|matter))"
    r"(?: now)?[,.:;!-]+ (?=\w)",
    re.I,
)
_CAPITALS = re.compile(r"\b[A-Z][\w’'-]*(?: (?:(?:of|the|de|von|van|der) )*(?:[A-Z][\w’'-]*|\d{4}))*")
_NUMBER = re.compile(r"\b\w*\d\w*")
_YEAR = re.compile(r"(?<![-/–\w])(?:1[5-9]|20)\d\d(?![-/–\w])")
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH, _MONTH_OF_YEAR = re.compile(rf"\b(?:{MONTHS})\b"), re.compile(rf"\b(?:{MONTHS}) \d{{4}}\b")
_YEAR_BESIDE = re.compile(r"(?:the|an?|one) year (before|earlier|after|later)(?: that)?", re.I)
_NUMBERED = re.compile(r"(?:the )?([^\W\d]+) \d+", re.I)
# What comes before the one thing that a follow-up changes.
_LEAD = re.compile(
    r"^(?:(?:no|sorry|actually|wait|rather|and|but|or|so|ok|okay|(?:what|how)? ?about"
    r"|i (?:mean|meant|wanted|was asking)(?: it| that| this)?|for|in|on|at|of|under|by|from|during)\b[,:. ]*)+",
    re.I,
)
# Words of a follow-up that speak about the conversation.
_ASIDE = frozenset(
    terms("no not sorry mean meant wanted asking wrong actually wait rather thanks else instead also now one ones")
)
_ADDS = re.compile(r"\b(?:too|either|as well|instead|sorry)\W*$", re.I)
MOST_LOST = 1 / 3  # of the meaningful words of a follow-up, when it is worded anew
# Meaningful words. A question with fewer leaves something out: where it points, where it is no sentence, in any case.
_SOME, _FEW, _FEWEST = 6, 4, 3


def standalone(question: str, history: Sequence[Turn]) -> str:
    """`question` as it should be searched: itself, or with the earlier topic in brackets when it leans on it.

    Each user's turn of the history stands alone already (`read` in rag/types.py).
    """
    asked = [turn.read for turn in history if turn.role == "user"]
    if not asked or _SWITCH.match(question.strip()) or not leans(question):
        return question
    said = [turn.text for turn in history if turn.role == "assistant"][-1:]
    topic = _topic(asked[-1], said, question)
    return f"{question.rstrip()} ({topic})" if topic else question


def announced(question: str) -> str:
    """The question without the words that announce another topic ("Something else: …"); empty where none do."""
    found = _ANNOUNCED.match(question.strip())
    rest = question.strip()[found.end() :] if found else ""
    return rest[:1].upper() + rest[1:]


def exchanged(question: str, history: Sequence[Turn]) -> str:
    """The question before, with its only year, month or numbered thing exchanged for what a follow-up names and nothing
    else ("And in 2023?", "And the year before?", "Sorry, I meant line 6."); empty for any other follow-up."""
    before = next((turn.read for turn in reversed(history) if turn.role == "user"), "")
    named = _LEAD.sub("", question.strip()).rstrip(" .?!")
    if re.match(rf"(?:{MONTHS})\b", named, re.I):
        named = named.capitalize()
    if beside := _YEAR_BESIDE.fullmatch(named):
        step = 1 if beside[1].lower() in ("after", "later") else -1
        return _with_its_only(_YEAR, before, lambda year: str(int(year) + step))
    like = re.compile(rf"\b{match[1]} \d+\b", re.I) if (match := _NUMBERED.fullmatch(named)) else None
    kind = next((kind for kind in (_YEAR, _MONTH, _MONTH_OF_YEAR, like) if kind and kind.fullmatch(named)), None)
    return _with_its_only(kind, before, lambda _: named) if kind else ""


def _with_its_only(kind: re.Pattern[str], text: str, to: Callable[[str], str]) -> str:
    """The text with what matches exchanged; empty where nothing matches, or several different things do. What opens it
    stays: "May trams cross?"."""
    opening, rest = text[:1], text[1:]
    return opening + kind.sub(lambda match: to(match.group()), rest) if len(set(kind.findall(rest))) == 1 else ""


def says_the_same(worded: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a follow-up worded anew stands alone, asks nothing that nobody said, says nothing twice, and keeps the
    names and numbers and most other words of the follow-up."""
    said = " ".join(turn.read for turn in history[-TURNS_SAID:])
    taken_back, asked, found = _taken_back(question), set(terms(question)), set(terms(worded))
    named = {term for name in [*_names(question), *_NUMBER.findall(question)] for term in terms(name)} - taken_back
    if not found or not found <= asked.union(terms(said)) or not named <= found:
        return False
    # "How many of the collections sown again were sown again?": a small model at a loss says things twice.
    if any(count > 1 and first not in STOP_WORDS for (first, _), count in Counter(pairwise(tokens(worded))).items()):
        return False
    kept = asked - taken_back - _ASIDE
    before = [turn.read for turn in history if turn.role == "user"]
    if len(kept - found) > MOST_LOST * len(kept) or worded in before:
        return False
    return not (found <= asked and leans(worded))


def leans(question: str) -> bool:
    """Whether the question cannot be understood without what was said before it."""
    text = question.strip()
    return _points_back(text, _meaningful(text)) or brief(text)


def brief(question: str) -> bool:
    """Whether nothing but its brevity makes a question lean on what was said before it: "What is the fee?"."""
    text = question.strip()
    meaningful = _meaningful(text)
    return meaningful < _FEWEST and not _names(text) and not _points_back(text, meaningful)


def _points_back(text: str, meaningful: int) -> bool:
    """Whether the question speaks of what was said before it or is no whole sentence."""
    if _CORRECTION.search(text):
        return True
    pronoun = _PRONOUN.search(text)
    if pronoun and not _meant(text[: pronoun.start()], pronoun.group()):
        return True
    if meaningful < _FEW and (_ELLIPSIS.match(text) or not _ASKS.match(text)):
        return True
    return bool(meaningful < _SOME and (_POINTER.search(text) or _ADDS.search(text)))


def _meaningful(text: str) -> int:
    return sum(word not in STOP_WORDS for word in tokens(text))


def _meant(before: str, pronoun: str) -> bool:
    """Whether the words before a pronoun in the same question already say whom it means."""
    return bool(_names(before)) or bool(_POSSESSIVE.fullmatch(pronoun) and _SOMEBODY.search(before))


def _topic(before: str, said: Sequence[str], question: str) -> str:
    """The words of the earlier question that carry meaning and the names of its answer, without what is asked again
    and what is taken back."""
    present = _taken_back(question).union(terms(question))
    words = [word for word in re.findall(r"[\w’'.-]+", before) if (found := terms(word)) and not set(found) & present]
    names = [
        name for text in said for name in _names(f" {text}") if not set(terms(name)) & (present | set(terms(before)))
    ]
    return ", ".join(part for part in (" ".join(words).rstrip("?. "), *names[:2]) if part)


def _taken_back(question: str) -> set[str]:
    """The terms of what a question says that it does not mean: "not the red one", "instead of 2023"."""
    return {term for match in _INSTEAD_OF.finditer(question) for term in terms(match.group(1))}


def _names(text: str) -> list[str]:
    """Words with a capital that do not open the text; neither "I" nor what merely opens a later sentence."""
    return [name for name in _CAPITALS.findall(text[1:]) if len(name) > 1 and name.lower() not in {*STOP_WORDS, "yes"}]
