"""The catalogue: whole transactions, shared documents, readers beside a writer, faults told in words."""

import os
import re
import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest

from index.catalogue import Catalogue
from index.errors import UserError
from index.lock import Busy, write_lock
from index.marks import Marks, marks_of, signs_of
from index.rows import Entry, Stamp, set_facts
from index.split import passages
from index.types import Document
from index.words import terms
from tests.standins_index import HashEncoder

ENCODER = HashEncoder()


def entries(document: Document) -> list[Entry]:
    return [
        Entry(
            passage,
            marks_of(passage),
            ENCODER.encode([passage.text])[0],
            ENCODER.encode([document.text[start:end] for start, end in passage.sentences]),
        )
        for passage in passages(document, ENCODER.count_tokens, ENCODER.max_tokens)
    ]


def add(catalogue: Catalogue, path: str, text: str, pages: tuple[int, ...] = ()) -> Document:
    document = Document(path, text, pages)
    catalogue.record(Stamp(path, len(text), 1), document, entries(document))
    return document


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "home")


def test_a_document_comes_back_as_it_went_in(catalogue: Catalogue) -> None:
    text = "Page one says é 😀.\n\nPage two. " + "It goes on for long. " * 60
    document = add(catalogue, "/a.pdf", text, (0, 21))
    assert catalogue.document(document.id) == catalogue.document_at("/a.pdf") == document
    stored = catalogue.passages_of(document.id)
    assert list(stored.values()) == [entry.passage for entry in entries(document)]
    assert len(stored) > 2 and catalogue.passages(list(stored)[1:2]) == dict(list(stored.items())[1:2])
    info = catalogue.documents()[0]
    assert (info.id, info.sources, info.characters, info.pages) == (document.id, ("/a.pdf",), len(text), 2)
    assert info.passages == len(stored) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", info.added)
    assert catalogue.document("none") is None and catalogue.document_at("/none") is None


def test_vectors_come_back_nearly_as_they_went_in(catalogue: Catalogue) -> None:
    document = add(catalogue, "/a.txt", "One sentence here. Another one there.")
    (number,) = catalogue.numbers()
    (entry,) = entries(document)
    assert np.array_equal(catalogue.passage_vectors([number])[number], entry.vector)
    sentences = catalogue.sentence_vectors([number])[number]
    assert sentences.shape == (2, 64) and sentences.dtype == np.float32
    assert np.abs(sentences - entry.sentence_vectors).max() <= 0.5 / 127 + 1e-6
    ((row_number, row_document, vector),) = catalogue.vector_rows()
    assert (row_number, row_document) == (number, document.id) and np.array_equal(vector, entry.vector)


def test_files_of_one_text_share_its_document(catalogue: Catalogue) -> None:
    document = add(catalogue, "/b.txt", "The same text.")
    catalogue.record(Stamp("/a.txt", 1, 1), Document("/a.txt", "The same text."))
    assert catalogue.documents()[0].sources == ("/a.txt", "/b.txt") and len(catalogue.numbers()) == 1
    assert catalogue.forget(["/a.txt"]) == []
    assert catalogue.passages_of(document.id)[1].source == "/b.txt"
    assert catalogue.forget(["/b.txt"]) == [1]
    assert catalogue.documents() == [] and catalogue.numbers() == []


def test_a_changed_file_takes_its_old_document_along(catalogue: Catalogue) -> None:
    old = add(catalogue, "/a.txt", "The old text.")
    new = Document("/a.txt", "The new text.")
    assert catalogue.record(Stamp("/a.txt", 1, 2), new, entries(new)) == [1]
    assert catalogue.document(old.id) is None and catalogue.file("/a.txt") == (new.id, Stamp("/a.txt", 1, 2))
    assert catalogue.match(["old"], 5) == [] and [n for n, _ in catalogue.match(["new"], 5)] == [2]


def test_numbers_of_passages_are_never_used_again(catalogue: Catalogue) -> None:
    add(catalogue, "/a.txt", "One.")
    catalogue.forget(["/a.txt"])
    add(catalogue, "/b.txt", "Two.")
    assert catalogue.numbers() == [2]


def test_neighbours_end_with_the_document(catalogue: Catalogue) -> None:
    first = add(catalogue, "/a.txt", "# A\n\nOne.\n\n# B\n\nTwo.\n\n# C\n\nThree.")
    add(catalogue, "/b.txt", "Other.")
    a, b, c = catalogue.passages_of(first.id)
    assert catalogue.neighbours([a, b, c, 99]) == {a: (None, b), b: (a, c), c: (b, None)}


