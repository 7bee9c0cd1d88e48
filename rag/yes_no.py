"""Does a sentence answer a yes-or-no question with yes or with no? Rules over negation, exceptions and opposites.

It decides only where it is sure: the part of the sentence that speaks of what is asked must be plain, and the rest is
left to others. Patterns for English.
"""

import re
from collections.abc import Sequence
from typing import Literal

from index.words import stem
from rag.claims import AUXILIARIES, DAYS, MONTHS, NEGATIONS, Word, content, family, fold, modals, read
from rag.meanings import opposites

Answer = Literal["yes", "no"]

YES_NO = re.compile(
    r"^(?:and |but |so )?(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might"
    r"|must)\b",
    re.I,
)
# An answer that the sentence itself gives: "Can I come? No, …".
_SAID = re.compile(r"(?:^|[.?!:]\s+)(yes|no)(?=\s*(?:[,.;:!]|$))", re.I)
_LIMITED = re.compile(r"\b(?:except|but|unless|only|if|provided)\b", re.I)
# Conditions and comparisons, in whose sentences the answer hangs on more than what is denied.
_CLOUDY = family("only until unless before if provided than neither both")
_EXCEPT = re.compile(r"\b(?:except|apart from|with the exception of)\b", re.I)
_PERMISSION = re.compile(
    r"^(?:and |but |so )?(?:can|could|may|might|am i (?:allowed|permitted)|are (?:\w+ )+allowed)\b", re.I
)
_TIMES = DAYS | MONTHS
_NOT_IT = re.compile(r"\b(?:not|never)(?: \w+){0,2} (?:it|them)\b", re.I)
_IT = re.compile(r"\W*(?:it|he|she|they|this|these|there)\b", re.I)
_BANS = {stem(w) for w in ["forbidden", "banned", "prohibited", "forbid", "ban", "prohibit"]}
_LEAVE = {stem(w) for w in ["allowed", "permitted", "welcome", "allow", "permit"]}
# Verbs that a question needs for its form and that say little; what is asked is in its other words.
_LIGHT = {
    stem(w)
    for w in family("allow allowed permit permitted get take have use make go come possible ok right true still ever")
}
# Of what is asked, the share that the whole sentence, and the deciding part, must speak of before an answer is sure.
_ENOUGH_FOR_NO = 0.25
_ENOUGH_FOR_YES = 0.7
_UNSURE = family("could may likely unlikely expect allegedly propose must would")
# What somebody wishes or asks for need not be so.
_WISH = re.compile(
    r"\b(?:would like|want(?:s|ed)?|wish\w*|hop(?:e|es|ed|ing)|ask(?:s|ed|ing)? (?:to|for|if|whether|that)|request\w*"
    r"|appl(?:y|ies|ied|ying) (?:to|for))\b",
    re.I,
)
_IF = re.compile(r"\W*(?:if|unless|provided)\b|\bif\b", re.I)
_NOT_YET = re.compile(r"\b(has|have|had) yet to\b", re.I)


def decide(question: str, sentence: str) -> Answer | None:
    """Whether the sentence says yes or no to the question; None where that is not sure."""
    sentence = _NOT_YET.sub(r"\1 not", fold(sentence))
    asked, posed = read(question), _posed(sentence)
    wanted = _topics(asked)
    if not wanted or sentence.endswith("?") or any(w.text in NEGATIONS for w in asked):
        return None
    if said := _SAID.search(sentence):
        if posed and not _asks_the_same(asked, wanted, read(posed)):
            return None
        return None if _LIMITED.search(sentence[said.end() :]) else _answer(said.group(1).lower() == "no")
    sentence = sentence[len(posed) :]  # what is asked is not said
    if any(w.text in _CLOUDY for w in read(sentence)) or _wished(question, sentence):
        return None
    excepted = _EXCEPT.search(sentence)
    if not excepted:
        held = read(sentence)
        answer = None if _other_time(asked, held) else _polarity(asked, wanted, held)
        return None if answer == "yes" and not _of_the_same(asked, sentence) else answer
    main, rest = read(sentence[: excepted.start()]), read(sentence[excepted.end() :])
    turned = bool(_told(wanted, rest))
    answer = _polarity(asked, wanted - ({w.stem for w in rest} if turned else set()), main)
    return _answer(answer == "yes") if answer and turned else answer


def agrees(answer: str, question: str, reason: str, sentence: str) -> bool:
    """Whether "yes" or "no" goes with the reason that a draft gives for it, which the sentence is known to bear out.

    Where nothing decides, a reason that denies goes with "no", and one that shares most of the question with "yes"; but
    nothing where the sentence replies to a question, which may be another, or tells of a wish.
    """
    if decided := decide(question, sentence) or decide(question, reason):
        return decided == answer
    asked, said = read(question), read(reason)
    conditional = _IF.match(reason) and not _IF.search(question)
    if _posed(sentence) or _wished(question, sentence) or conditional or any(w.text in NEGATIONS for w in asked):
        return False
    if answer == "no":
        about = _told(_topics(asked), _in_denials(said)) or _NOT_IT.search(fold(reason))
        return bool(about) and not _other_time(asked, said)
    doubtful = _denials(asked, said) or _unsure(asked, said) or not _of_the_same(asked, reason)
    return not doubtful and _share(_topics(asked), said) >= _ENOUGH_FOR_YES


def _of_the_same(asked: Sequence[Word], sentence: str) -> bool:
    """Whether the sentence speaks of what the question opens with and of all its names and numbers, or of some "it"."""
    wanted = _topics(asked)
    opening = [w.stem for w in asked if w.stem in wanted][:1]
    firm = {*opening, *(w.stem for w in asked if w.kind in ("name", "number"))}
    return bool(_IT.match(sentence)) or firm <= _told(firm, read(sentence))


