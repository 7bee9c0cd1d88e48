"""Scores as plain functions of numbers. Knows nothing of where the texts come from."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


def idf(document_frequency: int, total: int) -> float:
    """How telling a term is that `document_frequency` of `total` texts hold; the form that Lucene keeps positive."""
    return float(np.log1p((max(total - document_frequency, 0) + 0.5) / (document_frequency + 0.5)))


def bm25(
    query: Sequence[str],
    texts: Sequence[Sequence[str]],
    document_frequency: Mapping[str, int],
    total: int,
    k1: float = 1.2,
    b: float = 0.75,
) -> Scores:
    """BM25 of each text (a list of terms) for the query's distinct terms; shape (len(texts),), 0 where no term matches.

    Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the idf above.
    The mean length is that of `texts`.
    """
    wanted = dict.fromkeys(query)
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    norm = k1 * (1 - b + b * lengths / max(lengths.mean(), 1.0)) if len(texts) else lengths
    scores = np.zeros(len(texts))
    counts = [Counter(term for term in text if term in wanted) for text in texts]
    for term in wanted:
        frequency = np.array([count[term] for count in counts], dtype=np.float64)
        weight = idf(document_frequency.get(term, 0), total)
        scores += weight * frequency * (k1 + 1) / (frequency + norm)
    return scores


def zscores(scores: Scores) -> Scores:
    """How many standard deviations each score lies above the mean; zeros when all are equal."""
    spread = scores.std() if len(scores) else 0.0
    return (scores - scores.mean()) / spread if spread > 1e-12 else np.zeros_like(scores)
