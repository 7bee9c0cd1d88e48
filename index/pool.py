"""The candidates for a question, and where its terms stand in them. Says nothing of what they are worth."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.marks import Marks
from index.scoring import Scores, bm25, idf
from index.types import Passage
from index.words import name_in_words, terms


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


class Held:
    """Where the query's terms stand in a pool's sentences.

    `terms` are the distinct ones and `weights` their idf; `counts` is how often each of them stands in each sentence,
    shape (sentences, terms), `held` whether it does; `lengths` is each sentence's number of terms, `others` its number
    of distinct ones that the query does not have.
    """

    def __init__(self, owner: NDArray[np.intp], query: Query, pool: Pool) -> None:
        sentences = [words for marks in pool.marks for words in marks.terms]
        self._column = {term: column for column, term in enumerate(dict.fromkeys(query.terms))}
        self.terms = list(self._column)
        self.weights = np.array([idf(pool.frequencies.get(term, 0), pool.total) for term in self._column])
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
        return bm25(self.counts, self.lengths, self.weights)

    def passage_bm25(self) -> Scores:
        """Of each passage."""
        lengths = np.bincount(self._owner, self.lengths, len(self._passage_counts)).astype(np.int64)
        return bm25(self._passage_counts, lengths, self.weights)

    def coverage(self, held: NDArray[np.bool_]) -> Scores:
        """The share of the query's terms, weighted by idf, that each row of (rows, terms) holds."""
        shares: Scores = (held * self.weights).sum(axis=1) / (self.weights.sum() or 1.0)
        return shares

    def among(self, words: Iterable[str]) -> NDArray[np.bool_]:
        """For each of the query's terms whether it is one of the words."""
        known = frozenset(words)
        return np.array([term in known for term in self.terms], dtype=np.bool_)

    def document_held(self, passages: Sequence[Passage]) -> NDArray[np.bool_]:
        """For each passage the terms that all candidates of its document or the file's name hold."""
        held: dict[str, NDArray[np.bool_]] = {}
        for passage, own in zip(passages, self.passage_held, strict=True):
            if passage.document_id not in held:
                held[passage.document_id] = self.among(terms(name_in_words(passage.source)))
            held[passage.document_id] = held[passage.document_id] | own
        return np.array([held[passage.document_id] for passage in passages])
