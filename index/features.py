"""What is known about how well each sentence of a pool of passages answers a question, as a table of numbers.

Knows nothing of where the pool came from, nor of how much each feature counts (index/ranking.py).
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.local import Documents
from index.marks import signs_of
from index.news import new_name, new_number
from index.pool import Held, Pool, Query
from index.scoring import Scores, zscores
from index.traits import KINDS, asked, asks_several
from index.types import Passage

# Passages this close in one document follow each other.
ADJACENT = 200  # characters

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
    "document dense",
    "dense behind the document's best",
    "local coverage",
    "local context coverage",
    "local coverage with what stands above",
    "coverage besides the title",
    "context coverage besides the title",
    "asked for numbers, a new one",
    "asked who, a new name",
    *(f"asked {kind}, offered" for kind in KINDS),
    *(f"not asked {kind}, offered" for kind in KINDS),
)


def describe(query: Query, pool: Pool) -> NDArray[np.float64]:
    """The features of every sentence of the pool, in order, shape (sentences, len(FEATURES)); no pool may be empty."""
    owner = np.repeat(np.arange(len(pool.passages)), [len(p.sentences) for p in pool.passages])
    follows = np.array([_follows(a, b) for a, b in pairwise(pool.passages)] + [False])
    continued = np.r_[False, (owner[1:] == owner[:-1]) | follows[owner[:-1]]]
    words = Held(owner, query, pool)
    signs = signs_of(pool.marks)
    above = _above(signs, continued)
    documents = Documents(owner, pool.passages, words)
    context, with_above = _contexts(words.held, owner), words.held | _held_above(words.held, above)

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
        words.coverage(context),
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
        words.coverage(with_above),
        signs["bullet"] * asks_several(query.text),
        documents.dense(passage_dense),
        documents.below_best(dense),
        *documents.coverages(words.held, context, with_above),
        new_number(query, pool),
        new_name(query, pool),
    ]
    kinds = np.column_stack([signs[kind] for kind in KINDS])
    wanted = np.array(asked(query.text), dtype=np.float64)
    return np.column_stack([*columns, kinds * wanted, kinds * (1 - wanted)])


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
