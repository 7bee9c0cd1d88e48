"""The fixed questions, their known answers and where those stand. Knows nothing of how they are answered."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.types import Document
from rag.types import Turn

FOLDER = Path(__file__).with_name("cases")
# Whole groups of documents are kept apart, so that nothing learned or tuned has seen what is reported.
SPLITS = {
    "train": ("bakery", "clinic", "football", "lease", "museum", "trek"),
    "dev": ("orchard", "payroll", "seedbank", "tram"),
    "test": ("archive", "battery", "harbour", "rocket", "router"),
    "seed": ("seed",),
}
REPORTED = ("seed", "test")
_MARKS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " "})


@dataclass(frozen=True)
class Gold:
    """Words of a document that hold (a part of) the answer; of those marked `alternative` any one suffices."""

    source: str
    quote: str
    alternative: bool = False


@dataclass(frozen=True)
class Case:
    """One question. It is answered right when every group of `answers` has one variant in the answer's text.

    A case without answers is one that the documents do not answer, `why` tells why. `standalone` is a follow-up as a
    person would have asked it alone. `short` are the short answers that are exactly right, in the documents' words, as
    somebody wrote them down who saw no system's; only of the splits that are reported, and not of yes or no.
    """

    id: str
    topic: str
    kind: str
    question: str
    answers: tuple[tuple[str, ...], ...]
    gold: tuple[Gold, ...]
    history: tuple[Turn, ...] = ()
    standalone: str = ""
    turn: str = ""
    why: str = ""
    short: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        return bool(self.answers)


def load_cases(split: str) -> list[Case]:
    """The cases of one of SPLITS, in file order."""
    return [
        _case(topic, json.loads(line))
        for topic in SPLITS[split]
        for line in (FOLDER / f"{topic}.jsonl").read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def gold_spans(case: Case, documents: Mapping[str, Document]) -> list[list[tuple[str, int, int]]]:
    """For each thing that must be found, the (document id, start, end) of which one suffices.

    `documents` are by file name. Raises ValueError when a quote is not in its document exactly once.
    """
    needed: list[list[tuple[str, int, int]]] = []
    alternatives: list[tuple[str, int, int]] = []
    for gold in case.gold:
        document = documents[gold.source]
        if document.text.count(gold.quote) != 1:
            raise ValueError(f"{case.id}: found {document.text.count(gold.quote)} times: {gold.quote!r}")
        start = document.text.index(gold.quote)
        span = (document.id, start, start + len(gold.quote))
        if gold.alternative:
            alternatives.append(span)
        else:
            needed.append([span])
    return needed + ([alternatives] if alternatives else [])


def holds(text: str, answers: Sequence[Sequence[str]]) -> bool:
    """Whether every group has a variant in the text, on word boundaries, after `fold`."""
    folded = fold(text)
    return all(
        any(re.search(rf"(?<!\w){re.escape(fold(variant))}(?!\w)", folded) for variant in group) for group in answers
    )


def fold(text: str) -> str:
    """`text` in one letter case with one form for each quote, dash and space."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_MARKS).split()).casefold()


def _case(topic: str, given: Mapping[str, Any]) -> Case:
    return Case(
        id=given["id"],
        topic=topic,
        kind=given["kind"],
        question=given["question"],
        answers=tuple(tuple(group) for group in given["answers"]),
        gold=tuple(Gold(g["source"], g["quote"], g.get("or", False)) for g in given["gold"]),
        history=tuple(Turn(turn["role"], turn["text"]) for turn in given.get("history", ())),
        standalone=given.get("standalone", ""),
        turn=given.get("turn", ""),
        why=given.get("why", ""),
        short=tuple(given.get("short", ())),
    )
