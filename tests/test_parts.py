"""Questions for two things: taken apart, each part answered or refused, and put together again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.library import Library
from index.settings import AnswerSettings
from rag.assistant import Assistant
from rag.compose import cited, refusal
from rag.parts import Part, joined, parts
from rag.prompts import REFUSAL
from rag.types import Answer
from tests.standins_index import library_with
from tests.standins_rag import SpokenModel, SureReader, evidence


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (
            "Who wrote the song, and when was the hall in Oslo built?",
            ["Who wrote the song?", "When was the hall in Oslo built?"],
        ),
        (
            "Who won the race in 2019, and who in the 2021 one?",
            ["Who won the race in 2019?", "Who won the race in 2021?"],
        ),
        (
            "How long is the lease of Unit 4, and how long for Unit 9?",
            ["How long is the lease of Unit 4?", "How long is the lease of Unit 9?"],
        ),
        ("Where was Ada born? And where did Ada die?", ["Where was Ada born?", "Where did Ada die?"]),
        ("Where was Ada born? Where did Ada die?", ["Where was Ada born?", "Where did Ada die?"]),
        (
            "How long may one swim by the rules of lake 2, and how long by those of lake 5?",
            ["How long may one swim by the rules of lake 2?", "How long may one swim by the rules of lake 5?"],
        ),
        (
            "How much milk did Orla sell, and how much Sven?",
            ["How much milk did Orla sell?", "How much milk did Sven sell?"],
        ),
        (
            "At how many seals a bay does Orla stop, and at how many does the skipper?",
            ["At how many seals a bay does Orla stop?", "At how many seals a bay does the skipper?"],
        ),
        (
            "How much is the deposit and when do I get it back?",
            ["How much is the deposit?", "When do I get it back? (deposit)"],
        ),
        (
            "How many came to the fairs of 2019 and 2020?",
            ["How many came to the fairs of 2019?", "How many came to the fairs of 2020?"],
        ),
        (
            "Who chaired the meetings in March and April 2021?",
            ["Who chaired the meetings in March 2021?", "Who chaired the meetings in April 2021?"],
        ),
        (
            "Name the wardens of Norra Hut and the Skarv Lake Hut.",
            ["Name the wardens of Norra Hut.", "Name the wardens of Skarv Lake Hut."],
        ),
    ],
)
def test_two_questions_are_asked_one_by_one(question: str, asked: list[str]) -> None:
    assert [part.question for part in parts(question)] == asked
    assert not any(part.one_of_two for part in parts(question))


def test_what_a_second_question_leaves_out_comes_from_the_first() -> None:
    _, put_off = parts("How is the largest gift of 2023 to be used, and until which year was that put off?")
    assert put_off.question.startswith("Until which year was that put off? (") and "gift" in put_off.question
    _, second = parts("Who runs the Halden mill, and what does he earn?")
    assert second.question.startswith("What does he earn? (") and "Halden mill" in second.question


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Compare the rents in 2020 and 2023.", ("2020", "2023")),
        ("How did the fee change between March and June 2022?", ("March 2022", "June 2022")),
        ("Which is longer, the Ferrow Tunnel or the Aske Tunnel?", ("Ferrow Tunnel", "Aske Tunnel")),
        ("How did the deficit of 2020 compare with the one in 2021?", ("2020", "2021")),
        ("How large is the disk for 3.4 versus 3.5?", ("3.4", "3.5")),
    ],
)
def test_the_sides_of_a_comparison_are_asked_one_by_one(question: str, sides: tuple[str, str]) -> None:
    asked = parts(question)
    assert all(part.one_of_two for part in asked)
    assert all(side in part.question for side, part in zip(sides, asked, strict=True))
    assert sides[1] not in asked[0].question and sides[0] not in asked[1].question


@pytest.mark.parametrize(
    "question",
    [
        "Who opened the bakery?",
        "Who decides when and where the meeting is held?",
        "When did the war between Norland and Sudland begin?",
        "Why were fewer visitors counted in 2021 than in 2020?",
        "Which cities do they serve, and how much is each ticket?",
        "How many visitors came between 2019 and 2021?",
        "Who owns it? (mill, Halden)",
        "When was it opened and by whom?",
        "Until what time and at which gate is bread sold?",
        "Of Pirol and Lerche, which folds smaller?",
        "How many came to the fairs of 2019 and 2020 altogether?",
        "Was the hall shut in 2019 and 2020?",
        "Who wrote of Meriden and Ashby?",
    ],
)
def test_one_question_stays_one(question: str) -> None:
    assert parts(question) == (Part(question),)


FIRST, SECOND, THIRD = evidence("One is here.", "Two is there.", "Three is far.")
ASKED = (Part("Where is one?"), Part("Where is two?"))


def answered(text: str, support: object, *others: object) -> Answer:
    sentences, citations = cited([(text, [support])], [support, *others])  # type: ignore[list-item]
    return Answer(text, text, sentences, citations, done=True)


def test_answers_of_parts_are_numbered_through_and_what_they_rest_on_comes_first() -> None:
    both = [answered("Here.", FIRST, THIRD), answered("There.", SECOND, FIRST)]
    answer = joined(Answer("q", "q"), ASKED, both, 5)
    assert answer.done and not answer.refused and not answer.note
    assert [(s.text, s.citations) for s in answer.sentences] == [("Here.", (1,)), ("There.", (2,))]
    assert [(c.number, c.quote) for c in answer.citations] == [(1, FIRST.text), (2, SECOND.text), (3, THIRD.text)]
    assert len(joined(Answer("q", "q"), ASKED, both, 1).citations) == 2


def test_answers_to_the_same_of_two_years_say_which_is_which() -> None:
    asked = parts("How many came to the fairs of 2019 and 2020?")
    both = [answered("Forty.", FIRST), answered("Forty.", SECOND)]
    answer = joined(Answer("q", "q"), asked, both, 5)
    assert [(s.text, s.citations) for s in answer.sentences] == [("2019: Forty.", (1,)), ("2020: Forty.", (2,))]


def test_a_part_that_nothing_answers_is_named_and_two_are_a_refusal() -> None:
    no = replace(answered("", FIRST), sentences=refusal(), citations=(), refused=True)
    half = joined(Answer("q", "q"), ASKED, [answered("Here.", FIRST), no], 5)
    assert half.text == "Here." and not half.refused
    assert "Where is two?" in half.note and "Where is one?" not in half.note
    none = joined(Answer("q", "q"), ASKED, [no, no], 5)
    assert none.refused and none.text == REFUSAL and none.citations == ()


def test_an_answer_is_not_done_before_its_last_part() -> None:
    assert not joined(Answer("q", "q"), ASKED, [answered("Here.", FIRST)], 5).done


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    texts = {
        "mill.txt": "The mill in Halden was built by Runa Dahl in 1931.",
        "fees.txt": "The yearly fee for members is 40 crowns.",
    }
    with library_with(tmp_path, texts) as opened:
        yield opened


def test_each_part_is_searched_and_the_answer_holds_both(library: Library) -> None:
    assistant = Assistant(library, SpokenModel(says="something else"), SureReader(), AnswerSettings(threshold=0.0))
    *growing, answer = assistant.answer("Who built the mill in Halden, and what is the yearly fee for members?")
    assert "Runa Dahl" in answer.text and "40 crowns" in answer.text
    assert answer.standalone == answer.question and answer.done and not any(one.done for one in growing)
    document = {c.document: library.document(c.document) for c in answer.citations}
    assert all(document[c.document].text[c.start : c.end] == c.quote for c in answer.citations)
    assert " | " in answer.trace.searched and len(answer.trace.checks) == 2