def _answer(denied: bool) -> Answer:
    return "no" if denied else "yes"


def _topics(asked: Sequence[Word]) -> set[str]:
    """The stems of what the question is about: its names, numbers and telling words."""
    return {
        w.stem for w in asked if w.kind in ("name", "number", "content") and w.stem not in _LIGHT and not modals([w])
    }


def _wished(question: str, sentence: str) -> bool:
    """Whether the sentence tells of a wish where the question asks for a fact."""
    return bool(_WISH.search(sentence) and not _WISH.search(question))


def _posed(sentence: str) -> str:
    """The question that a text replies to, or nothing."""
    return sentence[: sentence.rfind("?") + 1]


def _asks_the_same(asked: Sequence[Word], wanted: set[str], posed: Sequence[Word]) -> bool:
    """Whether the question that a text replies to has all that is asked and does not turn it round."""
    return _told(wanted, posed) == wanted and not _denials(asked, posed)


def _told(wanted: set[str], words: Sequence[Word]) -> set[str]:
    """Those of the wanted stems that the words speak of, by themselves or by their opposites."""
    held = {w.stem for w in words}
    return {stem for stem in wanted if stem in held or opposites(stem) & held}


def _share(wanted: set[str], words: Sequence[Word]) -> float:
    """The share of the wanted stems that the words speak of; 0 where nothing is wanted."""
    return len(_told(wanted, words)) / len(wanted) if wanted else 0.0


def _polarity(asked: Sequence[Word], wanted: set[str], held: Sequence[Word]) -> Answer | None:
    """The answer of the part of `held` that speaks most of what is wanted, unless another part speaks otherwise."""
    parts = _parts(held)
    if not parts or not wanted or ("free" in wanted and "free" not in {w.stem for w in held}):
        return None
    best = max(parts, key=lambda part: _weight(asked, wanted, part))
    spoken = [n for n, w in enumerate(best) if _told(wanted, [w])]
    if not spoken or _dangles(parts):
        return None
    clauses = {best[n].clause for n in spoken}
    plain = [w for n, w in enumerate(best) if n < spoken[-1] or w.clause in clauses]
    denials = sum(w.text in NEGATIONS for w in plain) + _turned(asked, plain)
    others = [part for part in parts if _told(wanted, part) - _told(wanted, best)]
    if any(_denials(asked, part) % 2 != denials % 2 for part in others):
        return None
    if denials % 2:
        return "no" if _share(wanted, held) >= _ENOUGH_FOR_NO else None
    if _unsure(asked, plain) or any(_denials(asked, part) for part in parts):
        return None
    return "yes" if _share(wanted, best) >= _ENOUGH_FOR_YES else None


def _in_denials(words: Sequence[Word]) -> list[Word]:
    """The words of those parts that deny or ban something, and of the parts after them ("not … as a chaperone")."""
    scopes = {w.scope for w in words if w.text in NEGATIONS or w.stem in _BANS}
    return [w for w in words if {w.scope, w.scope - 1} & scopes]


def _other_time(asked: Sequence[Word], held: Sequence[Word]) -> bool:
    """Whether both name months or days and none of those asked for is among the others."""
    wanted, told = ({part for w in words for part in (w.text, *w.unit.split())} & _TIMES for words in (asked, held))
    return bool(wanted and told and not wanted & told)


def _denials(asked: Sequence[Word], part: Sequence[Word]) -> int:
    return sum(w.text in NEGATIONS for w in part) + _turned(asked, part)


def _dangles(parts: Sequence[Sequence[Word]]) -> bool:
    """Whether a part stops short at its verb ("silk should not"), so that it speaks of what another part says."""
    ends = [[w.text for w in part][-1] for part in parts if part]
    return len(parts) > 1 and any(
        end in AUXILIARIES or end == "not" or modals([part[-1]]) for end, part in zip(ends, parts, strict=False)
    )


def _parts(held: Sequence[Word]) -> list[list[Word]]:
    """The coordinate parts of a sentence, each led by what stands before the first denial of the one before it."""
    parts: list[list[Word]] = []
    lead: list[Word] = []
    for scope in sorted({w.scope for w in held}):
        own = [w for w in held if w.scope == scope]
        parts.append([*lead, *own])
        denial = next((n for n, w in enumerate(own) if w.text in NEGATIONS), len(own))
        lead = own[:denial]
    return parts


def _permits(asked: Sequence[Word]) -> bool:
    return bool(_PERMISSION.match(" ".join(w.text for w in asked)))


def _unsure(asked: Sequence[Word], held: Sequence[Word]) -> bool:
    """Whether the words make what is asked likely, due or planned, where the question does not."""
    added = modals(held) - modals(asked) - ({"may", "can", "should"} if _permits(asked) else set())
    return bool(added & _UNSURE)


def _weight(asked: Sequence[Word], wanted: set[str], part: Sequence[Word]) -> float:
    """How much of what is wanted this part speaks of; names and numbers weigh most, since they tell parts apart."""
    firm = {w.stem for w in asked if w.kind in ("name", "number")}
    found = _told(wanted, part)
    return len(found) + len(found & firm)


def _turned(asked: Sequence[Word], part: Sequence[Word]) -> int:
    """How many words of the question stand in the part as their opposites; a ban turns what is asked for leave."""
    held = {w.stem for w in part}
    texts = {w.stem for w in content(asked)}
    turned = sum(bool(opposites(w) & held) and w not in held for w in texts)
    banned = bool(held & _BANS) and not texts & (_LEAVE | _BANS)
    return turned + banned
