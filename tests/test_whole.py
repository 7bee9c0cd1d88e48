"""Questions about the whole of a document: told apart, answered from all of it, or told what was seen."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from index.library import Library
from index.settings import AnswerSettings, IndexSettings
from rag.assistant import Assistant
from rag.types import Answer
from rag.whole import counted, named, whole
from tests.standins_index import HashEncoder
from tests.standins_rag import SpokenModel, SureReader

MILL = """# The mill at Aldry

The mill at Aldry ground 4,120 tonnes of oats in 2023. Its oats come from farms in the valley of the Tarn.

Sine Voll has run the mill since 2019, with a crew of nine millers. The mill closed for a month after the flood in May.

The oats are sold to bakers in the valley, and the rest goes by rail to the port."""
SCHOOL = """The school in Tarn has forty pupils and three teachers. It was built of Aldry stone in 1902.

A new roof was laid on the school last year, and the pupils planted an orchard behind it."""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    (tmp_path / "mill_report.md").write_text(MILL, encoding="utf-8")
    (tmp_path / "school_notes.txt").write_text(SCHOOL, encoding="utf-8")
    with Library.open(IndexSettings(home=tmp_path.parent / f"{tmp_path.name}-home"), HashEncoder()) as opened:
        assert {report.verdict for report in opened.add([tmp_path])} == {"added"}
        yield opened


def ask(library: Library, question: str, within: Collection[str] | None = None) -> Answer:
    assistant = Assistant(library, SpokenModel(says="forty pupils"), SureReader(), AnswerSettings(threshold=0.0))
    *_, answer = assistant.answer(question, within=within)
    return answer


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Summarise the mill report", "summary"),
        ("What are the key points of the notes?", "summary"),
        ("what is this document about?", "summary"),
        ('How many times is "oats" mentioned?', "count"),
        ("How often does the word Tarn occur?", "count"),
        ("List all the farms", "all"),
        ("What changed between the two reports?", "all"),
        ("How often does the pump fail?", None),
        ("How many millers work there?", None),
        ("Who changed the roof?", None),
    ],
)
def test_questions_about_a_whole_are_told_from_others(question: str, kind: str | None) -> None:
    assert whole(question) == kind


def test_a_summary_is_sentences_of_the_named_document_in_its_order_each_cited(library: Library) -> None:
    answer = ask(library, "Summarise the school notes")
    text = library.document(answer.citations[0].document).text
    assert text == SCHOOL
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)
    assert all(text[c.start : c.end] == c.quote for c in answer.citations)
    assert len(answer.sentences) == 3  # all of the short text's
    assert "school_notes.txt itself, chosen from all 3 of them" in answer.note


def test_a_summary_leaves_headings_out(library: Library) -> None:
    answer = ask(library, "Give me an overview of the mill report")
    assert all(not sentence.text.startswith("The mill at Aldry.") for sentence in answer.sentences)
    assert all(len(citation.quote.split()) > 5 for citation in answer.citations)


def test_a_count_counts_every_document_and_cites_each_place(library: Library) -> None:
    answer = ask(library, 'How many times is "Tarn" mentioned?')
    assert answer.sentences[0].text == "“Tarn” stands 2 times in the text, in 2 of 2 documents."
    assert len(answer.citations) == 2
    assert all("Tarn" in citation.quote for citation in answer.citations)
    assert "Every passage of 2 documents was read" in answer.note


def test_what_stands_nowhere_is_refused_after_all_was_read(library: Library) -> None:
    answer = ask(library, "How often is the word zeppelin used?")
    assert answer.refused
    assert "Every passage of 2 documents was read" in answer.note


def test_a_list_of_all_says_what_it_rests_on(library: Library) -> None:
    answer = ask(library, "List all pupils of the school in Tarn")
    assert "This may not be all" in answer.note
    assert "2 documents" in answer.note
    assert not ask(library, "How many pupils has the school in Tarn?").note


def test_only_the_documents_that_were_looked_in_are_told(library: Library) -> None:
    school = next(info for info in library.documents() if info.sources[0].endswith("school_notes.txt"))
    answer = ask(library, "List all pupils of the school in Tarn", [school.id])
    assert f"the {school.passages} passages of one document" in answer.note
    counted_there = ask(library, "How often is the word Tarn used?", [school.id])
    assert counted_there.sentences[0].text.startswith("“Tarn” stands once in the text")


def test_words_to_count_lose_their_quotes_and_names_pick_documents(library: Library) -> None:
    assert counted('How many times is "river Tarn" mentioned?') == "river Tarn"
    assert [Path(info.sources[0]).name for info in named("sum up the mill report", library.documents())] == [
        "mill_report.md"
    ]
    assert named("sum up everything", library.documents()) == []
