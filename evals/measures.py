"""What is measured of one answer, and how many answers make a figure with its uncertainty. Pure numbers."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from evals.cases import Case, holds
from index.search import Found
from index.types import Document
from index.words import terms
from rag.types import Answer

Span = tuple[str, int, int]
PLANTED = "planted errors caught"
BASELINE = "baseline correct"
REWRITTEN = "follow-up terms"
# Given the gold sentences: what is measured of the model as it is used and as it came.
READ, READERS = ("exact", "F1", "right"), ("given gold", "given gold, untaught")
WEIGHED = "evidence"  # what the answer is made from: sentences as the model has weighed them, if it does
PASSAGE_DEPTHS, SENTENCE_DEPTHS = (1, 3, 5), (1, 2, 5)
SEARCHES = ("words", "vectors")  # each also looked at alone: together they hide each other's failure


@dataclass(frozen=True)
class Outcome:
    """One case, answered and measured; a measure that does not apply to the case is absent.

    `seconds` is how long the answer took with nothing beside it, None where that was not measured.
    """

    case: Case
    answer: Answer
    measures: Mapping[str, float] = field(default_factory=dict)
    seconds: float | None = None


@dataclass(frozen=True)
class Figure:
    """A mean over `count` cases with its 95 % interval."""

    value: float
    low: float
    high: float
    count: int


def measure(
    case: Case, answer: Answer, found: Found, gold: Sequence[Sequence[Span]], documents: Mapping[str, Document]
) -> dict[str, float]:
    """All measures of one answer; `found` is what its search found, `documents` are by id."""
    values = {"refused": float(answer.refused)} | retrieval(found, gold) | weighed(answer, gold)
    if answer.citations:
        values["verbatim"] = float(
            all(documents[c.document].text[c.start : c.end] == c.quote for c in answer.citations)
        )
    if not case.answerable:
        return values
    cited = [(c.document, c.start, c.end) for c in answer.cited]
    quotes = " ".join(c.quote for c in answer.citations)
    values["correct"] = float(not answer.refused and holds(answer.text, case.answers))
    values["held"] = float(not answer.refused and holds(f"{answer.text} {quotes}", case.answers))
    if cited:
        supports = [
            _overlaps_any(span, gold) or _names_part(c.quote, case) for span, c in zip(cited, answer.cited, strict=True)
        ]
        values["citation precision"] = sum(supports) / len(supports)
    values["citation recall"] = sum(touched(cited, gold)) / len(gold)
    return values


def retrieval(found: Found, gold: Sequence[Sequence[Span]]) -> dict[str, float]:
    """How much of the answer was found, whoever words it; empty where there is no answer to find."""
    if not gold:
        return {}
    passages = [(hit.passage.document_id, hit.passage.start, hit.passage.end) for hit in found.hits]
    sentences = [(e.passage.document_id, e.start, e.end) for e in found.evidence]
    values = recalls("passage", passages, gold, PASSAGE_DEPTHS) | recalls("sentence", sentences, gold, SENTENCE_DEPTHS)
    values["passage MRR"] = next((1 / rank for rank, p in enumerate(passages, 1) if _overlaps_any(p, gold)), 0.0)
    return values


def weighed(answer: Answer, gold: Sequence[Sequence[Span]]) -> dict[str, float]:
    """How much of the answer is among the best sentences, in the order in which they were used."""
    used = [candidate.evidence for candidate in answer.trace.candidates]
    return recalls(WEIGHED, [(e.passage.document_id, e.start, e.end) for e in used], gold, SENTENCE_DEPTHS)


def recalls(
    name: str, found: Sequence[Span], gold: Sequence[Sequence[Span]], depths: Sequence[int]
) -> dict[str, float]:
    """Whether the best k of what was found hold everything that is needed, for each k."""
    if not gold:
        return {}
    return {f"{name} recall@{k}": float(all(touched(found[:k], gold))) for k in depths}


def rewriting(case: Case, searched: str) -> dict[str, float]:
    """How well a follow-up was made to stand alone: F1 of the searched terms against a person's wording."""
    if not case.history:
        return {}
    said, wanted = set(terms(searched)), set(terms(case.standalone))
    return {REWRITTEN: 2 * len(said & wanted) / max(len(said) + len(wanted), 1)}


def figure(values: Sequence[float]) -> Figure:
    """The mean of values in [0, 1] with its 95 % interval.

    Wilson, "Probable inference, the law of succession, and statistical inference" (1927), which stays within [0, 1].
    """
    n, z = len(values), 1.959964
    if not n:
        return Figure(math.nan, math.nan, math.nan, 0)
    p = math.fsum(values) / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Figure(p, max(0.0, centre - half), min(1.0, centre + half), n)


def median_figure(values: Sequence[float]) -> Figure:
    """The median of seconds with its 95 % interval from order statistics (binomial, normal approximation)."""
    ordered = sorted(values)
    n = len(ordered)
    if not n:
        return Figure(math.nan, math.nan, math.nan, 0)
    half = 0.98 * math.sqrt(n)
    low, high = max(0, math.floor(n / 2 - half)), min(n - 1, math.ceil(n / 2 + half))
    return Figure(median(ordered), ordered[low], ordered[high], n)


def summary(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Every figure over these outcomes, in the order in which they are reported."""

    def of(name: str, keep: Callable[[Case], bool] = lambda case: True) -> Figure:
        return figure([o.measures[name] for o in outcomes if name in o.measures and keep(o.case)])

    figures = {name: of(name) for name in ("correct", "held", "citation precision", "citation recall", "verbatim")}
    figures["near misses refused"] = of("refused", lambda case: not case.answerable)
    figures["false refusals"] = of("refused", lambda case: case.answerable)
    figures[PLANTED] = of(PLANTED)
    names = [f"{what} recall@{k}" for what in ("passage", *SEARCHES) for k in PASSAGE_DEPTHS]
    names += [f"{what} recall@{k}" for what in ("sentence", WEIGHED) for k in SENTENCE_DEPTHS]
    figures |= {name: of(name) for name in [*names, "passage MRR", REWRITTEN]}
    figures |= {name: of(name) for name in (f"{reader}: {what}" for reader in READERS for what in READ)}
    figures["correct, same cases"] = figure([o.measures["correct"] for o in outcomes if BASELINE in o.measures])
    figures[BASELINE] = of(BASELINE)
    figures["seconds"] = median_figure([o.seconds for o in outcomes if o.seconds is not None])
    return figures


def touched(found: Sequence[Span], gold: Sequence[Sequence[Span]]) -> list[bool]:
    """For each needed thing whether one of the found spans overlaps one of its own."""
    return [any(overlap(f, g) for f in found for g in one) for one in gold]


def overlap(a: Span, b: Span) -> bool:
    """Whether two spans share a character."""
    return a[0] == b[0] and a[1] < b[2] and b[1] < a[2]


def _overlaps_any(span: Span, gold: Sequence[Sequence[Span]]) -> bool:
    return any(overlap(span, g) for one in gold for g in one)


def _names_part(quote: str, case: Case) -> bool:
    """The rule for support outside the gold span: the quote holds one whole part of the answer."""
    return any(holds(quote, [group]) for group in case.answers)
