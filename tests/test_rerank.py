"""What the small reader is shown of a sentence, and what its word does to the order."""

from dataclasses import replace

import pytest

from index.types import Section
from rag.rerank import FEWEST, READ, asked_of, pair, reranked
from rag.weigh import FAR, hopeful
from tests.standins_rag import SureReader, evidence

QUESTION = "What does it cost?"


def test_a_sentence_is_shown_with_where_it_stands_and_what_comes_before_it() -> None:
    first, second = evidence("The ferry goes\nat nine.", "It costs £4.")
    assert pair(QUESTION, first) == ("What does it cost? | a | ", "The ferry goes\nat nine.")
    assert pair(QUESTION, second) == ("What does it cost? | a | The ferry goes at nine.", "It costs £4.")
    passage = replace(second.passage, source="/notes/ferry_list-2031.md", sections=(Section(0, "Prices"),))
    asked, _ = pair("What does\nit cost?", replace(second, passage=passage))
    assert asked == "What does it cost? | ferry list 2031 Prices | The ferry goes at nine."


def test_what_is_long_is_cut_where_it_matters_least() -> None:
    asked, where, before = asked_of("q" * 900, "w" * 900, "far away " + "b" * 900 + " near").split(" | ")
    assert (len(asked), len(where), len(before)) == (400, 60, 120)
    assert before.endswith("near")


def test_what_the_reader_takes_for_the_answer_comes_first_and_the_unread_stay_behind() -> None:
    items = evidence("One.", "Two.", "Three.", scores=(2.0, 1.5, 1.0))
    ordered = reranked(SureReader(One=0.1, Two=0.1), QUESTION, items)
    assert [item.text for item in ordered] == ["Three.", "One.", "Two."]
    assert ordered[0].parts["reader"] == pytest.approx(2.197, abs=1e-3)
    assert ordered[0].score > ordered[1].score > ordered[2].score
    many = evidence(*(f"Line {n}." for n in range(READ + 2)), scores=[1 - n / 100 for n in range(READ + 2)])
    ordered = reranked(SureReader(**{"Line 0.": 0.001}), QUESTION, many)
    assert [item.text for item in ordered[-3:]] == ["Line 0.", f"Line {READ}.", f"Line {READ + 1}."]
    assert [item.score for item in ordered] == sorted((item.score for item in ordered), reverse=True)
    assert reranked(SureReader(), QUESTION, ()) == ()


def test_what_lies_far_behind_the_best_is_not_read() -> None:
    scores = (9.0, 8.0, 9.0 - FAR, 8.9 - FAR, 0.0)
    items = evidence(*(f"Line {n}." for n in range(len(scores))), scores=scores)
    assert [len(hopeful(items, *bounds)) for bounds in ((1, 5), (4, 5), (1, 2))] == [3, 4, 2]
    assert hopeful((), 2, 8) == ()
    many = evidence(*(f"Line {n}." for n in range(READ)), scores=[20.0 - n for n in range(READ)])
    read = [item for item in reranked(SureReader(), QUESTION, many) if "reader" in item.parts]
    assert [item.text for item in read] == [f"Line {n}." for n in range(FEWEST)]
