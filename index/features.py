"""What is known about how well each sentence of a pool of passages answers a question, as a table of numbers.

Knows nothing of where the pool came from, nor of how much each feature counts (index/ranking.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.marks import Marks, signs_of
from index.scoring import Scores, bm25, idf, zscores
from index.traits import KINDS, asked, asks_several
from index.types import Passage
from index.words import name_in_words, terms

# Passages this close in one document follow each other.
ADJACENT = 200  # characters


@dataclass(frozen=True)
class Pool:
    """Candidate passages with their neighbours, in document order, and what is needed to score them.

    `marks` are those of each passage; `vectors` is (passages, d); `sentence_vectors` is (sentences, d), all sentences
    of all passages in order; `frequencies` is the number of passages that hold each query term, of `total` in all.
    """

    passages: Sequence[Passage]
    marks: Sequence[Marks]
    vectors: NDArray[np.float32]
    sentence_vectors: NDArray[np.float32]
    frequencies: Mapping[str, int]
    total: int


@dataclass(frozen=True)
class Query:
    """A question as the index sees it: its unit vector, its terms (spelling mended) and its words."""

    text: str
    vector: NDArray[np.float32]
    terms: tuple[str, ...]


FEATURES = (
    "dense",
    "bm25",
    "passage dense",
    "passage bm25",
    "window dense",
    "coverage",
    "context coverage",
    "passage coverage",
    "document coverage",
    "title",
    "length",
    "novelty",
    "row",
    "heading",
    "lead",
    "bullet",
    "dense of what stands above",
    "coverage with what stands above",
    "several asked, bullet",
    *(f"asked {kind}, offered" for kind in KINDS),
    *(f"not asked {kind}, offered" for kind in KINDS),
)


def describe(query: Query, pool: Pool) -> NDArray[np.float64]:
    """The features of every sentence of the pool, in order, shape (sentences, len(FEATURES)); no pool may be empty."""
    owner = np.repeat(np.arange(len(pool.passages)), [len(p.sentences) for p in pool.passages])
    follows = np.array([_follows(a, b) for a, b in pairwise(pool.passages)] + [False])
    continued = np.r_[False, (owner[1:] == owner[:-1]) | follows[owner[:-1]]]
    words = _Words(owner, query, pool)
    signs = signs_of(pool.marks)
    above = _above(signs, continued)

    passage_dense = zscores((pool.vectors @ query.vector).astype(np.float64))
    passage_bm25 = zscores(_with_neighbours(words.passage_bm25(), follows))
    dense = zscores((pool.sentence_vectors @ query.vector).astype(np.float64))
    window = zscores((_windows(pool.sentence_vectors, continued) @ query.vector).astype(np.float64))
    columns = [
        dense,
        zscores(words.bm25()),
        passage_dense[owner],
        passage_bm25[owner],
        window,
        words.coverage(words.held),
        words.coverage(_contexts(words.held, owner)),
        words.coverage(words.passage_held)[owner],
        words.coverage(words.document_held(pool.passages))[owner],
        signs["title"],
        np.log1p(words.lengths),
        np.log1p(words.others),
        signs["row"],
        signs["heading"],
        signs["lead"],
        signs["bullet"],
        _best_above(dense, above),
        words.coverage(words.held | _held_above(words.held, above)),
        signs["bullet"] * asks_several(query.text),
    ]
    kinds = np.column_stack([signs[kind] for kind in KINDS])
    wanted = np.array(asked(query.text), dtype=np.float64)
    return np.column_stack([*columns, kinds * wanted, kinds * (1 - wanted)])


class _Words:
    """Where the query's terms stand in a pool's sentences.

    `counts` is how often each of them stands in each sentence, shape (sentences, terms), `held` whether it does;
    `lengths` is each sentence's number of terms, `others` its number of distinct ones that the query does not have.
    """

    def __init__(self, owner: NDArray[np.intp], query: Query, pool: Pool) -> None:
        sentences = [words for marks in pool.marks for words in marks.terms]
        self._column = {term: column for column, term in enumerate(dict.fromkeys(query.terms))}
        self._idf = np.array([idf(pool.frequencies.get(term, 0), pool.total) for term in self._column])
        self._owner = owner
        self.counts = np.zeros((len(sentences), len(self._column)), dtype=np.int64)
        self.lengths = np.array([len(words) for words in sentences])
        self.others = np.zeros(len(sentences), dtype=np.int64)
        wanted = self._column.keys()
        for row, words in enumerate(sentences):
            bag = frozenset(words)
            found = bag & wanted
            self.others[row] = len(bag) - len(found)
            for term in found:
                self.counts[row, self._column[term]] = words.count(term)
        self.held = self.counts > 0
        self._passage_counts = np.zeros((len(pool.passages), len(self._column)), dtype=np.int64)
        np.add.at(self._passage_counts, owner, self.counts)
        self.passage_held = self._passage_counts > 0

    def bm25(self) -> Scores:
        """Of each sentence."""
        return bm25(self.counts, self.lengths, self._idf)

    def passage_bm25(self) -> Scores:
        """Of each passage."""
        lengths = np.bincount(self._owner, self.lengths, len(self._passage_counts)).astype(np.int64)
        return bm25(self._passage_counts, lengths, self._idf)

    def coverage(self, held: NDArray[np.bool_]) -> Scores:
        """The share of the query's terms, weighted by idf, that each row of (rows, terms) holds."""
        shares: Scores = (held * self._idf).sum(axis=1) / (self._idf.sum() or 1.0)
        return shares

    def document_held(self, passages: Sequence[Passage]) -> NDArray[np.bool_]:
        """For each passage the terms that all candidates of its document or the file's name hold."""
        held: dict[str, NDArray[np.bool_]] = {}
        for passage, own in zip(passages, self.passage_held, strict=True):
            if passage.document_id not in held:
                named = terms(name_in_words(passage.source))
                held[passage.document_id] = np.isin(list(self._column), named)
            held[passage.document_id] = held[passage.document_id] | own
        return np.array([held[passage.document_id] for passage in passages])


