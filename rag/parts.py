"""A question that asks for several things, taken apart by rule, and the answers to its parts put together. Pure.

Each part is searched, read, checked and refused alone: what two documents hold no single search brings, and a part that
nothing answers must not be lost behind one that is answered.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from index.words import STOP_WORDS, tokens
from rag.compose import refusal
from rag.standalone import MONTHS, standalone
from rag.types import Answer, Citation, Sentence, Trace, Turn

_PREPOSITION = r"(?:(?:in|on|at|by|for|from|to|of|under|with|during|after|before|into|about|over) )?"
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
_WHY = re.compile(r"\b(?:why|reasons?|cause[sd]?|because)\b", re.I)
_TIME = rf"(?:{MONTHS}|spring|summer|autumn|winter)(?: \d{{4}})?"
_NAME = r"(?:[A-Z][\w’'-]*|[a-z]*\d\w*)(?: (?:[A-Z][\w’'-]*|\d\w*|of|the))*"
_LIKE = re.compile(rf"\b(?:{_TIME}|(?:19|20)\d\d|{_NAME})")
_PAIR = re.compile(
    rf"(?P<between>between )?(?:the )?\b(?P<a>{_TIME}|{_NAME}),? "
    rf"(?:and|or|than|versus|vs\.?|compared (?:with|to))(?: (?:in|for|at|of|on|from|under|with))?"
    rf"(?: the)? (?P<b>{_TIME}|{_NAME})(?=[ ,.?]|$)"
)
_FEWEST_WORDS = 2  # that mean something, of a first part


@dataclass(frozen=True)
class Part:
    """A part of a question as a question; where it is `one_of_two` sides of a comparison its words ask for no
    short answer, so the sentence found is the answer."""

    question: str
    one_of_two: bool = False


def parts(question: str) -> tuple[Part, ...]:
    """The questions that this one is made of: two at most, or itself."""
    if pair := _compared(question):
        return pair
    for joint in _JOINT.finditer(question):
        first, second = question[: joint.start()].strip(), question[joint.end() :].strip()
        if _whole(first) and second and not _BOTH.search(second):
            return Part(first.rstrip("?., ") + "?"), Part(_completed(second, first))
    return (Part(question),)


def joined(answer: Answer, asked: Sequence[Part], answers: Sequence[Answer], quotes: int) -> Answer:
    """`answer` with what is known of its parts so far, in order; `answers` are of the first ones of `asked`. At most
    `quotes` are shown, and all that a sentence rests on."""
    found = [one for one in answers if not one.refused]
    numbers: dict[tuple[str, int, int], Citation] = {}
    close = [c for turn in zip_longest(*(one.close for one in found)) for c in turn if c]
    for citation in [c for one in found for c in one.cited] + close:
        numbers.setdefault(_place(citation), replace(citation, number=len(numbers) + 1))
    resting = len({_place(citation) for one in found for citation in one.cited})
    sentences = [_renumbered(sentence, one, numbers) for one in found for sentence in one.sentences]
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
        if _kind(one) == _kind(other):
            if _kind(one) == "time" and not one[-1].isdigit() and (year := re.search(r" \d{4}$", other)):
                one += year.group()  # "March and September 2023"
            before = question[: pair.start()] + ("in " if pair["between"] else "")
            first, second = (Part(before + side + question[pair.end() :], one_of_two=True) for side in (one, other))
            return first, second
    return None


def _completed(second: str, first: str) -> str:
    """The second question with what it leaves to the first: "…, and who in 2023" asks the same of another year."""
    if not re.search(_AUXILIARY, second, re.I):
        for other in _LIKE.findall(second):
            for one in _LIKE.findall(first):
                if one != other and _alike(one, other):
                    return f"{first.replace(one, other)}?"
    return standalone(second[0].upper() + second[1:], [Turn("user", first)])


def _alike(one: str, other: str) -> bool:
    """Whether two names are of one family by their look: two years, two months, "Flat 2" and "Flat 5"."""
    kind = _kind(one)
    return kind == _kind(other) and (kind != "name" or (" " in one and one.split()[0] == other.split()[0]))


def _kind(name: str) -> str:
    if re.fullmatch(_TIME, name):
        return "time"
    return "year" if re.fullmatch(r"(?:19|20)\d\d", name) else "name"


def _whole(first: str) -> bool:
    """Whether what stands before a joint is a question of its own, not a list of question words ("when and where")."""
    meaningful = sum(word not in STOP_WORDS for word in tokens(first))
    return bool(_QUESTION.match(first)) and meaningful >= _FEWEST_WORDS and not re.search(rf"{_WH}$", first, re.I)


def _renumbered(sentence: Sentence, answer: Answer, numbers: dict[tuple[str, int, int], Citation]) -> Sentence:
    places = {citation.number: numbers[_place(citation)].number for citation in answer.citations}
    return replace(sentence, citations=tuple(places[number] for number in sentence.citations))


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
