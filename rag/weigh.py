"""Evidence weighed by a taught model that reads each sentence by itself: what answers before what is only like it.

The ranking sees words and vectors; the model sees whether a sentence answers. Both give log odds, and their sum orders
sentences better than either.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from langchain_core.messages import BaseMessage

from index.types import Evidence
from rag.context import context
from rag.prompts import UNKNOWN, alone

FEWEST, WEIGHED = 2, 8  # best sentences that are read one by one
MOST_CHARACTERS = 700  # of one sentence
FAR = 6.0  # log odds behind the best: what lies further back has not come to the top when it was read


class Taught(Protocol):
    """A model that was taught to read sentences alone, as rag/prompts.py `alone` asks it to."""

    def chances(self, prompts: Sequence[Sequence[BaseMessage]], word: str, /) -> list[float]: ...


def odds(model: Taught, question: str, evidence: Sequence[Evidence]) -> list[float]:
    """For each sentence the log odds that it answers, as the model sees it: against the chance that it says unknown."""
    prompts = [by_itself(question, item) for item in evidence]
    return [-log_odds(chance) for chance in model.chances(prompts, UNKNOWN)]


def hopeful(evidence: Sequence[Evidence], fewest: int, most: int) -> Sequence[Evidence]:
    """The first of the evidence, best first, that are worth reading: those that are not FAR behind the best."""
    close = sum(item.score >= evidence[0].score - FAR for item in evidence)
    return evidence[: min(max(close, fewest), most)]


def by_itself(question: str, item: Evidence) -> list[BaseMessage]:
    """The prompt to read one sentence, under its document's name."""
    return alone(context([item], question, MOST_CHARACTERS)[:MOST_CHARACTERS], question)


def weighed(evidence: Sequence[Evidence], told: Sequence[float], name: str = "alone") -> tuple[Evidence, ...]:
    """The evidence, best first, where `told` are log odds of the first so many, kept in their parts under this name;
    the rest follows them."""
    read = [
        replace(item, score=item.score + value, parts={**item.parts, name: value})
        for item, value in zip(evidence, told, strict=False)
    ]
    read.sort(key=lambda item: -item.score)
    least = min((item.score for item in read), default=math.inf)
    # Scores fall with the rank, whatever they are made of.
    rest = [replace(item, score=min(item.score, least)) for item in evidence[len(read) :]]
    return *read, *rest


def log_odds(chance: float) -> float:
    """The log odds of a chance, which is kept away from certainty."""
    kept = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))
