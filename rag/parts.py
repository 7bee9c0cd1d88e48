"""A question that asks for several things, taken apart by rule, and the answers to its parts put together. Pure.

Each part is searched, read, checked and refused alone: what two documents hold no single search brings, and a part that
nothing answers must not be lost behind one that is answered.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from index.words import STOP_WORDS, terms, tokens
from rag.compose import refusal
from rag.standalone import MONTHS, standalone
from rag.types import Answer, Citation, Sentence, Trace, Turn
from rag.yes_no import YES_NO

_PREPOSITION = (
    r"(?:(?:in|on|at|by|for|from|to|of|under|with|during|after|before|into|about|over|until|since|through|against"
    r"|within|without) )?"
)
_WH = r"(?:who|whom|whose|what|which|when|where|why|how)\b"
_AUXILIARY = r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b"
_QUESTION = re.compile(
    rf"{_PREPOSITION}(?:{_WH}|{_AUXILIARY} \w+ \w+)|(?:tell|give|name|list|show|say|explain|if)\b", re.I
)
# "…, and how …": a second question; without its question word only after a comma, where a list is unlikely.
_JOINT = re.compile(
    rf",? (?:and|but)(?: also)? (?={_PREPOSITION}{_WH})|, (?:and|but)(?: also)? (?={_AUXILIARY} \w+ \w+)"
    rf"|\? (?={_PREPOSITION}(?:{_WH}|{_AUXILIARY}))",
    re.I,
)
_BOTH = re.compile(r"\b(?:each|both|either|neither|respectively)\b", re.I)
_COMPARES = re.compile(
    r"\b(?:compar\w+|differ\w*|chang(?:e|ed)|versus|vs|each|both|respectively|than|the two|more|fewer|less"
    r"|(?:long|high|low|larg|bigg|small|old|young|cheap|heavi|fast|slow)er)\b",
    re.I,
)
# "how many does he …" leaves out of what; "how many moths a week in a trap does she …" tells.
_BARE = re.compile(rf"{_PREPOSITION}how (?:many|much)(?= {_AUXILIARY})", re.I)
_COUNTED = re.compile(rf"how (?:many|much) (?P<what>(?:(?!{_AUXILIARY})[\w’'-]+ ?)+)(?<! )(?= {_AUXILIARY})", re.I)
_WHY = re.compile(r"\b(?:why|reasons?|cause[sd]?|because)\b", re.I)
_TIME = rf"(?:{MONTHS}|spring|summer|autumn|winter)(?: \d{{4}})?"
_NUMBER = r"\d(?:[\w.,:]*\w)?"
_NAME = rf"(?!I\b)(?:[A-Z][\w’'-]*|[a-z]*{_NUMBER})(?: (?:[A-Z][\w’'-]*|{_NUMBER}|of|the))*"
_YEAR = r"(?:19|20)\d\d"
# "line 6", but not "in 6".
_NUMBERED = rf"(?!(?:{'|'.join(sorted(STOP_WORDS))})\b)[a-z]+ (?!{_YEAR}\b){_NUMBER}"
_THING = rf"{_TIME}|{_YEAR}|{_NUMBERED}|{_NAME}"
_LIKE = re.compile(rf"\b(?:{_THING})")
_PAIR = re.compile(
    rf"(?P<between>between )?(?:the )?\b(?P<a>{_TIME}|{_NAME}),? "
    rf"(?:and|or|than|versus|vs\.?|compared? (?:with|to))(?: (?:the one|that|those))?"
    rf"(?: (?:in|for|at|of|on|from|under|with))?(?: the)? (?P<b>{_TIME}|{_NAME})(?=[ ,.?]|$)"
)
# Of two years, or two things of one family, the same is asked: "the fees of 2019 and 2020".
_LISTED = re.compile(
    rf"\b(?P<lead>in|of|for|at|on|during|by|under|from) (?:the )?(?P<a>{_THING}) and "
    rf"(?:(?P=lead) )?(?:the )?(?P<b>{_THING})(?=[ ,.?]|$)"
)
_AS_ONE = re.compile(r"\b(?:both|together|altogether|total|combined|sum|average|first)\b", re.I)
_FEWEST_WORDS = 2  # that mean something, of a first part


@dataclass(frozen=True)
class Part:
    """A part of a question as a question; where it is `one_of_two` sides of a comparison its words ask for no
    short answer, so the sentence found is the answer. `about` tells its answer from one to the same of another year."""

    question: str
    one_of_two: bool = False
    about: str = ""


def parts(question: str) -> tuple[Part, ...]:
    """The questions that this one is made of: two at most, or itself."""
    if pair := _compared(question):
        return pair
    for joint in _JOINT.finditer(question):
        first, second = question[: joint.start()].strip(), question[joint.end() :].strip()
        if _whole(first, second) and not _BOTH.search(second):
            return _completed(first.rstrip("?., ") + "?", second)
    return _listed(question) or (Part(question),)


def joined(answer: Answer, asked: Sequence[Part], answers: Sequence[Answer], quotes: int) -> Answer:
    """`answer` with what is known of its parts so far, in order; `answers` are of the first ones of `asked`. At most
    `quotes` are shown, and all that a sentence rests on."""
    told = [(part, one) for part, one in zip(asked, answers, strict=False) if not one.refused]
    found = [one for _, one in told]
    numbers: dict[tuple[str, int, int], Citation] = {}
    close = [c for turn in zip_longest(*(one.close for one in found)) for c in turn if c]
    for citation in [c for one in found for c in one.cited] + close:
        numbers.setdefault(_place(citation), replace(citation, number=len(numbers) + 1))
    resting = len({_place(citation) for one in found for citation in one.cited})
    sentences = [_told(sentence, part, one, numbers) for part, one in told for sentence in one.sentences]
    done = len(answers) == len(asked) and all(one.done for one in answers)
    refused = done and not found
    missing = [part.question for part, one in zip(asked, answers, strict=False) if one.refused]
    turns = zip_longest(*(one.hits for one in answers))
    hits = list({hit.passage.id: hit for turn in turns for hit in turn if hit}.values())
    return replace(
        answer,
        sentences=refusal() if refused else tuple(dict.fromkeys(sentences)),
        citations=tuple(numbers.values())[: max(resting, quotes)],
        refused=refused,
        hits=tuple(hits[: max(len(one.hits) for one in answers)]),
        trace=_trace([one.trace for one in answers]),
        draft=answers[-1].draft,
        note="" if refused or not missing else f"The documents do not say: {' '.join(missing)}",
        done=done,
    )


def _compared(question: str) -> tuple[Part, Part] | None:
    """A question about two things of a kind that it sets against each other, once about each."""
    if not _COMPARES.search(question) or _WHY.search(question):
        return None
    for pair in _PAIR.finditer(question):
        one, other = pair["a"], pair["b"]
        if _kind(one) == _kind(other) and terms(question[: pair.start()]):
            one = _with_year(one, other)
            before = question[: pair.start()] + ("in " if pair["between"] else "")
            first, second = (Part(before + side + question[pair.end() :], one_of_two=True) for side in (one, other))
            return first, second
    return None


def _listed(question: str) -> tuple[Part, Part] | None:
    """A question that asks the same of two years or of two things of one family, once about each."""
    pair = None if YES_NO.match(question) or _AS_ONE.search(question) else _LISTED.search(question)
    if not pair or _WHY.search(question) or not _alike(pair["a"], pair["b"]):
        return None
    sides = (_with_year(pair["a"], pair["b"]), pair["b"])
    first, second = (Part(question[: pair.start("a")] + s + question[pair.end() :], about=s) for s in sides)
    return first, second


def _with_year(time: str, other: str) -> str:
    """The first of "March and September 2023" with its year."""
    year = re.search(r" \d{4}$", other)
    return time + year.group() if year and _kind(time) == "time" and not time[-1].isdigit() else time


def _completed(first: str, second: str) -> tuple[Part, Part]:
    """Both, the second with what it leaves to the first: "…, and who in 2023" asks the same of another year, "…, and
    how many does he" of the same things."""
    if not re.search(_AUXILIARY, second, re.I):
        others, ones = _LIKE.findall(second), _LIKE.findall(first, 1)  # a capital letter that opens it is no name
        alike = [(one, other) for other in others for one in ones if one != other and _alike(one, other)]
        if alike or len(others) == len(ones) == 1:
            one, other = alike[0] if alike else (ones[0], others[0])
            return Part(first, about=one), Part(first.replace(one, other), about=other)
    if (bare := _BARE.match(second)) and (counted := _COUNTED.search(first)):
        second = f"{bare.group()} {counted['what']}{second[bare.end() :]}"
    return Part(first), Part(standalone(second[0].upper() + second[1:], [Turn("user", first)]))


