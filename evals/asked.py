"""Cases with what the search really finds for them, and where their answers stand in a text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evals.cases import SPLITS, Case, gold_spans, load_cases
from evals.run import documents_by_name, library_of
from index.settings import load_settings
from index.types import Evidence
from rag.rerank import READ

MOST = READ  # best sentences kept


@dataclass(frozen=True)
class Asked:
    """A case with the question as searched and read, where its answers stand, and what was really found."""

    case: Case
    question: str
    gold: list[list[tuple[str, int, int]]]
    evidence: list[Evidence]


def asked_cases(split: str) -> list[Asked]:
    """The cases of the split that found anything; those to learn from look in the documents of their split alone, so
    that no word of a document of another split is learned from."""
    with library_of(split, load_settings()) as library:
        documents = documents_by_name(library)
        own = [document.id for name, document in documents.items() if name.startswith(SPLITS[split])]
        asked = []
        for case in load_cases(split):
            question = case.standalone or case.question
            found = library.find(question, own if split == "train" else None)
            best = list(found.evidence[:MOST])
            asked += [Asked(case, found.question, gold_spans(case, documents), best)] if best else []
        return asked


def longest(text: str, group: Sequence[str]) -> list[tuple[int, int]]:
    """All places [start, end) of the longest variant that the text holds."""
    for variant in sorted(group, key=len, reverse=True):
        words = r"\s+".join(re.escape(word) for word in variant.split())
        if spans := [m.span() for m in re.finditer(rf"(?<!\w){words}(?!\w)", text, re.I)]:
            return spans
    return []
