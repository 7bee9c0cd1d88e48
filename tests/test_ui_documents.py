"""The documents view without a browser: what it shows, what is asked, which folders it takes, one change at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest

from index.errors import UserError
from index.library import Library
from index.settings import IndexSettings
from index.types import DocumentInfo, Progress, Report
from tests.standins_index import HashEncoder
from tests.standins_ui import StandInAssistant, StandInLibrary, seed_library, stand_in
from tests.test_ui_render import SPACED, Tags, harmless
from ui.assistant import OnProgress
from ui.changes import BUSY, Changes, Run, Steps, counted
from ui.documents import SHOWN, deletion, folders_html, list_html, matching, scope_html
from ui.folders import NAME, Folder, Folders
from ui.reports import fault_html, run_html, told_html
from ui.scope import EVERYTHING, NONE_LEFT, Scope
from ui.uploads import add_uploads

UP = Path("/home/me/.rag/uploads")


def info(name: str, *sources: str) -> DocumentInfo:
    return DocumentInfo(name, sources or (f"/papers/{name}.txt",), 1234, 0, 3, "2026-03-14T10:00:00+00:00")


ROPES, SAILS = info("ropes"), info("sails", str(UP / "sails.pdf"))


# ---- what is shown


NASTY_HTML = {
    "list": lambda: list_html([info(SPACED, SPACED)], "", Scope(frozenset({SPACED})), UP, [SPACED]),
    "no match": lambda: list_html([ROPES], SPACED, EVERYTHING, UP),
    "scope": lambda: scope_html([info(SPACED, SPACED)], Scope(frozenset({SPACED})), True),
    "folders": lambda: folders_html([Folder(SPACED, SPACED)], [info(SPACED, SPACED)]),
    "run": lambda: run_html(Run("adding", (SPACED,) * 3, 1, 0.5, SPACED, (Report(SPACED, "failed", SPACED),))),
    "ended": lambda: run_html(
        Run("again", (SPACED,), 1, reports=(Report(SPACED, "added", SPACED, 1, (SPACED,)),), ended=True, fault=SPACED)
    ),
    "fault": lambda: fault_html(SPACED),
    "told": lambda: told_html(SPACED),
}


@pytest.mark.parametrize("part", NASTY_HTML)
def test_data_never_becomes_markup(part: str) -> None:
    html = NASTY_HTML[part]()
    harmless(html)
    assert "alert(1)" in html
    html.encode("utf-8")


def test_the_list_tells_what_there_is() -> None:
    text = Tags(list_html([ROPES, SAILS], "", Scope(frozenset(ROPES.sources)), UP)).text
    assert "2 documents · 2,468 characters, 6 passages" in text
    assert "ropes.txt/papers1,234 characters3 passagesadded 14 Mar 2026" in text
    assert "sails.pdfhanded in here" in text
    html = list_html([ROPES, SAILS], "", Scope(frozenset(ROPES.sources)), UP)
    assert html.count(" checked") == 1
    assert "No documents yet" in list_html([], "", EVERYTHING, UP)


@pytest.mark.parametrize(
    ("words", "found"),
    [("", 2), ("ROPES", 1), ("papers ropes", 1), ("ropes sails", 0), ("  .pdf ", 1), ("me/.rag", 1)],
)
def test_the_filter_looks_at_names_and_folders(words: str, found: int) -> None:
    assert len(matching([ROPES, SAILS], words)) == found


def test_a_long_list_is_cut_and_says_so() -> None:
    html = list_html([info(f"d{n}") for n in range(SHOWN + 50)], "", EVERYTHING, UP)
    assert html.count('class="fn-item"') == SHOWN
    assert f"The first {SHOWN} of {SHOWN + 50} are shown" in html


@pytest.mark.parametrize(
    ("source", "folders", "told"),
    [
        (str(UP / "a.pdf"), [], ["copy of the file that was handed in here is deleted too"]),
        (str(UP / "a.zip/b.txt"), [], ["archive a.zip, handed in here, is deleted with the last of its documents"]),
        ("/papers/a.txt", [], ["The file stays where it is: /papers/a.txt"]),
        ("/papers/a.zip/b.txt", [], ["The file stays where it is: /papers/a.zip"]),
        ("/papers/a.txt", ["/papers"], ["stays where it is", "the next sync brings it back"]),
        ("/papers/a.txt", ["/pap"], ["stays where it is"]),
    ],
)
def test_a_deletion_says_what_will_happen(source: str, folders: list[str], told: list[str]) -> None:
    lines = deletion([source], UP, folders)
    assert len(lines) == 1 + len(told)
    assert all(part in line for part, line in zip(told, lines[1:], strict=True))


def test_a_run_shows_each_file_and_failures_first() -> None:
    reports = (Report("/u/a.txt", "added", passages=2), Report("/u/b.bin", "failed", "not a text file"))
    going = Tags(run_html(Run("adding", ("a.txt", "b.bin", "c.txt", "d.txt"), 2, 0.5, reports=reports))).text
    assert "Adding: 2 of 4 files done" in going
    assert "reading c.txt 50 %waiting d.txt" in going
    ended = Tags(run_html(Run("adding", ("a.txt", "b.bin"), 2, reports=reports, ended=True))).text
    assert "1 added, 1 not added" in ended
    assert ended.index("b.bin not a text file") < ended.index("a.txt 2 passages")


def test_of_a_folder_only_what_needs_the_person_is_told() -> None:
    reports = (Report("/f/a.txt", "unchanged"), Report("/f/b.jpg", "skipped"), Report("/f/c.txt", "updated"))
    text = Tags(run_html(Run("syncing", reports=reports, ended=True))).text
    assert "1 unchanged, 1 updated, 1 passed over" in text
    assert "c.txt" in text
    assert "a.txt" not in text


# ---- which documents are asked


def test_a_question_is_asked_of_the_ticked_only_and_never_of_more() -> None:
    library = seed_library()
    ledger = next(d for d in library.documents() if d.pages)
    scope = EVERYTHING.ticked([ledger], True)
    *_, answer = scope.ask(StandInAssistant(library), "How many boats has the lighthouse keeper counted?", ())
    assert answer.note == "Asked of 1 of 2 documents."
    assert {citation.document for citation in answer.citations} == {ledger.id}
    list(library.remove([ledger.id]))
    with pytest.raises(UserError, match="ticked"):
        scope.ask(StandInAssistant(library), "How many boats?", ())
    assert NONE_LEFT.startswith("None")
    assert scope.ticked([ledger], False) == EVERYTHING


def test_a_file_that_is_read_again_stays_ticked() -> None:
    scope = EVERYTHING.ticked([ROPES], True)
    assert scope.among([info("other", *ROPES.sources), SAILS])[0].id == "other"


def test_stopping_a_limited_question_stops_the_assistant() -> None:
    assistant = stand_in()
    answers = EVERYTHING.ticked(assistant.library.documents(), True).ask(assistant, "How many troops?", ())
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert assistant.closed == 1


# ---- folders


def test_folders_are_remembered_until_forgotten(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "home")
    assert folders.all() == []
    for path in ("/b", "/a", "/b"):
        folders.remember(path)
    assert [folder.path for folder in Folders(tmp_path / "home").all()] == ["/a", "/b"]
    folders.forget("/a")
    folders.forget("/never")
    assert [folder.path for folder in folders.all()] == ["/b"]


@pytest.mark.parametrize("content", [b"\xff", b"{", b"{}x", b"[1]", b'[{"path": "a"}]', b"7"])
def test_a_damaged_list_of_folders_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(UserError, match="cannot be read; delete it"):
        Folders(tmp_path).all()


def test_only_a_folder_that_should_be_read_is_taken(tmp_path: Path) -> None:
    home, papers = tmp_path / "home", tmp_path / "my papers"
    (home / "uploads").mkdir(parents=True)
    papers.mkdir()
    (papers / "a.txt").write_text("Ropes.")
    folders = Folders(home)
    assert folders.checked(f' "{papers}/" ') == papers
    wrong = {
        " ": "Type the path",
        "papers": "Give the whole path",
        "/": "whole disk",
        "/tmp/..": "whole disk",
        str(home): "its own files",
        f"{papers}/../home/uploads": "its own files",
        f"{papers}/none": "There is no folder",
        f"{papers}/a.txt": "is a file",
        f"{papers}\0": "such characters",
    }
    for given, told in wrong.items():
        with pytest.raises(UserError, match=told):
            folders.checked(given)


# ---- one change at a time


def steps(*reports: Report, hold: Event | None = None) -> Steps:
    def run(hear: OnProgress) -> Iterator[tuple[Sequence[Report], int]]:
        for n, report in enumerate(reports, start=1):
            hear(Progress(n, 4, report.source))
            if hold:
                hold.wait(5)
            yield reports[:n], n

    return run


ADDED = Report("/a.txt", "added")


def begun(runs: Iterator[Run]) -> None:
    assert next(run for run in runs if run.source)


def test_a_change_is_followed_to_its_end() -> None:
    seen = list(Changes().follow(Run("adding", ("a", "b")), steps(ADDED, ADDED)))
    assert [run.ended for run in seen].count(True) == 1
    assert seen[-1].ended
    assert seen[-1].done == 2
    assert len(seen[-1].reports) == 2


def test_a_second_change_is_refused_at_once_or_waits() -> None:
    changes, hold = Changes(), Event()
    first = changes.follow(Run("syncing"), steps(ADDED, hold=hold))
    begun(first)
    *_, refused = changes.follow(Run("deleting"), steps(ADDED))
    assert refused.fault == BUSY
    assert BUSY in run_html(refused)
    waiting = changes.follow(Run("adding"), steps(ADDED), waits=True)
    assert not next(waiting).ended
    hold.set()
    assert list(first)[-1].reports
    assert list(waiting)[-1].reports


def test_a_change_can_be_stopped_and_goes_on_when_nobody_looks() -> None:
    changes, hold = Changes(), Event()
    gone = changes.follow(Run("adding", ("a", "b")), steps(ADDED, ADDED, hold=hold))
    begun(gone)
    gone.close()  # type: ignore[attr-defined]
    changes.stop()
    hold.set()
    *_, last = changes.follow(Run("adding"), steps(ADDED), waits=True)
    assert last.reports == (ADDED,), "the other one has ended"


def test_a_stopped_change_says_what_was_not_begun() -> None:
    changes, hold = Changes(), Event()
    runs = changes.follow(Run("adding", ("a", "b")), steps(ADDED, ADDED, hold=hold))
    begun(runs)
    changes.stop()
    hold.set()
    *_, last = runs
    assert last.stopped
    assert "Stopped: 1 added, 1 not begun" in run_html(last)


def test_a_fault_of_a_change_is_one_plain_sentence() -> None:
    def fails(hear: OnProgress) -> Iterator[tuple[Sequence[Report], int]]:
        raise UserError("another process is changing the index; try again when it has ended")
        yield (), 0

    *_, last = Changes().follow(Run("syncing"), fails)
    assert "Another process is changing the index" in run_html(last)
    assert 'role="alert"' in run_html(last)


# ---- over a real library


def test_a_handed_in_file_goes_with_its_document_and_one_elsewhere_stays(tmp_path: Path) -> None:
    home, papers = tmp_path / "home", tmp_path / "papers"
    papers.mkdir()
    (papers / "sails.txt").write_text("The sailmaker mended seven topsails.")
    given = tmp_path / "ropes.txt"
    given.write_text("The bosun bought ninety coils of rope.")
    with Library.open(IndexSettings(home=home), HashEncoder()) as library:
        *_, (reports, _) = add_uploads(library, [given], home / "uploads")
        assert [report.verdict for report in reports] == ["added"]
        assert [run.verdict for run in library.sync([papers])] == ["added"]
        for document in library.documents():
            *_, (removed, _) = counted(library.remove([document.id], erase=True))
            assert [report.verdict for report in removed] == ["removed"]
        assert library.documents() == []
        assert library.search("coils of rope") == []
    assert not (home / "uploads" / "ropes.txt").exists()
    assert (papers / "sails.txt").exists()


def test_reading_again_reads_what_has_not_changed(tmp_path: Path) -> None:
    file = tmp_path / "ropes.txt"
    file.write_text("The bosun bought ninety coils of rope.")
    heard: list[Progress] = []
    with Library.open(IndexSettings(home=tmp_path / "home"), HashEncoder()) as library:
        assert [report.verdict for report in library.add([file])] == ["added"]
        assert [report.verdict for report in library.add([file], heard.append, again=True)] == ["unchanged"]
        assert heard[-1].done == heard[-1].total > 0, "it was read"
        (tmp_path / "ropes.txt").unlink()
        assert [report.verdict for report in library.add([file], again=True)] == ["failed"]
        assert len(library.documents()) == 1, "what cannot be read again stays as it was"


def test_stand_in_and_library_take_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ropes.")
    library = StandInLibrary()
    assert [report.verdict for report in library.sync([tmp_path])] == ["added"]
    (tmp_path / "a.txt").unlink()
    assert [report.verdict for report in library.sync([tmp_path])] == ["removed"]
