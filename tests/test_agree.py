"""A draft is trusted more where the small reader points at the same words."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from index.library import Library
from index.settings import AnswerSettings, IndexSettings
from rag.agree import agreed, alike
from rag.assistant import Assistant
from rag.reader import Reading
from tests.standins_index import HashEncoder
from tests.standins_rag import TaughtModel

LINE = "The mill was sold by Odd Moe to Ane Lund for 900 crowns in 1954."


class Pointing:
    """A reader that points at the same words in every text."""

    def __init__(self, words: str) -> None:
        self._words = words

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        at = [text.index(self._words) for _, text in pairs]
        return [Reading(0.9, start, start + len(self._words), 1.0) for start in at]


class TwoMinds(TaughtModel):
    """Says one thing of sentences read together, and another of one read alone, where the question comes first."""

    alone: str = ""

    def _stream(self, messages: list[BaseMessage], *rest: Any, **given: Any) -> Iterator[ChatGenerationChunk]:
        said = self.says
        if str(messages[-1].content).startswith("Question:"):
            self.says = self.alone
        yield from super()._stream(messages, *rest, **given)
        self.says = said


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    (tmp_path / "mill.txt").write_text(LINE, encoding="utf-8")
    with Library.open(IndexSettings(home=tmp_path / "home"), HashEncoder()) as opened:
        assert [report.verdict for report in opened.add([tmp_path / "mill.txt"])] == ["added"]
        yield opened


def test_likeness_by_hand() -> None:
    assert alike("in the spring of 1954", "Spring 1954") == 1
    assert alike("Odd Moe", "Ane Lund") == alike("", "Ane") == 0
    assert alike("Ane Lund", "to Ane Lund for 900 crowns") == pytest.approx(4 / 6)
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
