"""Numbers of citations, choice of quotes, and the texts that people read."""

import pytest

from index.traits import asks_several
from rag.compose import cited, enumerated, marked, near, one_line, quoted, refusal, signed
from rag.explain import explained, printed
from rag.prompts import REFUSAL
from rag.types import Answer, Candidate, Check, Trace
from tests.standins_rag import evidence

FIRST, SECOND, THIRD = evidence("One is here.", "Two is there.", "Three is far.")


def test_citations_are_numbered_once_each_in_order_of_appearance() -> None:
    sentences, citations = cited([("A.", [SECOND]), ("B.", [FIRST]), ("C.", [SECOND])], [FIRST, THIRD])
    assert [s.citations for s in sentences] == [(1,), (2,), (1,)]
    assert [(c.number, c.quote) for c in citations] == [(1, "Two is there."), (2, "One is here."), (3, "Three is far.")]
    answer = Answer("q", "q", sentences, citations)
    assert marked(answer) == "A. [1] B. [2] C. [1]"
    assert [c.number for c in answer.cited] == [1, 2]
    assert [c.number for c in answer.close] == [3]


def test_the_items_of_a_list_read_as_one_sentence() -> None:
    items = evidence("- a new chain;", "- paint for the door", "- two locks.")
    assert [text for text, _ in enumerated(items)] == ["a new chain;", "paint for the door;", "two locks."]
    assert [rests for _, rests in enumerated(items)] == [[item] for item in items]
    assert enumerated([]) == []


def test_only_what_comes_close_is_quoted() -> None:
    far = evidence("One.", "Two.", "Three.", scores=[5.0, 4.8, 1.0])
    assert [item.text for item in quoted(far, several=False)] == ["One.", "Two."]
    assert [item.text for item in quoted(far[2:], several=True)] == ["Three."]


def test_beside_an_answer_stands_only_what_has_a_fair_chance() -> None:
    far = evidence("One.", "Two.", "Three.", scores=[5.0, 2.0, -4.0])
    assert [item.text for item in near(far, 5)] == ["One.", "Two."]
    assert near(far, 1) == far[:1]


def test_questions_for_several_things() -> None:
    assert asks_several("Who opened it and when?")
    assert asks_several("Which countries signed?")
    assert not asks_several("Who opened the bakery?")


def test_layout_marks_are_not_part_of_a_sentence() -> None:
    assert one_line("## Opening\n hours") == "Opening hours"
    assert one_line("- **Due:** 3 May, see *Rules* and __all__ of it") == "Due: 3 May, see Rules and all of it"
    assert one_line("2 * 3 * 4 is 24, a_b_c, x**2 and y**3") == "2 * 3 * 4 is 24, a_b_c, x**2 and y**3"


@pytest.mark.parametrize(
    ("said", "text", "told"),
    [
        ("15", "| First aider | £12 a month | £15 a month |", "£15"),
        ("32 a day", "It is worth £32 a day.", "£32 a day"),
        ("1,500", "He paid $ 1,500, not $1,500,000.", "$ 1,500"),
        ("0.8", "A share of 0.8 % was damaged.", "0.8 %"),
        ("-5", "It fell to -5 °C.", "-5 °C"),
        ("15", "Of 15 people 115 paid £150 and £1.15.", "15"),
        ("fifteen", "It costs £fifteen.", "fifteen"),
        ("16", "It costs £15.", "16"),
    ],
)
def test_a_number_keeps_the_sign_that_it_bears(said: str, text: str, told: str) -> None:
    assert signed(said, text) == told


def test_a_refusal_prints_the_nearest_passages_as_such() -> None:
    from index.types import Hit

    answer = Answer("q", "q", refusal(), refused=True, hits=(Hit(FIRST.passage, 1.0),), done=True)
    text = printed(answer)
    assert text.startswith(REFUSAL)
    assert "do not answer" in text
    assert "One is here." in text


def test_control_characters_of_documents_never_reach_the_terminal() -> None:
    (evil,) = evidence("Red \x1b[31m alert.")
    sentences, citations = cited([(evil.text, [evil])], [])
    assert "\x1b" not in printed(Answer("q\x1b[0m", "r\x1b", sentences, citations, done=True))


def test_the_explanation_says_what_was_kept_checked_and_how_long_it_took() -> None:
    trace = Trace(
        model="tiny",
        searched="q",
        confidence=0.7,
        threshold=0.5,
        candidates=(Candidate(FIRST, True, "among the best 1"), Candidate(SECOND, False, "ranked 2")),
        checks=(Check("Three", False, "the number 3 is not in the evidence"),),
        seconds={"search": 0.25},
        mended={"pentagn": "pentagon"},
    )
    text = explained(Answer("q", "q", refusal(), refused=True, trace=trace, done=True))
    for part in ("tiny", "0.70", "0.50", "+", "ranked 2", "draft rejected", "search 0.25", "pentagn → pentagon"):
        assert part in text
