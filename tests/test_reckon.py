"""What a table comes to: every row is read, and nothing is told that the question does not wholly ask of the table."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.library import Library
from index.settings import AnswerSettings
from rag.assistant import Assistant
from rag.read_all import MOST_COUNTED
from rag.types import Answer
from tests.standins_index import library_with
from tests.standins_rag import SpokenModel, SureReader

SALES = """Month,Branch,Revenue,Orders,Returned
January,Ostby,"18,200",412,12 %
January,Fell,"9,700",230,9 %
February,Ostby,"17,100",390,15 %
February,Fell,"11,400",268,4 %
March,Ostby,"21,900",501,20 %
March,Fell,"12,050",281,7 %
"""
STAFF = """# Staff of the branches

| Name | Town | Hours |
|---|---|---|
| Ada Moe | Ostby | 30 |
| Bo Lund | Fell | 12 |
| Cy Rask | Fell | 12 |
"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_with(
        tmp_path, {"sales.csv": SALES, "staff.md": STAFF, "note.txt": "Fell had the most snow."}
    ) as opened:
        yield opened


def ask(library: Library, question: str) -> Answer:
    assistant = Assistant(library, SpokenModel(says="Fell"), SureReader(), AnswerSettings(threshold=0.0))
    *_, answer = assistant.answer(question)
    return answer


@pytest.mark.parametrize(
    ("question", "told", "cited"),
    [
        ("Which branch had the most orders in February?", "Ostby (Orders: 390)", 1),
        ("Which month had the highest revenue?", "March (Revenue: 21,900, Branch: Ostby)", 1),
        ("In which month did Fell have the fewest orders?", "January (Orders: 230)", 1),
        ("What was the lowest revenue?", "9,700 (Month: January, Branch: Fell)", 1),
        ("What was the total revenue in March?", "33,950 (Revenue, from 21,900 + 12,050)", 2),
        ("How many orders were there altogether?", "2,082 (Orders, from 6 rows)", 6),
        ("What was the average returned at Fell?", "6.67 % (Returned, from 9 % + 4 % + 7 %)", 3),
        ("Who has the fewest hours?", "Bo Lund (Hours: 12, Town: Fell); Cy Rask (Hours: 12, Town: Fell)", 2),
    ],
)
def test_the_rows_are_reckoned_with_and_cited(library: Library, question: str, told: str, cited: int) -> None:
    answer = ask(library, question)
    assert answer.text == told
    assert len(answer.cited) == cited <= MOST_COUNTED
    assert "rows of the table in" in answer.note


@pytest.mark.parametrize(
    "question",
    [
        "Which branch had the most complaints?",  # no such column
        "Which branch had the most orders in May?",  # no such row
        "Which town had the most snow?",
        "Which branch had at least 300 orders?",
        "What was the total of the highest revenue?",
        "How many orders did Ostby have in March?",  # that is one row
        "What was the average share returned at Fell?",  # nobody says that it is a share
        "Who owns the branch with the most orders?",
    ],
)
def test_what_the_table_does_not_wholly_tell_is_left_to_others(library: Library, question: str) -> None:
    assert "rows of the table" not in ask(library, question).note
