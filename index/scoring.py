"""Scores as plain functions of numbers. Knows nothing of where the texts come from."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


def idf(document_frequency: int, total: int) -> float:
    """How telling a term is that `document_frequency` of `total` texts hold; the form that Lucene keeps positive."""
    return float(np.log1p((max(total - document_frequency, 0) + 0.5) / (document_frequency + 0.5)))


def bm25(
    counts: NDArray[np.int64], lengths: NDArray[np.int64], weights: Scores, k1: float = 1.2, b: float = 0.75
) -> Scores:
    """BM25 of each text for the query's distinct terms; shape (texts,), 0 where no term matches.

    `counts` is how often each term stands in each text, shape (texts, terms); `lengths` is each text's number of terms,
    `weights` the idf of each term. Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
    (2009), with the idf above. The mean length is that of the texts given.
    """
    mean = lengths.mean() if len(lengths) else 0.0
    norm = k1 * (1 - b + b * lengths / max(mean, 1.0))
    scores: Scores = (weights * counts * (k1 + 1) / (counts + norm[:, np.newaxis])).sum(axis=1)
    return scores


def zscores(scores: Scores) -> Scores:
    """How many standard deviations each score lies above the mean; zeros when all are equal."""
    spread = scores.std() if len(scores) else 0.0
    return (scores - scores.mean()) / spread if spread > 1e-12 else np.zeros_like(scores)
