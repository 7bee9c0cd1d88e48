"""From a question to ranked passages and sentences: gathers candidates from words and vectors, then ranks them.

Both searches only propose; what is proposed is scored afresh from the catalogue, so that a stale vector index can
lose a candidate but never misplace one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.embed import Encoder
from index.marks import Marks, marks_of
from index.pool import Pool, Query
from index.ranking import learned_weights, rank_sentences
from index.scoring import idf
from index.spelling import mend, misspelt, respelled
from index.types import Evidence, Hit, Passage
from index.words import STOP_WORDS, terms

CANDIDATES = 40  # passages proposed by each search


class PassageStore(Protocol):
    """What search reads of the catalogue; passages are known by number."""

    def match(
        self, terms: Sequence[str], limit: int, within: Sequence[str] | None = None
    ) -> list[tuple[int, float]]: ...

    def neighbours(self, numbers: Sequence[int]) -> dict[int, tuple[int | None, int | None]]: ...

    def passages(self, numbers: Sequence[int]) -> dict[int, Passage]: ...

    def marks(self, numbers: Sequence[int]) -> dict[int, Marks]: ...

    def passage_vectors(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]: ...

    def sentence_vectors(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]: ...

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]: ...

    def vocabulary(self) -> Sequence[str]: ...

    def totals(self) -> tuple[int, float]: ...


class VectorSearch(Protocol):
    """What proposes passages by meaning."""

    def query(
        self, vector: NDArray[np.float32], k: int, within: Sequence[str] | None = None
    ) -> list[tuple[int, float]]: ...


@dataclass(frozen=True)
class Found:
    """What a question found: sentences and passages, best first.

    `question` is what was asked, its spelling mended; `weights` is the idf of each of its terms as typed, `mended` what
    was searched for misspelt ones, `strange` the terms that no document holds while some hold one like it.
    """

    question: str
    evidence: tuple[Evidence, ...] = ()
    hits: tuple[Hit, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    mended: Mapping[str, str] = field(default_factory=dict)
    strange: Collection[str] = ()


@dataclass(frozen=True)
class Gathered:
    """A question with its candidates, ready to be ranked; `pool` is None without any, the rest is as in Found."""

    query: Query
    pool: Pool | None
    weights: Mapping[str, float]
    mended: Mapping[str, str]
    strange: Collection[str]


def find(
    store: PassageStore, vectors: VectorSearch, encoder: Encoder, question: str, within: Collection[str] | None = None
) -> Found:
    """Every candidate sentence and passage for a question; `within` are ids of the documents to look in."""
    gathered = gather(store, vectors, encoder, question, within)
    evidence = rank_sentences(gathered.query, gathered.pool, learned_weights()) if gathered.pool else []
    return Found(
        gathered.query.text, tuple(evidence), _hits(evidence), gathered.weights, gathered.mended, gathered.strange
    )


def gather(
    store: PassageStore, vectors: VectorSearch, encoder: Encoder, question: str, within: Collection[str] | None = None
) -> Gathered:
    """The candidates that words and vectors propose for a question, with their neighbours."""
    allowed = None if within is None else sorted(within)
    typed = terms(question)
    frequencies = store.document_frequencies(typed)
    total = store.totals()[0]
    weights = {term: idf(df, total) for term, df in frequencies.items()}
    alike = mend(typed, frequencies, store.vocabulary()) if not all(frequencies.values()) else {}
    mended = misspelt(alike, question, encoder.count_tokens)
    frequencies |= store.document_frequencies(list(mended.values()))
    wanted = [term for typo in typed if (term := mended.get(typo, typo)) not in STOP_WORDS]
    proposed = {number for number, _ in store.match(wanted, CANDIDATES, allowed)}
    if mended:
        question = respelled(question, mended, (p.text for p in store.passages(sorted(proposed)).values()))
    query = Query(question, encoder.encode([question])[0], tuple(wanted))
    if total:  # the vector store is made before the first passage
        proposed |= {number for number, _ in vectors.query(query.vector, CANDIDATES, allowed)}
    return Gathered(query, _pool(store, proposed, frequencies, total), weights, mended, alike.keys())


def _pool(store: PassageStore, proposed: set[int], frequencies: Mapping[str, int], total: int) -> Pool | None:
    """The proposed passages and their neighbours, which may hold the answer to what the passage speaks of.

    None when there are none, any more: each is read from a catalogue that may change meanwhile.
    """
    beside = {n for pair in store.neighbours(sorted(proposed)).values() for n in pair if n is not None}
    numbers = sorted(proposed | beside)
    passages = store.passages(numbers)
    # A document may be removed between two reads: only what every read returned counts.
    marks = store.marks(numbers)
    vectors, sentences = store.passage_vectors(numbers), store.sentence_vectors(numbers)
    order = sorted(passages.keys() & vectors.keys() & sentences.keys(), key=lambda n: _place(passages[n]))
    if not order:
        return None
    return Pool(
        passages=[passages[n] for n in order],
        marks=[marks.get(n) or marks_of(passages[n]) for n in order],
        vectors=np.stack([vectors[n] for n in order]),
        sentence_vectors=np.concatenate([sentences[n] for n in order]),
        frequencies=frequencies,
        total=total,
    )


def _place(passage: Passage) -> tuple[str, int]:
    return passage.document_id, passage.start


def _hits(evidence: Sequence[Evidence]) -> tuple[Hit, ...]:
    """Passages in the order of their best sentence: the sentence is the unit of evidence, the passage its frame."""
    best: dict[tuple[str, int], Hit] = {}
    for item in evidence:
        if (place := _place(item.passage)) not in best:
            best[place] = Hit(item.passage, item.score, item.parts)
    return tuple(best.values())
