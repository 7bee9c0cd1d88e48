"""The library: what becomes of files as they come, change, move and go, and of an index left in a bad state."""

import os
import shutil
import sqlite3
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.database import MIGRATIONS
from index.errors import UserError
from index.library import Library
from index.lock import Busy, write_lock
from index.settings import IndexSettings
from index.types import Report
from tests.standins_index import HashEncoder, pdf_lines, write_pdf

DATA = Path(__file__).parent / "data"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder of two text files, a PDF, and what is to be passed over."""
    docs = tmp_path / "docs"
    (docs / "sub").mkdir(parents=True)
    (docs / ".git").mkdir()
    write(docs / "ann.txt", "Ann lives in Ulm. She is a baker.")
    write(docs / "sub" / "bob.md", "# Bob\n\nBob lives in Bonn. He is a teacher.")
    write_pdf(docs / "carl.pdf", [pdf_lines("Carl lives in Celle."), pdf_lines("He is a painter.")])
    write(docs / ".hidden.txt", "hidden")
    write(docs / ".git" / "config.txt", "hidden too")
    write(docs / "photo.jpg", "no text")
    return docs


def write(path: Path, text: str, age: int = 60) -> Path:
    """Write a file that was last changed `age` seconds ago."""
    path.write_text(text, encoding="utf-8")
    changed = time.time() - age
    os.utime(path, (changed, changed))
    return path


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    with opened(home) as library:
        yield library


def opened(home: Path, encoder: HashEncoder | None = None, told: list[str] | None = None) -> Library:
    tell = [].append if told is None else told.append
    return Library.open(IndexSettings(home=home), encoder or HashEncoder(), tell)


def verdicts(reports: Iterator[Report], below: Path) -> dict[str, str]:
    return {os.path.relpath(report.source, below): report.verdict for report in reports}


def sources(library: Library) -> list[str]:
    return [Path(source).name for info in library.documents() for source in info.sources]


def encoder_of(library: Library) -> HashEncoder:
    encoder = library.encoder
    assert isinstance(encoder, HashEncoder)
    return encoder


# -- add


def test_a_folder_is_read_with_all_below(library: Library, docs: Path) -> None:
    reports = list(library.add([docs]))
    assert verdicts(iter(reports), docs) == {
        "ann.txt": "added", "carl.pdf": "added", "photo.jpg": "skipped", "sub/bob.md": "added",
    }  # fmt: skip
    assert [report.passages for report in reports] == [1, 2, 0, 1]
    assert sources(library) == ["ann.txt", "carl.pdf", "bob.md"]
    assert library.check() == []


def test_what_was_added_is_found_with_its_place(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    best = library.evidence("Who is a painter?", 1)[0]
    assert best.text == "He is a painter." and best.passage.page == 2
    document = library.document(best.passage.document_id)
    assert document.text[best.start : best.end] == best.text and document.source == str(docs / "carl.pdf")
    assert library.search("Where does Bob live?", 1)[0].passage.source.endswith("bob.md")
    assert len(library.search("lives", 2)) == 2
    within = [info.id for info in library.documents() if "ann" in info.sources[0]]
    assert {hit.passage.document_id for hit in library.search("Where does Bob live?", 5, within)} == set(within)


def test_adding_again_embeds_nothing(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    encoder_of(library).encoded.clear()
    assert set(verdicts(library.add([docs, docs / "ann.txt"]), docs).values()) == {"unchanged", "skipped"}
    assert encoder_of(library).encoded == []


def test_a_copy_shares_the_document_and_embeds_nothing(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    encoder_of(library).encoded.clear()
    shutil.copy(docs / "ann.txt", docs / "copy.txt")
    (report,) = library.add([docs / "copy.txt"])
    assert report.verdict == "added" and "same text" in report.detail and report.passages == 1
    assert encoder_of(library).encoded == [] and len(library.documents()) == 3
    assert sources(library)[:2] == ["ann.txt", "copy.txt"]


def test_a_changed_file_replaces_its_text(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    write(docs / "ann.txt", "Ann moved to Trier.", age=30)
    assert verdicts(library.add([docs / "ann.txt"]), docs) == {"ann.txt": "updated"}
    assert library.evidence("Where did Ann move?", 1)[0].text == "Ann moved to Trier."
    assert not any("Ulm" in hit.passage.text for hit in library.search("Ulm", 10))
    assert library.check() == []


def test_a_touched_file_is_unchanged(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    encoder_of(library).encoded.clear()
    os.utime(docs / "ann.txt", (1, 1))
    assert verdicts(library.add([docs / "ann.txt"]), docs) == {"ann.txt": "unchanged"}
    assert encoder_of(library).encoded == []


def test_a_change_within_the_clocks_grain_is_seen(library: Library, tmp_path: Path) -> None:
    """A file just written may change again with neither its size nor its time of change showing it."""
    file = write(tmp_path / "a.txt", "The code is 1111.", age=0)
    status = file.stat()
    list(library.add([file]))
    file.write_text("The code is 2222.")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    (report,) = library.add([file])
    assert report.verdict == "updated" and library.evidence("What is the code?", 1)[0].text == "The code is 2222."


def test_one_bad_file_stops_no_other(library: Library, docs: Path) -> None:
    write(docs / "a-blank.txt", "  \n")
    (docs / "b-broken.pdf").write_bytes(b"not a pdf")
    reports = {Path(r.source).name: r for r in library.add([docs / "missing.txt", docs / "photo.jpg", docs])}
    failed = {name for name, report in reports.items() if report.verdict == "failed"}
    assert failed == {"missing.txt", "photo.jpg", "a-blank.txt", "b-broken.pdf"}
    assert "unknown kind" in reports["photo.jpg"].detail and "No such file" in reports["missing.txt"].detail
    assert reports["bob.md"].verdict == "added" and library.check() == []


def test_a_known_file_that_becomes_unreadable_keeps_its_text(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    write(docs / "ann.txt", "", age=30)
    assert verdicts(library.add([docs]), docs)["ann.txt"] == "failed"
    assert library.evidence("Where does Ann live?", 1)[0].text == "Ann lives in Ulm."


def test_warnings_reach_the_report(library: Library, docs: Path) -> None:
    write_pdf(docs / "half.pdf", [pdf_lines("Text."), []])
    (report,) = library.add([docs / "half.pdf"])
    assert report.verdict == "added" and "1 of 2 pages" in report.warnings[0]


def test_a_link_to_a_folder_above_is_no_endless_loop(library: Library, docs: Path) -> None:
    (docs / "sub" / "up").symlink_to(docs)
    (docs / "link.txt").symlink_to(docs / "ann.txt")
    (docs / "dead.txt").symlink_to(docs / "nowhere.txt")
    reports = list(library.add([docs]))
    assert [str(docs / "dead.txt") in report.detail for report in reports if report.verdict == "failed"] == [True]
    found = verdicts(iter(reports), docs)
    assert found.pop("nowhere.txt") == "failed"
    assert sorted(found) == ["ann.txt", "carl.pdf", "photo.jpg", "sub/bob.md"]


def test_an_empty_library_finds_nothing(library: Library) -> None:
    assert library.search("Anything?", 5) == library.evidence("Anything?", 5) == library.documents() == []
    with pytest.raises(UserError, match="no document"):
        library.document("0123456789abcdef")


# -- sync


def test_sync_follows_what_is_new_changed_and_gone(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    write(docs / "new.txt", "Dora lives in Dresden.")
    write(docs / "ann.txt", "Ann moved to Trier.", age=30)
    (docs / "sub" / "bob.md").unlink()
    assert verdicts(library.sync([docs]), docs) == {
        "ann.txt": "updated", "carl.pdf": "unchanged", "new.txt": "added", "photo.jpg": "skipped",
        "sub/bob.md": "removed",
    }  # fmt: skip
    assert sources(library) == ["ann.txt", "carl.pdf", "new.txt"] and library.check() == []
    assert not any("Bob" in hit.passage.text for hit in library.search("Bob", 10))


def test_sync_follows_a_move_without_embedding(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    encoder_of(library).encoded.clear()
    (docs / "ann.txt").rename(docs / "sub" / "zoe.txt")
    reports = {Path(report.source).name: report for report in library.sync([docs])}
    assert reports["zoe.txt"].verdict == "updated" and reports["zoe.txt"].detail == f"moved from {docs / 'ann.txt'}"
    assert "ann.txt" not in reports and encoder_of(library).encoded == []
    assert library.evidence("Where does Ann live?", 1)[0].passage.source == str(docs / "sub" / "zoe.txt")


def test_sync_leaves_other_folders_alone(library: Library, docs: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other.txt", "Other text.")
    list(library.add([docs, other]))
    other.unlink()
    (docs / "ann.txt").unlink()
    assert verdicts(library.sync([docs / "sub"]), docs) == {"sub/bob.md": "unchanged"}
    assert sorted(sources(library)) == ["ann.txt", "bob.md", "carl.pdf", "other.txt"]


def test_sync_of_a_folder_that_is_not_there_removes_nothing(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    docs.rename(docs.with_name("away"))
    (report,) = library.sync([docs])
    assert report.verdict == "failed" and "no such file or folder" in report.detail
    assert len(library.documents()) == 3


def test_sync_of_a_file_that_is_gone_removes_it(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    (docs / "ann.txt").unlink()
    assert verdicts(library.sync([docs / "ann.txt"]), docs) == {"ann.txt": "removed"}
    assert sources(library) == ["carl.pdf", "bob.md"]


# -- remove


def test_documents_are_removed_by_id_path_name_and_folder(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    by_id = next(info.id for info in library.documents() if info.sources[0].endswith("carl.pdf"))
    reports = list(library.remove([by_id, "ann.txt", str(docs / "sub")]))
    assert [(Path(r.source).name, r.verdict, r.passages) for r in reports] == [
        ("carl.pdf", "removed", 2),
        ("ann.txt", "removed", 1),
        ("bob.md", "removed", 1),
    ]
    assert library.documents() == [] and library.search("Ann", 5) == [] and library.check() == []
    assert (docs / "ann.txt").exists()


def test_removing_what_is_not_there_fails_and_goes_on(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    reports = list(library.remove(["nobody.txt", "ann.txt"]))
    assert [report.verdict for report in reports] == ["failed", "removed"] and "no such document" in reports[0].detail


def test_a_file_name_of_several_documents_is_ambiguous(library: Library, docs: Path) -> None:
    write(docs / "sub" / "ann.txt", "Another Ann.")
    list(library.add([docs]))
    (report,) = library.remove(["ann.txt"])
    assert report.verdict == "failed" and str(docs / "sub" / "ann.txt") in report.detail
    assert verdicts(library.remove([str(docs / "sub" / "ann.txt")]), docs) == {"sub/ann.txt": "removed"}


def test_removing_one_of_two_copies_keeps_the_text(library: Library, docs: Path) -> None:
    shutil.copy(docs / "ann.txt", docs / "copy.txt")
    list(library.add([docs]))
    (report,) = library.remove([str(docs / "ann.txt")])
    assert (
        "another file" in report.detail and library.evidence("Where does Ann live?", 1)[0].text == "Ann lives in Ulm."
    )


def test_what_is_removed_leaves_no_trace_in_the_home(library: Library, docs: Path, home: Path) -> None:
    write(docs / "secret.txt", "The password of the safe is xylophonequartz.")
    list(library.add([docs]))
    assert any(b"xylophonequartz" in file.read_bytes() for file in home.rglob("*") if file.is_file())
    list(library.remove(["secret.txt"]))
    assert not any(b"xylophonequartz" in file.read_bytes() for file in home.rglob("*") if file.is_file())


def test_vacuum_keeps_everything_and_removing_much_frees_space(library: Library, docs: Path, home: Path) -> None:
    write(docs / "large.txt", "A lot of text that goes on. " * 5_000)
    list(library.add([docs]))
    library.vacuum()
    before = (home / "catalogue.db").stat().st_size
    list(library.remove(["large.txt"]))  # more than a quarter: no need of a vacuum
    assert (home / "catalogue.db").stat().st_size < before / 4
    assert library.check() == [] and library.evidence("Where does Ann live?", 1)[0].text == "Ann lives in Ulm."


# -- embedders


def test_another_embedder_embeds_everything_again(home: Path, docs: Path) -> None:
    with opened(home) as library:
        list(library.add([docs]))
    told: list[str] = []
    with opened(home, HashEncoder("other", dimension=32), told) as library:
        assert library.evidence("Where does Ann live?", 1)[0].text == "Ann lives in Ulm."
        assert library.check() == [] and len(encoder_of(library).encoded) > 5
        assert {len(v) for v in library.catalogue.passage_vectors(library.catalogue.numbers()).values()} == {32}
    assert told == ["the embedder is now other, was hash: embedding 3 documents again"]
    told.clear()
    with opened(home, HashEncoder("other", dimension=32), told) as library:
        list(library.add([docs]))
        assert told == [] and encoder_of(library).encoded == []


def test_an_interrupted_change_of_embedder_keeps_the_old_vectors(home: Path, docs: Path) -> None:
    class Failing(HashEncoder):
        def encode(self, texts):  # type: ignore[no-untyped-def]
            if len(self.encoded) > 3:
                raise KeyboardInterrupt
            return super().encode(texts)

    with opened(home) as library:
        list(library.add([docs]))
    with opened(home, Failing("other", dimension=32)) as library, pytest.raises(KeyboardInterrupt):
        library.search("Ann", 1)
    with opened(home) as library:
        assert library.check() == [] and library.catalogue.fact("embedder") == "hash"


# -- several at once


def test_a_second_writer_is_told_and_readers_go_on(library: Library, docs: Path, home: Path) -> None:
    list(library.add([docs]))
    with write_lock(home), opened(home) as second:
        with pytest.raises(Busy, match="another process"):
            list(second.add([docs]))
        with pytest.raises(Busy):
            list(second.remove(["ann.txt"]))
        assert second.evidence("Where does Ann live?", 1)[0].text == "Ann lives in Ulm."
        assert len(second.documents()) == 3
    assert len(library.documents()) == 3


def test_a_reader_sees_what_another_process_adds_and_removes(library: Library, docs: Path, home: Path) -> None:
    list(library.add([docs]))
    assert library.evidence("Where does Ann live?", 1)
    with opened(home) as second:
        list(second.add([write(docs / "new.txt", "Dora lives in Dresden.")]))
        assert library.evidence("Where does Dora live?", 1)[0].text == "Dora lives in Dresden."
        assert [n for n, _ in library.vectors.query(library.encoder.encode(["Dora lives in Dresden."])[0], 1)] == [5]
        list(second.remove(["new.txt"]))
        assert not any("Dora" in item.text for item in library.evidence("Where does Dora live?", 9))


def test_threads_search_while_one_adds(library: Library, docs: Path, tmp_path: Path) -> None:
    list(library.add([docs]))
    faults: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            try:
                assert library.evidence("Where does Ann live?", 1)[0].text == "Ann lives in Ulm."
            except BaseException as error:
                faults.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    reports = list(library.add([write(tmp_path / f"{n}.txt", f"Text {n} is number {n}.") for n in range(20)]))
    done.set()
    for thread in threads:
        thread.join(20)
    assert faults == [] and [report.verdict for report in reports] == ["added"] * 20 and library.check() == []


# -- bad states


def test_a_store_lost_while_open_is_rebuilt_by_the_search(library: Library, docs: Path, home: Path) -> None:
    list(library.add([docs]))
    library.vectors.reset()
    (home / "chroma").write_text("in the way")
    assert library.search("Where does Ann live?", 1)[0].passage.source.endswith("ann.txt")
    assert library.check() == []


DAMAGE = {
    "DELETE FROM files WHERE path LIKE '%ann.txt'": "1 documents that no file holds",
    "DELETE FROM documents WHERE number = 1": "1 passages without their document",
    "DELETE FROM passages WHERE document = 1": "1 documents without passages",
    "DELETE FROM vectors WHERE passage = 1": "1 passages without a vector",
    "DELETE FROM words WHERE rowid = 1": "1 passages missing from the full-text index",
    "INSERT INTO words (rowid, terms) VALUES (99, 'x')": "1 entries of the full-text index",
    "UPDATE words_content SET c0 = 'x' WHERE id = 1": "full-text index:",
    "UPDATE vectors SET vector = x'00' WHERE passage = 1": "1 vectors of another size",
    "UPDATE documents SET text = replace(text, 'Ulm', 'Ulf') WHERE number = 1": "not the one that was read",
    "UPDATE passages SET start = 1, end = end + 1 WHERE id = 1": "does not stand where it should",
    "UPDATE passages SET sentences = '[[0, 5]]' WHERE id = 1": "some of the text is in no sentence",
}


@pytest.mark.parametrize(("statement", "told"), DAMAGE.items())
def test_check_names_the_damage(library: Library, docs: Path, home: Path, statement: str, told: str) -> None:
    list(library.add([docs]))
    connection = sqlite3.connect(home / "catalogue.db")
    connection.execute(statement)
    connection.commit()
    connection.close()
    assert any(told in line for line in library.check()), library.check()


def test_check_names_vectors_that_are_missing_or_left_over(library: Library, docs: Path) -> None:
    list(library.add([docs]))
    library.vectors.delete([1])
    library.vectors.add([(77, "ghost", library.encoder.encode(["ghost"])[0])])
    assert [line.split(";")[0] for line in library.check()] == [
        "vector store: 1 passages are missing",
        "vector store: 1 vectors are left over",
    ]


def test_a_passage_knows_the_section_it_stands_in(library: Library, docs: Path) -> None:
    (docs / "parts.md").write_text("# Tools\n\nThe zwisel cuts.\n\n## Care\n\nOil the flombar weekly.\n", "utf-8")
    list(library.add([docs / "parts.md"]))
    assert library.evidence("flombar", 1)[0].section == "Tools › Care"
    hit = library.search("zwisel", 1)[0]
    assert library.document(hit.passage.document_id).section_of(hit.passage.start) == "Tools"


def test_an_index_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    """Written by 0.1.0 before sections were kept, with the packaged embedder; Chroma's files included."""
    home, told = tmp_path / "home", []
    with tarfile.open(DATA / "index-1.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    with Library.open(IndexSettings(home=home), tell=told.append) as library:
        assert library.check() == []
        assert "quince" in library.evidence("When was the quince tree planted?", 1)[0].text
        assert len(told) == 2 and "format 1" in told[0] and "brought up to date" in told[0] and "marking" in told[1]
        assert [info.tags for info in library.tag(["notes.md"], ["Garden"])] == [("Garden",)]
        document = library.document(library.documents()[1].id)
        assert document.sections == ()
        notes = Path(document.source)
        stored = tmp_path / notes.name
        stored.write_text(document.text, "utf-8")
        list(library.add([stored]))  # the same text: nothing is embedded, its sections are noted
        assert library.evidence("When was the quince tree planted?", 1)[0].section == "Garden diary › Spring"
    told.clear()
    with Library.open(IndexSettings(home=home), tell=told.append) as library:
        assert told == [] and library.check() == []


# What the version that wrote index-2.tar.gz answered: question, best sentence, page, section.
ANSWERED = (
    ("When was the quince tree planted?", "The quince tree was planted on 3 April beside the shed.", None,
     "Garden diary › Spring"),
    ("How far had the stones slipped?", "Two stones had slipped by nine centimetres.", 2, ""),
    ("Who was the keeper of the lighthouse?", "Its keeper was Ada Marsh.", None, ""),
)  # fmt: skip


def test_an_index_of_format_2_answers_as_before_with_the_vectors_it_had(tmp_path: Path) -> None:
    """Written by 0.1.0 before sentences were marked, with the packaged embedder; Chroma's files included."""
    home, told = tmp_path / "home", []
    with tarfile.open(DATA / "index-2.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    before = vectors_in(home)
    with Library.open(IndexSettings(home=home), tell=told.append) as library:
        for question, text, page, section in ANSWERED:
            best = library.evidence(question, 1)[0]
            assert (best.text, best.passage.page, best.section) == (text, page, section)
        assert len(told) == 2 and "format 2" in told[0] and "brought up to date" in told[0] and "marking" in told[1]
        assert library.check() == [] and len(before) == 5 and vectors_in(home) == before
        assert [info.tags for info in library.tag([library.documents()[0].id], ["Found"])] == [("Found",)]
    told.clear()
    with Library.open(IndexSettings(home=home), tell=told.append) as library:
        assert told == [] and library.evidence(ANSWERED[0][0], 1)[0].text == ANSWERED[0][1]


def vectors_in(home: Path) -> list[tuple[int, bytes, bytes]]:
    connection = sqlite3.connect(home / "catalogue.db")
    found = connection.execute("SELECT passage, vector, sentences FROM vectors ORDER BY passage").fetchall()
    connection.close()
    return found


def test_an_interrupted_upgrade_leaves_the_index_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    with tarfile.open(DATA / "index-1.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    broken = {1: (*MIGRATIONS[1], "SELECT nonsense")}
    monkeypatch.setattr("index.database.MIGRATIONS", broken)
    with pytest.raises(UserError):
        Library.open(IndexSettings(home=home))
    monkeypatch.undo()
    with Library.open(IndexSettings(home=home)) as library:
        assert library.check() == [] and len(library.documents()) == 2
