"""Which sentences of a pool answer a question best: a linear model over index/features.py.

Its weights (ranking.json) are learned by `python -m evals.train`; nothing here knows how.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.features import FEATURES, describe
from index.pool import Pool, Query
from index.scoring import Scores
from index.types import Evidence

EXPLAINED = 20
# The best HEAD sentences answer. Those after them are read on in, and there what their passage is worth counts double.
HEAD = 10
AROUND = ("passage dense", "passage bm25")
WEIGHTS = Path(__file__).with_name("ranking.json")


@dataclass(frozen=True)
class Weights:
    """One weight, mean and spread for each of FEATURES; a feature counts (value - mean) / spread * weight."""

    weight: NDArray[np.float64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    def score(self, table: NDArray[np.float64]) -> Scores:
        """The score of each row of a (rows, len(FEATURES)) table; differences are log odds of being the answer."""
        scores: Scores = (table - self.mean) / self.spread @ self.weight
        return scores


@cache
def learned_weights() -> Weights:
    """The weights that come with Footnote; refused when they were learned for other features."""
    about = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    if about["features"] != list(FEATURES):
        raise ValueError(f"{WEIGHTS} was learned for other features; run `python -m evals.train`")
    return Weights(*(np.array(about[key]) for key in ("weight", "mean", "spread")))


def rank_sentences(query: Query, pool: Pool, weights: Weights) -> list[Evidence]:
    """Every sentence of the pool, best first; the EXPLAINED best with the features their scores are made of."""
    table = describe(query, pool)
    scores = in_order(weights.score(table), table)
    spans = [(passage, start, end) for passage in pool.passages for start, end in passage.sentences]
    order, values = np.argsort(-scores, kind="stable").tolist(), scores.tolist()
    return [
        Evidence(passage, start, end, values[row], _parts(table[row]) if rank < EXPLAINED else {})
        for rank, row in enumerate(order)
        for passage, start, end in [spans[row]]
    ]


def in_order(scores: Scores, table: NDArray[np.float64]) -> Scores:
    """The scores that sentences are ordered by: those of the best HEAD as they are, lower ones with AROUND added."""
    order = np.argsort(-scores, kind="stable")
    head, tail = order[:HEAD], order[HEAD:]
    if not len(tail):
        return scores
    ordered = scores.copy()
    ordered[tail] += table[tail][:, [FEATURES.index(name) for name in AROUND]].sum(axis=1)
    ordered[tail] -= max(0.0, ordered[tail].max() - scores[head].min())
    return ordered


def _parts(values: NDArray[np.float64]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in zip(FEATURES, values.tolist(), strict=True) if value}
