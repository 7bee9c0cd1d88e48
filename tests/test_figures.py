"""Another year, line or edition than the question's: what tells a near miss from an answer, and what does not."""

import pytest

from rag.figures import another, has_figure
from rag.rerank import ANOTHER, told_apart
from tests.standins_rag import evidence


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What did the seeds cost in 2022?", "In 2023 the seeds cost 40 crowns."),
        ("What was tried in bed 8?", "We tried wool in bed 9."),
        ("Who rode on line 4?", "On Line 06 nobody rode."),
        ("Why is a third monitor refused?", "A second monitor has been approved by Ida."),
        ("How strong was it at 90 days?", "Its strength at 28 days was 38 MPa."),
        ("What does the fourth edition say?", "The fifth edition says nothing."),
    ],
)
def test_what_is_of_another_figure(question: str, sentence: str) -> None:
    assert another(question, sentence, "report", "Costs")


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What did the seeds cost in 2023?", "In 2023 the seeds cost 40 crowns."),
        ("What did the seeds cost in 2022?", "The seeds cost 40 crowns."),
        ("What did the seeds cost in 2022?", "They cost 40 crowns more than in 2021."),
        ("When was the plan of 2019 finished?", "The plan was finished in 2021."),
        ("What does posting a 7 kg box cost?", "A box costs 49 crowns up to 5 kg and 85 above that."),
        ("What does row 5 cost?", "Rows 1–8 cost 54."),
        ("What does the second copy cost?", "The first copy is free, each further one costs 15."),
        ("Is line 6 shut in 2022?", "Line 4 was shut in 2023."),
        ("What was found at the third stop?", "Stop 3: grey limestone."),
        ("What happened on 6 May?", "06 May: closed."),
        ("What did they sell in 2022?", "3,100 plants."),
        ("Where does HF-1844 stand?", "Since 2012 it stands on shelf 3."),
    ],
)
def test_what_is_not(question: str, sentence: str) -> None:
    assert not another(question, sentence, "report", "Costs")


def test_the_place_and_the_sentence_before_may_say_which_one_it_is() -> None:
    question = "What did a trip cost in 2022?"
    assert another(question, "A trip cost 4 crowns.", "prices 2023", "Trips")
    assert not another(question, "A trip cost 4 crowns.", "prices 2022", "Trips")
    assert not another(question, "In 2023 it cost 5 crowns.", "prices", "A trip cost 4 crowns in 2022.")
    assert another("Who drives line 4?", "Ida drives.", "handbook line 6", "Drivers")


def test_a_sentence_of_another_year_stands_back_and_what_is_told_of_it() -> None:
    items = evidence("In 2023 it cost 5.", "In 2022 it cost 4.", "Nobody paid.", scores=(2.0, 1.0, -2.0))
    ordered = told_apart("What did it cost in 2022?", items)
    assert [item.text for item in ordered] == ["In 2022 it cost 4.", "In 2023 it cost 5.", "Nobody paid."]
    assert [item.parts[ANOTHER] for item in ordered] == [0, -3, 0]
    assert [item.score for item in ordered] == [1, -1, -2]
    assert told_apart("What did it cost?", items) == tuple(items)


def test_a_question_has_a_figure_in_digits_or_as_an_ordinal() -> None:
    assert has_figure("Who won in 2022?")
    assert has_figure("Who was third?")
    assert not has_figure("Who won?")
