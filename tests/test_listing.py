"""A list that is asked for is shown whole, whatever of it was found."""

from pathlib import Path

import pytest

from index.settings import AnswerSettings
from index.split import passages
from index.types import Document, Evidence
from rag.assistant import Assistant
from rag.listing import listing
from tests.standins_index import library_with
from tests.standins_rag import SureReader, TaughtModel

TEXT = """The hut opens on 3 June.

To do before opening:

- new mattresses for the attic. Nine of them.
- paint for the shutters
- a second chain for the ladder
- paint for the door

1. Champions: 1928, 1954 and 1955
2. Runners-up: 1930
"""
LIST = ["- new mattresses for the attic.", "- paint for the shutters", "- a second chain for the ladder"]
ALL = [*LIST, "- paint for the door"]
CUPS = ["1. Champions: 1928, 1954 and 1955", "2. Runners-up: 1930"]


def found(*starts: str) -> list[Evidence]:
    """The sentences that start so, best first."""
    (passage,) = passages(Document("a.md", TEXT), lambda texts: [len(one.split()) for one in texts], 500)
    places = [next(span for span in passage.sentences if TEXT.startswith(start, span[0])) for start in starts]
    return [Evidence(passage, *span, 3.0 - n) for n, span in enumerate(places)]


@pytest.mark.parametrize(
    ("question", "starts", "items"),
    [
        ("What are the things to do before opening?", ("- paint for the door", "- new"), ALL),
        ("Which jobs are to be done?", ("- a second", "- new"), ALL),
        ("Which jobs are to be done?", ("To do", "The hut"), ALL),
        ("Name all the jobs to be done before opening.", ("- paint for the door", "- new"), ALL),
        ("Which four jobs are to be done?", ("- a second", "The hut"), ALL),
        ("Which 4 jobs are to be done?", ("- a second", "The hut"), ALL),
        ("Which kinds of paint are needed?", ("- paint for the door", "- paint"), [ALL[1], ALL[3]]),
        ("Which chains are needed?", ("- a second", "- new"), ALL),  # one item is no list
        ("Which three jobs are to be done?", ("- a second", "- new"), []),
        ("Which jobs are to be done?", ("- a second", "The hut"), []),
        ("Which jobs are to be done?", ("The hut", "- a second", "- new"), []),
        ("What is to be painted?", ("- paint for the door", "- paint"), []),
        ("Which years were won?", ("1. Champions", "2. Runners-up"), []),
        ("Which places were reached?", ("2. Runners-up", "1. Champions"), CUPS),
    ],
)
def test_a_list_is_shown_whole_where_it_is_asked_for(question: str, starts: tuple[str, ...], items: list[str]) -> None:
    assert [item.text for item in listing(question, found(*starts))] == items


def test_each_item_is_cited(tmp_path: Path) -> None:
    with library_with(tmp_path, {"hut.md": TEXT}) as library:
        assistant = Assistant(library, TaughtModel(says="paint"), SureReader(), AnswerSettings(threshold=0.0))
        *_, answer = assistant.answer("Which four jobs are to be done before opening, paint for shutters, door, chain?")
    assert (
        answer.text
        == "new mattresses for the attic; paint for the shutters; a second chain for the ladder; paint for the door"
    )
    assert [citation.quote for citation in answer.cited] == ALL
