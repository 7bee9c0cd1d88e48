"""Questions about the whole of a document: told from others, and answered by routes that really read all of it.

A summary is made of sentences of the document itself, so that it can be cited like any answer; a count counts. Where no
such route exists, `part_seen` says what the answer rests on, since a few sentences never show a whole.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.traits import is_heading, is_lead, is_row
from index.types import DocumentInfo, Evidence, Passage
from index.words import name_in_words, terms

Whole = Literal["summary", "count", "all"]
SUMMARY_SENTENCES = 5
FEWEST_WORDS = 6  # of a sentence that can stand alone in a summary
# Maximal marginal relevance: what a sentence has in common with the whole against what it repeats.
# Carbonell & Goldstein, "The use of MMR" (1998).
RELEVANCE = 0.65
_SUMMARY = re.compile(
    r"\bsummar(?:y|ies|i[sz]e\w*)\b|\boverview\b|\bgist\b|\btl;?dr\b"
    r"|\b(?:main|key) (?:points?|ideas?|messages?|findings)\b"
    r"|\bwhat (?:is|are) (?:this|these|the|my) (?:\w+ ){0,2}(?:documents?|files?|texts?|reports?|articles?) about\b",
    re.I,
)
_COUNT = re.compile(
    r"\bhow (?:many times|often) (?:is|are|was|were|does|do|did) "
    r"(?:(?P<said>.+?) mentioned|the (?:word|name|term|phrase)s? (?P<word>.+?) (?:appear|occur|come up|stand|used)\b)",
    re.I,
)
_ALL = re.compile(
    r"\b(?:list|name|give|show|find|tell)\b.*\b(?:all|every|each)\b"
    r"|\bwhat(?: has|'s|’s| have| is)? (?:changed|different)\b|\b(?:changes|differences) (?:between|from|since)\b",
    re.I,
)


def whole(question: str) -> Whole | None:
    """What a question wants of a whole document; None where a few sentences can hold the answer."""
    if _SUMMARY.search(question):
        return "summary"
    if _COUNT.search(question):
        return "count"
    return "all" if _ALL.search(question) else None


def counted(question: str) -> str:
    """The words that a question wants counted, without their quotes."""
    match = _COUNT.search(question)
    return (match["said"] or match["word"]).strip(" \"'“”‘’") if match else ""


def named(question: str, documents: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """The documents whose file names share most words with the question; none where no name shares any."""
    asked = set(terms(question))
    names = {info.id: [set(terms(name_in_words(source))) for source in info.sources] for info in documents}
    shared = {document: max(len(asked & name) for name in held) for document, held in names.items()}
    most = max(shared.values(), default=0)
    return [info for info in documents if most and shared[info.id] == most]


def summary(passages: Mapping[int, Passage], vectors: Mapping[int, NDArray[np.float32]]) -> tuple[list[Evidence], int]:
    """The sentences that speak best for all of a document, in its order, and how many were looked at.

    `vectors` holds a (sentences, d) array of unit rows for each passage.
    """
    rows = [
        (Evidence(passage, start, end, 0.0), vectors[number][row])
        for number, passage in passages.items()
        if number in vectors
        for row, (start, end) in enumerate(passage.sentences)
    ]
    kept = [(item, vector) for item, vector in rows if _stands_alone(item.text)]
    if not kept:
        return [], len(rows)
    table = np.stack([vector for _, vector in kept]).astype(np.float64)
    centre = np.stack([vector for _, vector in rows]).astype(np.float64).mean(axis=0)
    relevance = table @ (centre / (np.linalg.norm(centre) + 1e-9))
    chosen: list[int] = []
    while len(chosen) < min(SUMMARY_SENTENCES, len(kept)):
        repeated = (table @ table[chosen].T).max(axis=1) if chosen else np.zeros(len(kept))
        gain = RELEVANCE * relevance - (1 - RELEVANCE) * repeated
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
    return sorted((kept[i][0] for i in chosen), key=lambda item: item.start), len(rows)


def occurrences(words: str, passages: Sequence[Passage]) -> list[Evidence]:
    """The sentences that hold these very words, one Evidence for each time, in order."""
    spaced = r"\s+".join(map(re.escape, words.split()))
    pattern = re.compile(rf"(?<!\w){spaced}(?!\w)", re.I)
    return [
        Evidence(passage, start, end, 0.0)
        for passage in passages
        for start, end in passage.sentences
        for _ in pattern.finditer(passage.between(start, end))
    ]


def part_seen(sentences: int, passages: int, documents: int) -> str:
    """What an answer to a question about the whole of something really rests on."""
    found = "one sentence" if sentences == 1 else f"{sentences} sentences"
    held = "one document" if documents == 1 else f"{documents} documents"
    whole_of = f"the {passages} passages of {held}"
    return f"This may not be all: it rests on {found} found by search; not all of {whole_of} were read."


def _stands_alone(text: str) -> bool:
    return len(text.split()) >= FEWEST_WORDS and not (is_heading(text) or is_lead(text) or is_row(text))
