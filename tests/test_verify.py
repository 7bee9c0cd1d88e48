"""What a draft may say: true ones pass, the same with one thing altered do not."""

import pytest

from rag.verify import is_yes_no, judge, normalise
from tests.standins_rag import evidence

SENTENCE = "Pentagon spokesperson John Kirby said on 3 May that 3,000 troops would go to Poland."
DENIAL = "Mr Kirby said that the 500 soldiers of the brigade would not be fighting in Ukraine."
OWNER = "Chancellor Olaf Scholz’s spokesperson spoke of preventing a war."
OTHER = "Marta Olsen opened the bakery in Bergen in 1987 because rents were low."


@pytest.mark.parametrize(
    ("draft", "question"),
    [
        ("John Kirby", "Who is the Pentagon spokesperson?"),
        ("john kirby.", "Who is the Pentagon spokesperson?"),
        ("Marta Olsen", "Who opened the bakery?"),
        ("in 1987", "When did the bakery open?"),
        ("because rents were low", "Why did she open it in Bergen?"),
        ("Marta Olsen opened the bakery in 1987.", "Who opened the bakery, and when?"),
        ("3000 troops would go to Poland", "What did Kirby say?"),
        ("They would not be fighting", "What did Kirby say of the soldiers?"),
    ],
)
def test_true_drafts_are_accepted_and_name_their_support(draft: str, question: str) -> None:
    judgement = judge(draft, question, evidence(SENTENCE, OTHER, DENIAL, OWNER))
    assert judgement.accepted, judgement.reason
    assert judgement.support is not None


@pytest.mark.parametrize(
    ("draft", "question", "why"),
    [
        ("in 1988", "When did the bakery open?", "number"),
        ("4,000 troops would go to Poland", "What did Kirby say?", "number"),
        ("the baker Karl Olsen", "Who opened the bakery?", "name"),
        ("The soldiers would be fighting in Ukraine", "What did Kirby say?", "negation"),
        ("the soldiers of the brigade", "Who will fight in Ukraine?", "negation"),
        ("Marta Olsen did not open the bakery", "Who opened the bakery?", "negation"),
        ("Marta Olsen could open the bakery in 1987", "Who opened the bakery?", "condition"),
        ("because taxes were low", "Why did she open it in Bergen?", "does not hold"),
        ("John Kirby", "When did the bakery open?", "asks when"),
        ("the bakery", "When did the bakery open?", "repeats"),
        ("Olaf Scholz", "Who spoke of war?", "owner"),
        ("yes", "Did Marta open the bakery?", "yes or no"),
        ("", "Who opened the bakery?", "empty"),
    ],
)
def test_altered_drafts_are_rejected_with_the_reason(draft: str, question: str, why: str) -> None:
    judgement = judge(draft, question, evidence(SENTENCE, OTHER, DENIAL, OWNER))
    assert not judgement.accepted
    assert judgement.support is None
    assert why in judgement.reason


def test_a_draft_cannot_mix_two_pieces_of_evidence() -> None:
    assert not judge(
        "John Kirby opened the bakery in 1987", "Who did what?", evidence(SENTENCE, OTHER, DENIAL, OWNER)
    ).accepted


def test_normalise_folds_layout_and_keeps_the_words() -> None:
    assert normalise("“Well-\nknown”\u00a0– 3,000") == '"wellknown" - 3,000'


def test_yes_no_questions() -> None:
    assert is_yes_no("Did the US send troops?")
    assert is_yes_no("and is it open?")
    assert not is_yes_no("Who did it?")
