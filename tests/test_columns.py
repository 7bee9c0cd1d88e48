"""Rows of tables as a model reads them: cells under their names, without figures that are not asked for."""

import pytest

from index.split import passages
from index.types import Document, Evidence
from rag.columns import told

PRICES = """# Tickets

| Ticket | 2023-24 | 2024-25 | Sold at |
|:---|---:|---:|---|
| Adult, seat | £12 | £13 | the gate |
| Child, seat | £5 | £6 | the club shop |

Dogs | stay | at home | please.
"""
PLAIN = """Year | Visits by readers
2021 | 310
2022 | 2,840"""
WORDS = """Deputy archivist | Quentin Abelard
Porter | Ivo Marsh"""
NAMED = "Lorry: 12 | Left on: 2021-02-22 | Crates: 545 | Driver: Nadine Croft"


def told_of(text: str, start: str, question: str) -> str:
    """The sentence that starts so, as it is told for the question."""
    for passage in passages(Document("a.md", text), lambda texts: [len(one.split()) for one in texts], 500):
        for begins, ends in passage.sentences:
            if text.startswith(start, begins):
                return told(Evidence(passage, begins, ends, 0.0), question)
    raise AssertionError(start)


@pytest.mark.parametrize(
    ("text", "row", "question", "wanted"),
    [
        (PRICES, "| Adult", "Who is let in?", "Ticket: Adult, seat | 2023-24: £12 | 2024-25: £13 | Sold at: the gate"),
        (
            PRICES,
            "| Child",
            "What was a child's seat in 2023-24?",
            "Ticket: Child, seat | 2023-24: £5 | Sold at: the club shop",
        ),
        (
            PRICES,
            "| Child",
            "Where is it sold?",
            "Ticket: Child, seat | 2023-24: £5 | 2024-25: £6 | Sold at: the club shop",
        ),
        (PRICES, "| Ticket", "Where is a seat sold?", "| Ticket | 2023-24 | 2024-25 | Sold at | |:---|---:|---:|---|"),
        (PRICES, "Dogs", "Where is a seat sold?", "Dogs | stay | at home | please."),
        (PRICES, "# Tickets", "Where is a seat sold?", "# Tickets"),
        (PLAIN, "2022", "How many visits?", "Year: 2022 | Visits by readers: 2,840"),
        (WORDS, "Porter", "Who is the porter?", "Porter | Ivo Marsh"),
        (NAMED, "Lorry", "Which driver had lorry 12?", NAMED),
        (NAMED, "Lorry", "How many crates had lorry 12?", "Lorry: 12 | Crates: 545 | Driver: Nadine Croft"),
        (NAMED, "Lorry", "Who left with the crates?", NAMED),
        (NAMED, "Lorry", "Whose lorry left with 545 crates?", NAMED),
        (NAMED, "Lorry", "Who drove?", NAMED),
    ],
)
def test_a_row_is_told_with_the_figures_that_are_asked_for(text: str, row: str, question: str, wanted: str) -> None:
    assert told_of(text, row, question) == wanted
