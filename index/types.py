"""The values that flow through the index. Pure data: nothing here reads a file or computes a score."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal, NamedTuple

Verdict = Literal["added", "unchanged", "updated", "removed", "failed", "skipped"]


class Section(NamedTuple):
    """A part of a document that has a name, such as "Chapter 1 › Scope" or "sheet Costs", and its first character.

    It reaches to the next one; one without a name ends the one before.
    """

    start: int
    name: str


@dataclass(frozen=True)
class Document:
    """The extracted text of one file.

    `pages` holds the offset at which each page starts, in order; it is empty for formats without pages.
    """

    source: str
    text: str
    pages: tuple[int, ...] = ()
    sections: tuple[Section, ...] = ()

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits made from the content alone, so loading the same content twice changes nothing."""
        return sha256(f"{self.pages}\0{self.text}".encode()).hexdigest()[:16]

    def page_of(self, offset: int) -> int | None:
        """The 1-based page that holds the character at `offset`, or None where there are no pages."""
        return sum(start <= offset for start in self.pages) or None

    def section_of(self, offset: int) -> str:
        """The name of the section that holds the character at `offset`, or nothing."""
        return section_of(self.sections, offset)


@dataclass(frozen=True)
class Passage:
    """Whole sentences of a document that the embedder reads in one go; `text == document.text[start:end]` always.

    `sentences` holds the (start, end) of each sentence, as offsets in the document's text; `sections` are those that
    have a part in the passage, in order.
    """

    document_id: str
    source: str
    start: int
    end: int
    page: int | None
    text: str
    sentences: tuple[tuple[int, int], ...]
    sections: tuple[Section, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.document_id}:{self.start}-{self.end}"

    def between(self, start: int, end: int) -> str:
        """Its text at [start, end) of the document's."""
        return self.text[start - self.start : end - self.start]


@dataclass(frozen=True)
class Hit:
    """A passage that was found; a higher score is better whatever found it. `parts` are the scores it is made of."""

    passage: Passage
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """One sentence of a passage, at [start, end) of the document's text, its score and the scores it is made of."""

    passage: Passage
    start: int
    end: int
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.passage.between(self.start, self.end)

    @property
    def section(self) -> str:
        """The name of the section that the sentence stands in, or nothing."""
        return section_of(self.passage.sections, self.start)


@dataclass(frozen=True)
class Report:
    """What became of one file: the verdict, the reason when it failed, and what the person should know of it."""

    source: str
    verdict: Verdict
    detail: str = ""
    passages: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """How far a run over files has come, in bytes of those that are to be read, and the file at hand."""

    done: float
    total: int
    source: str


@dataclass(frozen=True)
class DocumentInfo:
    """One row of the list of documents. `sources` are the files that hold this content, `tags` those of any of them."""

    id: str
    sources: tuple[str, ...]
    characters: int
    pages: int
    passages: int
    added: str
    tags: tuple[str, ...] = ()


def section_of(sections: Sequence[Section], offset: int) -> str:
    """The name of the last of the sections, in order, that starts at or before `offset`; nothing before the first."""
    at = bisect_right(sections, offset, key=_begins)
    return sections[at - 1].name if at else ""


def sections_within(sections: Sequence[Section], start: int, end: int) -> tuple[Section, ...]:
    """Those of the sections, in order, that have a part in the characters [start, end)."""
    first = max(0, bisect_right(sections, start, key=_begins) - 1)
    return tuple(sections[first : bisect_left(sections, end, key=_begins)])


def _begins(section: Section) -> int:
    return section.start


def place(page: int | None, section: str) -> str:
    """Where in a document something stands, for people: "page 3, Chapter 1 › Scope"; nothing where it is not known."""
    return ", ".join(part for part in (f"page {page}" if page else "", section) if part)


def hit_json(hit: Hit) -> dict[str, Any]:
    """A passage that was found, as the JSON object that every command line prints."""
    return _found_json(hit.passage, hit.passage.start, hit.passage.end, hit.score)


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    """A sentence that was found, in the same form as a passage."""
    return _found_json(evidence.passage, evidence.start, evidence.end, evidence.score)


def _found_json(passage: Passage, start: int, end: int, score: float) -> dict[str, Any]:
    section = section_of(passage.sections, start)
    return {
        "document": passage.document_id,
        "source": passage.source,
        "page": passage.page,
        "start": start,
        "end": end,
        "score": round(score, 4),
        "text": passage.between(start, end),
    } | ({"section": section} if section else {})
