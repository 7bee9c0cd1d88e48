"""First questions, made of documents by rule."""

from index.types import Document, Section
from rag.suggest import LONGEST, MOST, suggestions
from rag.whole import whole
from tests.standins_ui import SEEDS


def headed(*names: str) -> Document:
    return Document("notes.md", "Words. " * 20, (), tuple(Section(n * 5, name) for n, name in enumerate(names)))


def test_questions_come_from_headings_speakers_and_definitions() -> None:
    text = "Graphite is a form of carbon. It is a gift. Minister Ines Roy, said no. Then Ines Roy said yes."
    asked = suggestions([Document("/home/me/a.txt", text), headed("Contents", "Guide › Opening hours", "1.2.3")])
    assert asked == [
        "What did Ines Roy say?",
        "What is said about Opening hours?",
        "What is Graphite?",
        "Summarize notes.md",
    ]


def test_a_heading_that_is_a_question_is_asked_as_it_stands() -> None:
    assert "How do I reset it?" in suggestions([headed("How do I reset it?")])


def test_one_document_can_be_summarized_first() -> None:
    first, *_ = suggestions([Document("C:\\docs\\a.txt", "Plain words.")])
    assert first == "Summarize a.txt"
    assert whole(first) == "summary"


def test_odd_documents_make_no_odd_questions() -> None:
    names = ["x" * 500, "<script>", "   ", "many words " * 9, "Scope"]
    asked = suggestions([headed(*names), Document("b" * 200 + ".txt", ""), Document("", "")])
    assert "What is said about Scope?" in asked
    assert len(asked) <= MOST
    assert all(len(question) <= LONGEST and "<" not in question for question in asked)
    assert suggestions([]) == []


def test_the_seed_document_has_some() -> None:
    (path,) = SEEDS.glob("*.txt")
    assert len(suggestions([Document(path.name, path.read_text(encoding="utf-8"))])) >= 3