def _follows(a: Passage, b: Passage) -> bool:
    return a.document_id == b.document_id and b.start - a.end < ADJACENT


def _with_neighbours(scores: Scores, follows: NDArray[np.bool_]) -> Scores:
    """Each passage's score plus half of its neighbours': an answer often stands beside the words that were asked."""
    total = scores.copy()
    for left in np.flatnonzero(follows):
        total[left] += scores[left + 1] / 2
        total[left + 1] += scores[left] / 2
    return total


def _windows(vectors: NDArray[np.float32], continued: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Unit vectors of each sentence together with the one before it, which often names what "it" is."""
    joined = vectors.copy()
    joined[1:] += vectors[:-1] * continued[1:, np.newaxis]
    norms = np.linalg.norm(joined, axis=1, keepdims=True)
    unit: NDArray[np.float32] = joined / np.maximum(norms, 1e-9)
    return unit


def _contexts(held: NDArray[np.bool_], owner: NDArray[np.intp]) -> NDArray[np.bool_]:
    """What each sentence, the one before it and its passage's first (often the heading) hold."""
    first = np.searchsorted(owner, owner)
    contexts: NDArray[np.bool_] = held | held[first]
    contexts[1:] |= held[:-1] & (owner[1:] == owner[:-1])[:, np.newaxis]
    return contexts


def _above(signs: Mapping[str, NDArray[np.bool_]], continued: NDArray[np.bool_]) -> NDArray[np.intp]:
    """For each sentence the rows that say what it is about: the heading over it, the line that leads to it, and the
    head of its table; shape (sentences, 3), -1 where there is none."""
    above = np.full((len(continued), 3), -1)
    heading = lead = head = -1
    rows = zip(continued, signs["heading"], signs["lead"], signs["row"], strict=True)
    for row, (continues, titled, leads, tabular) in enumerate(rows):
        if not continues:
            heading = lead = head = -1
        if titled:
            heading, lead = row, -1
        if leads:
            lead = row
        head = -1 if not tabular else row if head < 0 else head
        above[row] = [-1 if place == row else place for place in (heading, lead, head)]
    return above


def _best_above(scores: Scores, above: NDArray[np.intp]) -> Scores:
    """The best score of what stands above each sentence, 0 where nothing does."""
    best = np.where(above >= 0, scores[above], -np.inf).max(axis=1)
    return np.where(np.isfinite(best), best, 0.0)


def _held_above(held: NDArray[np.bool_], above: NDArray[np.intp]) -> NDArray[np.bool_]:
    """What stands above each sentence holds."""
    shown = held[above] & (above >= 0)[:, :, np.newaxis]
    return np.asarray(shown.any(axis=1))
