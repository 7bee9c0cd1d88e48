"""An answer that is kept and read back, and why it is what it is, as tables and as text."""

import json

import pytest

from index.types import Hit
from rag.compose import cited, refusal
from rag.explain import explained, tables
from rag.saved import restored, saved
from rag.types import Answer, Candidate, Check, Trace
from tests.standins_rag import evidence

FIRST, SECOND = evidence("One “is” here.", "Two\u2028is </script> there.")
TRACE = Trace(
    model="tiny",
    searched="q (about one)",
    mended={"on": "one"},
    confidence=0.75,
    threshold=0.25,
    signs={"margin": 1.5},
    candidates=(Candidate(FIRST, True, "among the best 1"), Candidate(SECOND, False, "ranked 2")),
    checks=(Check("Three", False, "the number 3 is not in the evidence"),),
    seconds={"search": 0.25, "read": 0.5},
)
HITS = (Hit(FIRST.passage, 2.5, {"dense": 0.8, "bm25": 7.25, "row": 1.0}),)


def answered() -> Answer:
    sentences, citations = cited([("A.", [SECOND]), ("B.", [FIRST])], [])
    return Answer("q", "q (about one)", sentences, citations, hits=HITS, trace=TRACE, note="Half was read.", done=True)


def test_an_answer_comes_back_as_it_was() -> None:
    answer = answered()
    back = restored(json.loads(json.dumps(saved(answer))))
    assert back.to_json() == answer.to_json()
    assert back.trace.checks == answer.trace.checks
    assert back.hits[0].parts == answer.hits[0].parts
    assert [(c.evidence.text, c.kept, c.reason) for c in back.trace.candidates] == [
        (c.evidence.text, c.kept, c.reason) for c in answer.trace.candidates
    ]
    assert explained(back) == explained(answer)
    assert restored(saved(back)) == back


def test_a_refusal_and_an_answer_cut_short_come_back_too() -> None:
    refused = Answer("q", "q", refusal(), refused=True, hits=HITS, done=True)
    assert restored(saved(refused)).refused
    assert restored(saved(Answer("q", "q"))).text == ""


@pytest.mark.parametrize("given", [{}, {"question": "q"}, saved(answered()) | {"sentences": [{}]}])
def test_what_is_no_saved_answer_is_an_error(given: dict) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        restored(given)


def test_the_tables_hold_what_the_terminal_is_told() -> None:
    by_title = {table.title: table for table in tables(answered())}
    assert by_title["passages"].rows[0][:3] == ("2.50", "0.80", "7.25")
    assert [row[0] for row in by_title["evidence"].rows] == ["+", "-"]
    assert by_title["evidence"].rows[1][-1] == "ranked 2"
    assert by_title["checks"].rows == (("rejected", "Three", "the number 3 is not in the evidence"),)
    assert by_title["seconds"].rows == (("search", "0.25"), ("read", "0.50"))
    text = explained(answered())
    assert all(part in text for part in ("q (about one)", "on → one", "0.80", "7.25", "draft rejected", "search 0.25"))
    assert "\u2028" not in text
