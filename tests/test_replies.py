"""Documents that ask and reply: the question and its reply stand together, and say yes or no only to what they ask."""

import pytest

from index.types import Evidence
from rag.compose import one_line, with_reason
from rag.replies import replied
from rag.verify import judge
from rag.yes_no import decide
from tests.standins_rag import evidence


def _told(found: list[Evidence]) -> list[str]:
    return [item.text for item in replied(found)]


def test_a_question_and_its_reply_stand_together_where_the_better_of_both_stood() -> None:
    asks, reply, other = evidence("Is there somewhere to park?", "Behind the building, 22 places.", "It is free.")
    both = "Is there somewhere to park? Behind the building, 22 places."
    assert _told([asks, other, reply]) == [both, "It is free."]
    assert _told([other, reply]) == ["It is free.", both]


def test_a_bare_yes_or_no_takes_the_sentence_after_it() -> None:
    title, asks, says, why, more = evidence("Rules", "Do I need a card?", "No.", "All may come in.", "Come in.")
    whole = "Do I need a card? No. All may come in."
    for one in (asks, says, why):
        assert _told([one]) == [whole]
    assert _told([title, more]) == ["Rules", "Come in."]
    asks, says, asks_next, _ = evidence("Q: May I eat?", "A: No.", "Q: May I drink?", "A: Yes.")
    assert _told([says, asks, asks_next]) == ["Q: May I eat? A: No.", "Q: May I drink? A: Yes."]


def test_a_question_without_a_reply_stays_as_it_is() -> None:
    first, second, third = evidence("Where is it?", "Which papers can I order?", "- a payslip")
    assert _told([first, second, third]) == ["Where is it?", "Which papers can I order?", "- a payslip"]
    (last,) = evidence("Who comes?")
    assert _told([last]) == ["Who comes?"]


def test_the_quote_says_not_who_speaks() -> None:
    assert one_line("Q: May I eat?\nA: No. Drinks are allowed.") == "May I eat? No. Drinks are allowed."
    assert one_line("A. Roskilly signed.") == "A. Roskilly signed."


def test_yes_or_no_is_said_once() -> None:
    assert with_reason("Yes", "A: Yes, for £2.") == "Yes, for £2."
    assert with_reason("No", "Nobody may enter.") == "No: Nobody may enter."


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Can a lost card be replaced?", "Can a lost card be replaced? Yes, for £2.", "yes"),
        ("Can a lost book be replaced?", "Can a lost card be replaced? Yes, for £2.", None),
        ("May I smoke in the reading room?", "May I eat in the reading room? No. Drinks are allowed.", None),
        ("Is it forbidden to eat in the reading room?", "May I eat in the reading room? No.", None),
        ("Is the reading room quiet?", "Is the reading room quiet? It has never been measured.", None),
    ],
)
def test_a_reply_says_yes_or_no_only_to_its_own_question(question: str, text: str, answer: str | None) -> None:
    assert decide(question, text) == answer
    for said in ("Yes", "No"):
        judged = judge(f"{said}: {text}", question, evidence(text))
        assert judged.accepted == (said.lower() == answer)
