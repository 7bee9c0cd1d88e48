"""What a sentence is worth beside the others of its own document, whose subject a question names without asking for it.

"Who designed the Ossel Lakes Trail?": all of the trail's leaflet speaks of it, one sentence of designing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.pool import Held
from index.scoring import Scores, idf
from index.traits import is_title
from index.types import Passage
from index.words import name_in_words, terms

BEST = 3  # passages that speak for their document
_TITLE_WITHIN = 50  # characters; a later first candidate is not the document's beginning


class Documents:
    """The documents of a pool; `of` is each sentence's, `of_passage` each passage's, numbered in order."""

    def __init__(self, owner: NDArray[np.intp], passages: Sequence[Passage], words: Held) -> None:
        numbers: dict[str, int] = {}
        self.of_passage = np.array([numbers.setdefault(p.document_id, len(numbers)) for p in passages])
        self.of = self.of_passage[owner]
        self._words = words
        self._first = np.searchsorted(self.of_passage, np.arange(len(numbers)))
        self._sizes = np.bincount(self.of)
        self._holding = np.zeros((len(numbers), words.held.shape[1]), dtype=np.int64)
        np.add.at(self._holding, self.of, words.held)
        self._named = np.array([words.among(terms(name_in_words(passages[n].source))) for n in self._first.tolist()])
        begins = [n for n in self._first.tolist() if passages[n].start < _TITLE_WITHIN]
        self._openings = np.searchsorted(owner, begins)  # the sentences that documents open with
        self._statements = self._openings[np.array([not is_title(_opening(passages[n])) for n in begins], dtype=bool)]

    def coverages(
        self, held: NDArray[np.bool_], context: NDArray[np.bool_], with_above: NDArray[np.bool_]
    ) -> list[Scores]:
        """The share of what is telling within its document that each sentence holds, alone, in its context and with
        what stands above it; then alone and in context of what its document's title does not hold."""
        local, besides = self._weights(), self._weights_besides()
        return [_share(each, local) for each in (held, context, with_above)] + [
            _share(each, besides) for each in (held, context)
        ]

    def dense(self, passage_dense: Scores) -> Scores:
        """The mean of each document's BEST passages, for each sentence."""
        ends = np.r_[self._first[1:], len(passage_dense)]
        spans = zip(self._first, ends, strict=True)
        means = np.array([np.sort(passage_dense[start:end])[-BEST:].mean() for start, end in spans])
        each: Scores = means[self.of]
        return each

    def below_best(self, scores: Scores) -> Scores:
        """How far each sentence stays behind the best one of its document."""
        best = np.full(len(self._first), -np.inf)
        np.maximum.at(best, self.of, scores)
        behind: Scores = scores - best[self.of]
        return behind

    def _weights(self) -> Scores:
        """How telling each query term is within each sentence's document and in all, shape (sentences, terms)."""
        rare = [[idf(n, size) for n in row] for row, size in zip(self._holding.tolist(), self._sizes, strict=True)]
        weights: Scores = np.array(rare).reshape(self._holding.shape) * self._words.weights
        each: Scores = weights[self.of]
        return each

    def _weights_besides(self) -> Scores:
        """How telling each query term is in all; nothing of those that the document's name or its first sentence holds.

        To that sentence itself only the name counts where it states something: it may be the answer.
        """
        titles = self._named.copy()
        titles[self.of[self._openings]] |= self._words.held[self._openings]
        known = titles[self.of]
        known[self._statements] = self._named[self.of[self._statements]]
        weights: Scores = ~known * self._words.weights
        return weights


def _opening(passage: Passage) -> str:
    return passage.between(*passage.sentences[0])


def _share(held: NDArray[np.bool_], weights: Scores) -> Scores:
    """The share of each row's weights that stands where `held` is, both of shape (rows, terms); 0 without any."""
    shares: Scores = (held * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return shares
