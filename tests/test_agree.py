"""A draft is trusted more where the small reader points at the same words."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from index.library import Library
from index.settings import AnswerSettings
from rag.agree import agreed, alike, pointed
from rag.assistant import Assistant
from rag.reader import Reading
from tests.standins_index import library_with
from tests.standins_rag import SpokenModel, TaughtModel

LINE = "The mill was sold by Odd Moe to Ane Lund for 900 crowns in 1954."


class Pointing:
    """A reader that points at the same words in every text that has them."""

    def __init__(self, words: str) -> None:
        self._words = words

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        held = [(text.find(self._words), self._words in text) for _, text in pairs]
        return [Reading(0.9, max(0, start), start + len(self._words) * found, 1.0) for start, found in held]


class TwoMinds(TaughtModel):
    """Says one thing of sentences read together, and another of one read alone, where the question comes first."""

    alone: str = ""

    def reply(self, messages: Sequence[BaseMessage]) -> str:
        return self.alone if str(messages[-1].content).startswith("Question:") else self.says


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_with(tmp_path, {"mill.txt": LINE}) as opened:
        yield opened


def test_likeness_by_hand() -> None:
    assert alike("in the spring of 1954", "Spring 1954") == 1
    assert alike("Odd Moe", "Ane Lund") == alike("", "Ane") == 0
    assert alike("Ane Lund", "to Ane Lund for 900 crowns") == pytest.approx(4 / 6)
    assert alike("one week's notice", "two weeks' notice") == alike("at 3 °C", "2 °C") == 0
    assert alike("4 hours 30 minutes", "30 minutes") > 0
    assert agreed(["Odd Moe", "Ane Lund", "to Ane Lund"], "Ane Lund") == "Ane Lund"
    assert agreed(["Odd Moe", "Ane Lund"], "1954") == "Odd Moe", "what was read together comes first"


@pytest.mark.parametrize(
    ("question", "points", "shown", "read"),
    [
        ("Who bought the mill?", "Ane Lund", "Ane Lund", 2),
        ("Who bought the mill?", "in 1954", "Odd Moe", 2),
        ("Who sold the mill?", "Odd Moe", "Odd Moe", 1),
        ("Did Odd Moe sell the mill?", "Ane Lund", "Odd Moe", 1),
    ],
)
def test_the_draft_that_the_reader_agrees_with_is_shown(
    library: Library, question: str, points: str, shown: str, read: int
) -> None:
    model = TwoMinds(says="Odd Moe", alone="Ane Lund")
    *_, answer = Assistant(library, model, Pointing(points), AnswerSettings(threshold=0.0)).answer(question)
    assert answer.trace.checks[0].draft.strip() == shown
    assert len(model.asked) == read


def test_a_draft_of_another_sentence_than_the_best_is_shown_only_where_the_reader_points_at_its_words(
    tmp_path: Path,
) -> None:
    other = "Kari Bakke painted the mill."
    with library_with(tmp_path, {"mill.txt": f"{LINE} {other}"}) as library:
        question = "Who bought the mill that Odd Moe sold in 1954?"
        astray = TwoMinds(says="Kari Bakke", alone="Kari Bakke")
        *_, answer = Assistant(library, astray, Pointing("Ane Lund"), AnswerSettings(threshold=0.0)).answer(question)
        assert answer.trace.candidates[0].evidence.text == answer.sentences[0].text == LINE
        assert not answer.trace.checks[0].accepted
        assert "another sentence" in answer.trace.checks[0].reason
        of_the_best = TwoMinds(says="to Ane Lund", alone="Kari Bakke")
        *_, answer = Assistant(library, of_the_best, Pointing("in 1954"), AnswerSettings(threshold=0.0)).answer(
            question
        )
        assert answer.text == "to Ane Lund"


@pytest.mark.parametrize(
    ("points", "shown"), [("in 1954", "Ane Lund"), ("Odd Moe", "Odd Moe"), ("Ane Lund", "Ane Lund")]
)
def test_of_another_models_draft_only_what_one_of_both_networks_points_at_is_shown(
    library: Library, points: str, shown: str
) -> None:
    reads = TwoMinds(says="Ane Lund", alone="Ane Lund")
    assistant = Assistant(library, SpokenModel(says="Odd Moe"), Pointing(points), AnswerSettings(threshold=0.0), reads)
    *_, answer = assistant.answer("Who bought the mill?")
    assert answer.text == shown


def test_a_draft_is_pointed_at_by_words_that_it_shares_or_holds_though_they_carry_no_meaning() -> None:
    assert pointed("to Ane Lund", ["Odd Moe", "Ane Lund for 900 crowns"])
    assert pointed("it is off", ["off"])
    assert not pointed("for eight days", ["on the third", "in linen"])
    assert not pointed("£389 a metre", ["£455 a metre"])
    assert not pointed("Ane Lund", ["", "Odd Moe"])
