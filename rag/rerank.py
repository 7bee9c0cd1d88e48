"""Evidence in a better order: a small cross-encoder reads the question together with each of the best sentences.

The ranking of the index sees words and vectors apart; here both are read at once, with the name of the document and the
sentence before, which often say what "it" is. Both give log odds, so their sum orders.
"""

from collections.abc import Sequence
from typing import Protocol

from index.types import Evidence
from index.words import name_in_words
from rag.figures import another, has_figure
from rag.reader import Reading
from rag.weigh import hopeful, log_odds, weighed

FEWEST, READ = 8, 24  # best sentences that are read
COMPARED = 2 * READ  # best sentences whose figures are compared: more than are read, since some of them stand back
ANOTHER, OTHER = "another figure", 3.0  # log odds that it speaks against a sentence: e^4 among the written blocks
MOST_BEFORE, MOST_WHERE, MOST_ASKED = 120, 60, 400  # characters


class Judge(Protocol):
    """What tells whether texts answer: one Reading for each pair of a question, with where the text stands, and the
    text (rag/reader.py)."""

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]: ...


def pair(question: str, item: Evidence) -> tuple[str, str]:
    """The question with where the sentence stands, and the sentence, as the reader was trained to see them."""
    return asked_of(question, *standing(item)), item.text


def standing(item: Evidence) -> tuple[str, str]:
    """The name of the place that a sentence stands in, and the sentence before it in its passage, if any."""
    passage = item.passage
    before = max((span for span in passage.sentences if span[0] < item.start), default=None)
    said = passage.between(*before) if before else ""
    return " ".join(filter(None, (name_in_words(passage.source), item.section))), said


def asked_of(question: str, where: str, before: str) -> str:
    """The question with the name of the place that a sentence stands in and the sentence before it."""
    before = " ".join(before.split())
    return f"{' '.join(question.split())[:MOST_ASKED]} | {where[:MOST_WHERE]} | {before[-MOST_BEFORE:]}"


def told_apart(question: str, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence, best first, with what speaks of another year, line or edition than the question further back."""
    if not has_figure(question):
        return tuple(evidence)
    others = [another(question, item.text, *standing(item)) for item in evidence[:COMPARED]]
    return weighed(evidence, [-OTHER if other else 0.0 for other in others], ANOTHER)


def reranked(judge: Judge, question: str, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence, best first by both; what was not read follows in the order in which it came."""
    readings = judge.judge([pair(question, item) for item in hopeful(evidence, FEWEST, READ)])
    return weighed(evidence, [log_odds(reading.answerable) for reading in readings], "reader")