def _alike(one: str, other: str) -> bool:
    """Whether two names are of one family by their look: two years, two months, "Flat 2" and "Flat 5", two huts."""
    first, second = one.split(), other.split()
    same = len(first) > 1 < len(second) and (first[0] == second[0] or first[-1] == second[-1])
    return _kind(one) == _kind(other) and (_kind(one) != "name" or same)


def _kind(name: str) -> str:
    if re.fullmatch(_TIME, name):
        return "time"
    return "year" if re.fullmatch(_YEAR, name) else "name"


def _whole(first: str, second: str) -> bool:
    """Whether what stands before a joint is a question of its own, not a list of question words ("when and where"); one
    word is enough of it where both are clauses ("How much is the deposit and when do I …")."""
    verbs = [bool(re.search(_AUXILIARY, part, re.I)) for part in (first, second)]
    clauses = verbs[0] and (verbs[1] or _meaning(second) >= _FEWEST_WORDS)
    long = _meaning(first) >= (1 if clauses else _FEWEST_WORDS)
    return bool(second and _QUESTION.match(first)) and long and not re.search(rf"{_WH}$", first, re.I)


def _meaning(part: str) -> int:
    """How many words of a part mean something."""
    return sum(word not in STOP_WORDS for word in tokens(re.sub(rf"^{_PREPOSITION}", "", part, flags=re.I)))


def _told(sentence: Sentence, part: Part, answer: Answer, numbers: dict[tuple[str, int, int], Citation]) -> Sentence:
    """A sentence of a part's answer as one of the whole: with what it is about, its citations numbered through."""
    places = {citation.number: numbers[_place(citation)].number for citation in answer.citations}
    text = f"{part.about}: {sentence.text}" if part.about else sentence.text
    return Sentence(text, tuple(places[number] for number in sentence.citations))


def _place(citation: Citation) -> tuple[str, int, int]:
    return citation.document, citation.start, citation.end


def _trace(traces: Sequence[Trace]) -> Trace:
    """What is known of all parts; the confidence is that of the surest, whose answer is shown if any is."""
    last = traces[-1]
    seconds: dict[str, float] = {}
    for trace in traces:
        for stage, spent in trace.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + spent
    return replace(
        last,
        searched=" | ".join(trace.searched for trace in traces if trace.searched),
        mended={term: other for trace in traces for term, other in trace.mended.items()},
        confidence=max(trace.confidence for trace in traces),
        signs={},
        candidates=tuple(candidate for trace in traces for candidate in trace.candidates),
        checks=tuple(check for trace in traces for check in trace.checks),
        seconds=seconds,
    )
