"""The values that flow through answering. Pure data: nothing here searches, generates or checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from index.types import Evidence, Hit, hit_json


@dataclass(frozen=True)
class Turn:
    """One earlier message of a conversation. `standalone` is how a user's question was read, empty where that is not
    known."""

    role: Literal["user", "assistant"]
    text: str
    standalone: str = ""

    @property
    def read(self) -> str:
        """What it says by itself, as far as that is known."""
        return self.standalone or self.text


@dataclass(frozen=True)
class Citation:
    """The exact words that support a sentence: `quote == document.text[start:end]` always. `number` counts from 1.

    `section` is the name of the part of the document that they stand in, where it has any.
    """

    number: int
    document: str
    source: str
    page: int | None
    start: int
    end: int
    quote: str
    section: str = ""


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer with the numbers of the citations that support it."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True)
class Candidate:
    """A piece of evidence that was considered, whether it was kept, and why."""

    evidence: Evidence
    kept: bool
    reason: str


@dataclass(frozen=True)
class Check:
    """The judgement of one drafted sentence: what was drafted, whether it was accepted, and why."""

    draft: str
    accepted: bool
    reason: str


@dataclass(frozen=True)
class Trace:
    """Why the answer is what it is.

    `searched` is the question as it was searched, `mended` the misspelt terms with what was searched in their place;
    `confidence` in [0, 1] comes from `signs`; `seconds` is per stage, in the order they ran.
    """

    model: str = ""
    searched: str = ""
    mended: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.0
    threshold: float = 0.0
    signs: Mapping[str, float] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    checks: tuple[Check, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """An answer as it grows; the last one yielded has `done` set.

    `standalone` is the question as it was searched. `draft` is what the model is writing and nobody has checked yet.
    The citations that a sentence names come first; after them stand the sentences that came closest to being cited.
    A refusal has `refused` set, one sentence that says so, and no citations; `hits` are then the nearest passages.
    `note` says how much was read, where the question is about the whole of something.
    """

    question: str
    standalone: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    refused: bool = False
    hits: tuple[Hit, ...] = ()
    trace: Trace = Trace()
    draft: str = ""
    note: str = ""
    done: bool = False

    @property
    def text(self) -> str:
        """The whole answer in plain words, without citation marks."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def cited(self) -> tuple[Citation, ...]:
        """The citations that some sentence rests on."""
        named = {number for sentence in self.sentences for number in sentence.citations}
        return tuple(citation for citation in self.citations if citation.number in named)

    @property
    def close(self) -> tuple[Citation, ...]:
        """The further quotes, which no sentence rests on."""
        return tuple(citation for citation in self.citations if citation not in self.cited)

    def to_json(self) -> dict[str, Any]:
        """The answer as the JSON object that the command line, the page and the evals share."""
        return {
            "question": self.question,
            "standalone": self.standalone,
            "refused": self.refused,
            "answer": self.text,
            "sentences": [{"text": s.text, "citations": list(s.citations)} for s in self.sentences],
            "citations": [{k: v for k, v in vars(c).items() if k != "section" or v} for c in self.citations],
            "passages": [hit_json(h) for h in self.hits],
            "seconds": {stage: round(seconds, 4) for stage, seconds in self.trace.seconds.items()},
        } | ({"note": self.note} if self.note else {})