def test_match_ranks_by_the_words_that_are_rare(catalogue: Catalogue) -> None:
    for name, text in {"a": "green house and garden", "b": "green house", "c": "green door", "d": "red door"}.items():
        add(catalogue, f"/{name}.txt", text)
    garden = catalogue.document_at("/a.txt")
    found = catalogue.match(terms("a garden or a house"), 10)
    assert [number for number, _ in found] == [1, 2] and found[0][1] > found[1][1] > 0
    assert catalogue.match(["hous"], 1) == catalogue.match(["hous"], 10)[:1]
    assert garden and [n for n, _ in catalogue.match(["hous"], 10, [garden.id])] == [1]
    assert catalogue.match(["hous"], 10, []) == catalogue.match([], 10) == catalogue.match(["hous"], 0) == []
    assert catalogue.document_frequencies(["green", "garden", "nowhere"]) == {"green": 3, "garden": 1, "nowhere": 0}
    assert catalogue.totals() == (4, 2.25)
    assert set(catalogue.vocabulary()) == {"green", "hous", "garden", "door", "red"}


@pytest.mark.parametrize(
    "term", ["c++", "o'brien", '"quoted"', "3.5", "é", "東京", "a-b", "a_b", "*", "and", "(", "u.s."]
)
def test_every_term_is_found_whatever_it_is_made_of(catalogue: Catalogue, term: str) -> None:
    document = Document("/a.txt", "text")
    entry = entries(document)[0]
    marked = Entry(entry.passage, Marks(((term,),), entry.marks.signs), entry.vector, entry.sentence_vectors)
    catalogue.record(Stamp("/a.txt", 1, 1), document, [marked])
    add(catalogue, "/b.txt", "other 3 5 a b c o brien quoted u s")
    assert [number for number, _ in catalogue.match([term], 5)] == [1]
    assert catalogue.document_frequencies([term]) == {term: 1}


