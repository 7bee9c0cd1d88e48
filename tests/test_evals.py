"""The measures on made-up answers whose figures are known, the gates, and the cases themselves."""

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from evals.__main__ import failed_gates
from evals.cases import SPLITS, Case, Gold, gold_spans, holds, load_cases
from evals.given_gold import grades
from evals.measures import Outcome, figure, measure, median_figure, summary
from evals.run import OWN_DOCUMENTS
from index.loaders import load
from index.search import Found
from index.settings import ROOT
from index.types import Document, Hit
from rag.compose import cited, refusal
from rag.types import Answer, Citation
from tests.standins_rag import evidence

SENTENCES = ("The bakery opened in 1987.", "It moved to Oslo.", "Rents were low.")
TEXT = " ".join(SENTENCES)
DOCUMENT = Document("/notes/a.txt", TEXT)
BY_ID = {"d" * 16: DOCUMENT}
CASE = Case("x-1", "x", "when", "When did it open?", (("1987",),), (Gold("a.txt", "opened in 1987"),))
GOLD = [[("d" * 16, 11, 25)]]


def answered(*quoted: int, refused: bool = False) -> tuple[Answer, Found]:
    items = evidence(*SENTENCES)
    found = Found("Who?", tuple(items), (Hit(items[0].passage, 1.0),))
    if refused:
        return Answer("q", "q", refusal(), refused=True, done=True), found
    sentences, citations = cited([(items[n].text, [items[n]]) for n in quoted], [])
    return Answer("q", "q", sentences, citations, done=True), found


def test_a_right_answer_with_its_citation_scores_full_marks() -> None:
    values = measure(CASE, *answered(0), GOLD, BY_ID)
    wanted = (
        "correct",
        "held",
        "citation precision",
        "citation recall",
        "verbatim",
        "sentence recall@1",
        "passage MRR",
    )
    assert {name: values[name] for name in wanted} == dict.fromkeys(wanted, 1.0)


def test_a_wrong_answer_scores_nothing_and_an_extra_citation_halves_the_precision() -> None:
    wrong = measure(CASE, *answered(1), GOLD, BY_ID)
    assert (wrong["correct"], wrong["citation precision"], wrong["citation recall"]) == (0, 0, 0)
    assert measure(CASE, *answered(0, 1), GOLD, BY_ID)["citation precision"] == 0.5


def test_a_quote_that_is_not_at_its_offsets_is_noticed() -> None:
    answer, found = answered(0)
    moved = [
        Citation(c.number, c.document, c.source, c.page, c.start + 1, c.end + 1, c.quote) for c in answer.citations
    ]
    shifted = Answer("q", "q", answer.sentences, tuple(moved), done=True)
    assert measure(CASE, shifted, found, GOLD, BY_ID)["verbatim"] == 0


def test_a_refusal_is_never_right_for_an_answerable_case() -> None:
    values = measure(CASE, *answered(refused=True), GOLD, BY_ID)
    assert (values["correct"], values["held"], values["refused"]) == (0, 0, 1)


def test_holds_folds_marks_and_case_and_keeps_word_boundaries() -> None:
    assert holds("On the “3rd” of MAY – 1987", [["3rd"], ["may - 1987"]])
    assert not holds("11987", [["1987"]])
    assert not holds("1987", [["1987"], ["1988"]])


def test_wilson_interval_by_hand() -> None:
    half = figure([1.0] * 8 + [0.0] * 2)
    assert half.value == 0.8
    assert (round(half.low, 3), round(half.high, 3)) == (0.490, 0.943)
    assert math.isnan(figure([]).value)
    assert median_figure([3.0, 1.0, 2.0]).value == 2.0


def test_a_reply_given_the_gold_is_graded_by_its_words() -> None:
    assert grades("in 1987", CASE) == {"exact": 1, "F1": 1, "right": 1}
    assert grades("opened 1987", CASE) == {"exact": 0, "F1": pytest.approx(2 / 3), "right": 1}
    assert grades("in 1988", CASE) == {"exact": 0, "F1": 0, "right": 0}
    two = Case("x-2", "x", "multi", "Who and when?", (("Marta Olsen", "Olsen"), ("1987",)), ())
    assert grades("Olsen; 1987", two)["exact"] == 1
    assert grades("Marta Olsen", two) == {"exact": 0, "F1": pytest.approx(4 / 5), "right": 0}
    whole = replace(CASE, short=("in the spring of 1987", "spring 1987"))
    assert grades("spring of 1987", whole) == {"exact": 1, "F1": 1, "right": 1}


def test_every_short_answer_holds_the_key_words_and_stands_in_words_of_the_gold_or_beside_it() -> None:
    reported = [case for split in ("dev", "test", "seed") for case in load_cases(split)]
    wanted = [case for case in reported if case.answerable and case.kind != "yesno"]
    assert [case.id for case in reported if case.short] == [case.id for case in wanted]
    assert all(holds(short, case.answers) for case in wanted for short in case.short)


def test_gates() -> None:
    answer, found = answered(0)
    figures = {"seed": summary([Outcome(CASE, answer, measure(CASE, answer, found, GOLD, BY_ID), 1.0)])}
    assert failed_gates(figures, {"seed": {"correct": {"at_least": 0.9}, "seconds": {"at_most": 2}}}) == []
    assert failed_gates(figures, {"other": {"correct": {"at_least": 1.1}}}) == []
    (failure,) = failed_gates(figures, {"seed": {"correct": {"at_least": 1.1}}})
    assert "correct" in failure
    # A figure without any case can prove nothing, so its gate does not hold.
    assert failed_gates(figures, {"seed": {"near misses refused": {"at_least": 0.0}}})


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    paths = [*OWN_DOCUMENTS.iterdir(), *(ROOT / "seeds").iterdir()]
    return {path.name: load(path)[0] for path in paths}


def test_every_gold_quote_is_in_its_document_exactly_once(documents: dict[str, Document]) -> None:
    cases = [case for split in SPLITS for case in load_cases(split)]
    assert len({case.id for case in cases}) == len(cases)
    for case in cases:
        spans = gold_spans(case, documents)
        assert bool(spans) == case.answerable == (not case.kind.startswith("near_"))
        assert bool(case.history) == bool(case.standalone) == bool(case.turn)
        assert case.answerable or case.why


def test_the_suites_are_as_large_and_varied_as_promised() -> None:
    seed = load_cases("seed")
    kinds = Counter(case.kind for case in seed)
    assert len(seed) >= 60
    assert sum(not case.answerable for case in seed) >= 15
    assert all(kinds[kind] for kind in ("who", "what", "when", "number", "why", "paraphrase", "multi"))
    assert any(case.history for case in seed)
    topics = [topic for split in SPLITS.values() for topic in split]
    assert len(topics) == len(set(topics))
    assert {path.stem for path in (Path(__file__).parent.parent / "evals/cases").iterdir()} == set(topics)
