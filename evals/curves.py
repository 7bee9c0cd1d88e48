"""What confidence is worth: risk against coverage as the threshold moves, and how often it is right. Pure numbers."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from evals.measures import Figure, figure

BIN_CASES = 18  # a share of fewer cases says little
MOST_BINS = 10


class Rated(NamedTuple):
    """A case's confidence in [0, 1] and whether its documents answer it."""

    confidence: float
    answerable: bool


class Point(NamedTuple):
    """At this threshold, the share of answerable cases answered and the share of near misses answered."""

    threshold: float
    coverage: float
    risk: float


class Bin(NamedTuple):
    """Cases of like confidence: their mean confidence, and the share of them that is truly answerable."""

    confidence: float
    answerable: Figure


def risk_coverage(cases: Sequence[Rated]) -> list[Point]:
    """A point for each threshold that changes anything, from answering nothing to answering all.

    El-Yaniv and Wiener, "On the foundations of noise-free selective classification" (2010). Cases of the same
    confidence are answered together. Empty unless there are both kinds.
    """
    known = sum(case.answerable for case in cases)
    if not known or known == len(cases):
        return []
    thresholds = sorted({case.confidence for case in cases}, reverse=True)
    return [Point(1.0, 0.0, 0.0), *(at(threshold, cases) for threshold in thresholds)]


def at(threshold: float, cases: Sequence[Rated]) -> Point:
    """What is answered at one threshold; there are cases of both kinds."""
    answered = [case.answerable for case in cases if case.confidence >= threshold]
    known = sum(case.answerable for case in cases)
    return Point(threshold, sum(answered) / known, (len(answered) - sum(answered)) / (len(cases) - known))


def area(points: Sequence[Point]) -> float:
    """The area above the curve: how likely an answerable case is the surer one of a pair (area under the ROC curve)."""
    return 1 - sum((b.coverage - a.coverage) * (a.risk + b.risk) / 2 for a, b in pairwise(points))


def calibration(cases: Sequence[Rated]) -> list[Bin]:
    """Bins of (nearly) equally many cases in the order of their confidence, at most MOST_BINS."""
    ordered = sorted(cases)
    bins = max(1, min(MOST_BINS, len(ordered) // BIN_CASES))
    edges = [round(n * len(ordered) / bins) for n in range(bins + 1)]
    return [
        Bin(sum(c.confidence for c in part) / len(part), figure([float(c.answerable) for c in part]))
        for a, b in pairwise(edges)
        if (part := ordered[a:b])
    ]