def test_of_many_passages_those_that_hold_most_of_the_terms_are_scored(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        rare = "garden" if number % 20 == 7 else "door"
        add(catalogue, f"/{number}.txt", f"A {'green' if number % 2 else 'red'} {rare}, number {number}.")
    whole = catalogue.match(["green", "garden"], 3)
    monkeypatch.setattr("index.catalogue.PROMISING", 5)
    assert catalogue.match(["green", "garden"], 3) == whole and [n for n, _ in whole[:2]] == [8, 28]
    assert len(catalogue.match(["green", "garden"], 40)) == 5
    assert catalogue.match(["nowhere", '"'], 3) == []
    document = catalogue.document_at("/39.txt")
    assert document and [n for n, _ in catalogue.match(["green", "garden"], 3, [document.id])] == [40]


def test_marks_come_back_and_are_made_again(catalogue: Catalogue) -> None:
    document = add(catalogue, "/a.txt", "# Who?\n\nAnn Lee came in May. It is what it is.")
    (number,) = catalogue.numbers()
    (entry,) = entries(document)
    kept = catalogue.marks([number, 99])
    assert list(kept) == [number] and kept[number].terms == entry.marks.terms and kept[number].terms[2] == ()
    assert kept[number].signs.tolist() == entry.marks.signs.tolist()
    signs = signs_of([kept[number]])
    assert signs["title"].tolist()[:2] == [True, False] and signs["when"].tolist()[:2] == [False, True]
    other = Marks((("new",), *kept[number].terms[1:]), kept[number].signs)
    catalogue.mark_again("other", lambda passage: other)
    assert catalogue.marks([number])[number].terms == other.terms and catalogue.fact("marks") == "other"
    assert [n for n, _ in catalogue.match(["new"], 5)] == [number]


def test_totals_follow_changes(catalogue: Catalogue) -> None:
    assert catalogue.totals() == (0, 0.0)
    add(catalogue, "/a.txt", "apple pear")
    assert catalogue.totals() == (1, 2.0)


def test_the_vocabulary_follows_changes(catalogue: Catalogue) -> None:
    add(catalogue, "/a.txt", "apple")
    assert list(catalogue.vocabulary()) == ["appl"]
    add(catalogue, "/b.txt", "pear")
    assert sorted(catalogue.vocabulary()) == ["appl", "pear"]


def test_a_failure_half_way_leaves_nothing(catalogue: Catalogue) -> None:
    add(catalogue, "/a.txt", "Kept.")
    before = catalogue.fact("revision")
    document = Document("/b.txt", "# A\n\nLost.\n\n# B\n\nAlso lost.")

    def failing() -> list[Entry]:
        first, second = entries(document)
        return [first, Entry(second.passage, second.marks, None, second.sentence_vectors)]  # type: ignore[arg-type]

    with pytest.raises(AttributeError):
        catalogue.record(Stamp("/b.txt", 1, 1), document, failing())
    assert [info.sources for info in catalogue.documents()] == [("/a.txt",)]
    assert catalogue.numbers() == [1] and catalogue.match(["lost"], 5) == [] and catalogue.fact("revision") == before


def test_replacing_all_passages_is_all_or_nothing(catalogue: Catalogue) -> None:
    document = add(catalogue, "/a.txt", "Text.")
    with catalogue.database.transaction() as connection:
        set_facts(connection, {"embedder": "old", "dimension": "64"})

    def failing() -> object:
        yield document.id, entries(document)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalogue.replace_passages("new", 64, failing())  # type: ignore[arg-type]
    assert catalogue.numbers() == [1] and catalogue.fact("embedder") == "old"
    catalogue.replace_passages("new", 64, [(document.id, entries(document))])
    assert catalogue.numbers() == [2] and catalogue.fact("embedder") == "new"


def test_readers_see_the_old_state_while_a_writer_writes(catalogue: Catalogue) -> None:
    add(catalogue, "/a.txt", "Old.")
    seen: list[int] = []

    def read() -> None:
        seen.append(len(catalogue.documents()))

    with catalogue.database.transaction() as connection:
        connection.execute("DELETE FROM files")
        connection.execute("DELETE FROM documents")
        read()
        thread = threading.Thread(target=read)
        thread.start()
        thread.join(5)
    read()
    assert seen == [1, 1, 0]


def test_many_threads_read_while_one_writes(catalogue: Catalogue) -> None:
    faults: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            for info in catalogue.documents():
                document = catalogue.document(info.id)
                found = catalogue.passages_of(info.id)
                if document and found and not all(document.text[p.start : p.end] == p.text for p in found.values()):
                    faults.append(info.id)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(30):
        add(catalogue, f"/{number}.txt", f"Text number {number}. " * 20)
    done.set()
    for thread in threads:
        thread.join(10)
    assert faults == [] and len(catalogue.documents()) == 30


def test_the_step_is_lost_with_every_change(catalogue: Catalogue) -> None:
    assert not catalogue.in_step()
    catalogue.mark_in_step()
    assert catalogue.in_step()
    add(catalogue, "/a.txt", "Text.")
    assert not catalogue.in_step()


def test_what_is_removed_leaves_no_trace(catalogue: Catalogue) -> None:
    add(catalogue, "/kept.txt", "Something that is kept.")
    add(catalogue, "/gone.txt", "The password is xylophonequartz. " * 40)
    catalogue.forget(["/gone.txt"])
    catalogue.database.scrub()
    files = list(catalogue.database.path.parent.iterdir())
    assert len(files) >= 1 and not any(b"xylophon" in file.read_bytes() for file in files)
    assert any(b"Something that is kept" in file.read_bytes() for file in files)


def test_a_second_writer_is_told(tmp_path: Path) -> None:
    with write_lock(tmp_path), pytest.raises(Busy, match=f"another process \\({os.getpid()}\\) is changing the index"):
        write_lock(tmp_path).__enter__()
    with write_lock(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"no database at all" * 100, "not a Footnote index"), (b"", ""), (b"SQLite format 3\0junk", "not a")],
)
def test_a_foreign_file_is_left_alone(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "catalogue.db"
    file.write_bytes(content)
    if told:
        with pytest.raises(UserError, match=told):
            Catalogue(tmp_path)
        assert file.read_bytes() == content
    else:
        assert Catalogue(tmp_path).documents() == []  # an empty file is an empty database


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "catalogue.db")
    connection.execute("CREATE TABLE documents (x)")
    connection.commit()
    connection.close()
    with pytest.raises(UserError, match="not a Footnote index"):
        Catalogue(tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    Catalogue(tmp_path).close()
    connection = sqlite3.connect(tmp_path / "catalogue.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UserError, match="format 99"):
        Catalogue(tmp_path)


def test_a_full_disk_is_told_and_the_old_state_is_intact(catalogue: Catalogue) -> None:
    add(catalogue, "/a.txt", "Kept.")
    full = catalogue.database
    pages = full.read("PRAGMA page_count")[0][0]
    connect = full._connect
    full._connect = lambda: _limited(connect(), pages + 5)  # type: ignore[method-assign]
    with pytest.raises(UserError, match="full; free some space"):
        add(catalogue, "/b.txt", "Too much. " * 20_000)
    full._connect = connect  # type: ignore[method-assign]
    assert [info.sources for info in catalogue.documents()] == [("/a.txt",)] and catalogue.match(["kept"], 5)
    assert full.read("PRAGMA integrity_check") == [("ok",)]


def _limited(connection: sqlite3.Connection, pages: int) -> sqlite3.Connection:
    connection.execute(f"PRAGMA max_page_count = {pages}")
    return connection


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="set another home"):
        Catalogue(tmp_path / "file" / "home")


def test_a_home_is_for_its_owner_only(tmp_path: Path) -> None:
    Catalogue(tmp_path / "home")
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0
