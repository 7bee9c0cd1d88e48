"""Hostile files among good ones: every one gets its verdict, within limits, and none stops the others."""

import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from pathlib import Path

import pytest

from index.archives import Part
from index.files import Ignored, find
from index.library import Library
from index.reading import Reading
from index.settings import ROOT, IndexSettings
from index.types import Report
from index.watch import watched
from tests.hostile import CASES, code, entry, say, tarred, zipped
from tests.standins_index import HashEncoder

DEEP = "<div>" * 100_000 + "text"  # takes a parser many seconds
ADD = "import sys, index.embed; from tests.standins_index import HashEncoder; from index.__main__ import main;"


class Paper(HashEncoder):
    """Passages as long as the real embedder's."""

    def __init__(self) -> None:
        super().__init__(max_tokens=256)


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder for temporary files, empty."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    tempfile.tempdir = None


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs"


def opened(tmp_path: Path, ignore: str = "*.tmp") -> Library:
    return Library.open(IndexSettings(home=tmp_path / "home", ignore=ignore), Paper(), lambda message: None)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with opened(tmp_path) as library:
        yield library


def aged(path: Path, seconds: int = 60) -> Path:
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def note(folder: Path, name: str, text: str = "") -> Path:
    (folder / name).write_text(text or say(name), "utf-8")
    return aged(folder / name)


def verdicts(reports: Iterator[Report], folder: Path) -> dict[str, str]:
    return {os.path.relpath(report.source, folder): report.verdict for report in reports}


def is_found(library: Library, name: str) -> bool:
    return any(code(name) in best.text for best in library.evidence(say(name), 3))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


# -- the whole set


@pytest.mark.slow
def test_every_hostile_file_gets_its_verdict(library: Library, docs: Path, temp: Path) -> None:
    assert len(CASES) >= 45
    for case in CASES:
        case.make(docs / case.name)
        if (docs / case.name).is_file():
            aged(docs / case.name)
    found: dict[str, list[Report]] = {}
    for name in ("aaa.txt", "mmm.txt", "zzz.txt"):
        note(docs, name)
    for report in library.add([docs]):
        found.setdefault(os.path.relpath(report.source, docs), []).append(report)
    wrong = []
    for case in CASES:
        expected = {case.name: (case.verdict, case.told)} if case.verdict else {}
        for member, (verdict, told) in (case.members or {}).items():
            expected[f"{case.name}/{member}"] = verdict, (told,)
        for name, (verdict, told) in expected.items():
            name, _, second = name.partition("#")
            reports = found.get(name, [])
            report = reports[-1 if second else 0] if reports else None
            said = " ".join((report.detail, *report.warnings)) if report else ""
            if report is None or report.verdict != verdict or not all(piece in said for piece in told):
                wrong.append((name, verdict, told, report))
            if verdict == "failed" and not said:
                wrong.append((name, "no reason", told, report))
            if (case.known or name != case.name) and verdict == "added" and not is_found(library, name):
                wrong.append((name, "not found", told, report))
    assert wrong == []
    assert all(
        found[name][0].verdict == "added" and is_found(library, name) for name in ("aaa.txt", "mmm.txt", "zzz.txt")
    )
    named = {case.name.split("/")[0] for case in CASES} | {"aaa.txt", "mmm.txt", "zzz.txt"}
    assert {name.split("/")[0] for name in found} <= named, "a report of something else"
    assert library.check() == []
    assert list(temp.iterdir()) == []
    assert isinstance(library.encoder, HashEncoder)
    library.encoder.encoded.clear()
    started = time.monotonic()
    again = {report.verdict for report in library.add([docs])}
    assert again == {"failed", "skipped", "unchanged"} and library.encoder.encoded == []
    assert time.monotonic() - started < 120  # nothing is parsed for minutes once more


# -- limits of the reading process


def read(path: Path, reading: Reading) -> list[Part]:
    reading.request(path)
    return list(reading.parts())


def test_a_file_that_takes_too_long_or_too_much_is_given_up(docs: Path, temp: Path) -> None:
    slow, large, good = docs / "slow.html", docs / "large.txt", note(docs, "good.txt")
    slow.write_text(DEEP)
    with large.open("wb") as file:
        file.truncate(2 << 30)
    with Reading(seconds=1, megabytes=400) as reading:
        for path in (slow, large, good):
            reading.request(path)
        started = time.monotonic()
        (first,), (second,), (third,) = [list(reading.parts()) for _ in range(3)]
        assert time.monotonic() - started < 10
    assert "more than 1 seconds" in first.fault and "more than 400 MB" in second.fault
    assert third.document and third.document.text == say("good.txt")
    assert list(temp.iterdir()) == []


def test_a_slow_member_of_an_archive_leaves_nothing_behind(docs: Path, temp: Path) -> None:
    path = zipped(docs / "a.zip", {"a.txt": "Good.", "slow.html": DEEP})
    with Reading(seconds=1) as reading:
        first, last = read(path, reading)
        assert first.name == "a.txt" and first.document and "more than 1 seconds" in last.fault and last.name == ""
        assert list(temp.iterdir()) == []


def test_a_crash_is_the_fault_of_one_file(docs: Path) -> None:
    (docs / "slow.html").write_text(DEEP)
    mine = set(children(os.getpid()))
    with Reading() as reading:
        for path in (note(docs, "a.txt"), docs / "slow.html", note(docs, "b.txt")):
            reading.request(path)
        assert next(iter(list(reading.parts()))).document
        (child,) = set(children(os.getpid())) - mine
        threading.Timer(0.3, os.kill, (child, signal.SIGSEGV)).start()
        (broken,) = reading.parts()
        assert broken.fault == "damaged or too large: reading it ended with SIGSEGV"
        (last,) = reading.parts()
        assert last.document and last.document.text == say("b.txt")
    assert set(children(os.getpid())) == mine


def test_the_reading_process_ends_with_its_parent(docs: Path, temp: Path) -> None:
    path = zipped(docs / "a.zip", {"a.txt": "Good.", "slow.html": "<div>" * 30_000})
    program = (
        "import sys; from pathlib import Path; from index.reading import Reading\n"
        "with Reading() as reading:\n"
        "    reading.request(Path(sys.argv[1])); print(next(reading.parts()).name, flush=True); input()"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout and parent.stdout.readline() == b"a.txt\n"
        (child,) = children(parent.pid)
        parent.kill()
        parent.wait()
    wait_for(lambda: not Path(f"/proc/{child}").exists() or "\nState:\tZ" in Path(f"/proc/{child}/status").read_text())
    assert list(temp.iterdir()) == []


def test_a_reading_process_whose_parent_is_gone_before_it_begins_leaves_nothing(temp: Path) -> None:
    ours, theirs = Pipe()
    ours.close()
    (temp / "mine").mkdir()
    command = [sys.executable, "-m", "index.parse", str(theirs.fileno()), "9", "2048", str(temp / "mine")]
    subprocess.run(command, cwd=ROOT, pass_fds=[theirs.fileno()], timeout=60, check=False)
    theirs.close()
    assert list(temp.iterdir()) == []


def test_stopped_by_the_keyboard_it_says_one_line_and_goes_on_later(docs: Path, tmp_path: Path, temp: Path) -> None:
    for number in range(30):
        note(docs, f"{number:02}.txt", f"{say(f'{number}')} " * 300)
    code = f"{ADD} index.embed.default_encoder = lambda settings: HashEncoder(); sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "add", str(docs), "--home", str(tmp_path / "home")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline().startswith("added")
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130 and said.count("\n") == 1 and "stopped" in said, said
    assert list(temp.iterdir()) == []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "unchanged" in done.stdout.splitlines()[-1] and done.stderr == ""


# -- files that change under one's hands


def test_a_file_that_vanishes_is_told(library: Library, docs: Path) -> None:
    files = [note(docs, f"{number}.txt") for number in range(6)]
    reports = library.add(files)
    assert next(reports).verdict == "added"
    files[-1].unlink()
    *_, last = reports
    assert last.verdict == "failed" and "No such file" in last.detail and library.check() == []


def test_a_file_that_grows_is_read_again(library: Library, docs: Path) -> None:
    files = [note(docs, f"{number}.txt") for number in range(6)]
    reports = library.add(files)
    next(reports)
    files[-1].write_text(say("5.txt") + " " + say("later"))
    assert {report.verdict for report in reports} == {"added"}
    assert is_found(library, "later")
    files[-1].write_text(say("latest"))
    assert verdicts(library.add(files), docs)["5.txt"] == "updated" and is_found(library, "latest")


def test_what_may_not_be_read_is_told_and_stops_nothing(docs: Path) -> None:
    program = (
        "import os, sys; from ctypes import CDLL; from pathlib import Path; from index.library import Library\n"
        "from index.settings import IndexSettings; from tests.standins_index import HashEncoder\n"
        "if os.getuid() == 0 and len(sys.argv) == 2:\n"
        "    for right in (1, 2): CDLL(None).prctl(24, right, 0, 0, 0)  # PR_CAPBSET_DROP: read whatever it is\n"
        "    os.execv(sys.executable, [*sys.orig_argv, 'bound'])\n"
        "base = Path(sys.argv[1])\n"
        "with Library.open(IndexSettings(home=base / 'home'), HashEncoder()) as library:\n"
        "    given = [base / 'docs', base / 'docs' / 'shut' / 'in.txt']\n"
        "    for command in (library.add, library.sync):\n"
        "        for r in command(given): print(r.verdict, os.path.relpath(r.source, base), r.detail)\n"
    )
    for folder in ("shut", "dark"):
        (docs / folder).mkdir()
    for name in ("mine.txt", "theirs.txt", "shut/in.txt", "dark/in.txt"):
        note(docs, name)
    (docs / "theirs.txt").chmod(0)
    (docs / "shut").chmod(0o444)  # can be listed, not entered
    (docs / "dark").chmod(0)
    command = [sys.executable, "-c", program, str(docs.parent)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    for folder in ("shut", "dark"):
        (docs / folder).chmod(0o755)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("added docs/mine.txt") for line in lines)
    for denied in ("failed docs/theirs.txt", "failed docs/shut/in.txt", "failed docs/dark"):
        assert any(line.startswith(denied) and "ermission denied" in line for line in lines), lines


def test_names_that_look_like_home_folders_or_are_too_long(
    library: Library, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(docs, "~$note.txt")
    monkeypatch.chdir(docs)
    reports = list(library.add(["~$note.txt", "~nobody-of-that-name/x.txt", "x" * 5000]))
    assert [report.verdict for report in reports] == ["added", "failed", "failed"]
    assert [report.verdict for report in library.remove(["~nobody-of-that-name"])] == ["failed"]


# -- archives


def archive_of(docs: Path, **members: str) -> Path:
    parts = {f"in/{name}.txt": text for name, text in members.items()}
    return aged(zipped(docs / "a.zip", parts))


def test_members_are_known_by_their_path_and_cited_with_it(library: Library, docs: Path) -> None:
    archive_of(docs, ann="Ann lives in Ulm.", bob="Bob lives in Bonn.")
    assert verdicts(library.add([docs]), docs) == {"a.zip/in/ann.txt": "added", "a.zip/in/bob.txt": "added"}
    best = library.evidence("Where does Ann live?", 1)[0]
    assert best.passage.source == str(docs / "a.zip" / "in" / "ann.txt")
    assert isinstance(library.encoder, HashEncoder)
    library.encoder.encoded.clear()
    assert set(verdicts(library.sync([docs]), docs).values()) == {"unchanged"} and library.encoder.encoded == []


def test_a_changed_archive_is_followed(library: Library, docs: Path) -> None:
    archive_of(docs, ann="Ann lives in Ulm.", bob="Bob lives in Bonn.", eva="Eva lives in Essen.")
    list(library.add([docs]))
    aged(archive_of(docs, ann="Ann moved to Trier.", bob="Bob lives in Bonn.", cid="Cid lives in Celle."), 30)
    assert verdicts(library.sync([docs]), docs) == {
        "a.zip/in/ann.txt": "updated", "a.zip/in/bob.txt": "unchanged", "a.zip/in/cid.txt": "added",
        "a.zip/in/eva.txt": "removed",
    }  # fmt: skip
    assert library.check() == []


def test_an_archive_that_becomes_unreadable_keeps_what_was_known(library: Library, docs: Path) -> None:
    file = archive_of(docs, ann="Ann lives in Ulm.")
    list(library.add([docs]))
    file.write_bytes(b"junk")
    assert verdicts(library.sync([docs]), docs) == {"a.zip": "failed"}
    assert library.evidence("Where does Ann live?", 1)[0].text == "Ann lives in Ulm."


@pytest.mark.parametrize("way", ["remove", "sync"])
def test_an_archive_that_is_removed_takes_its_members_along(library: Library, docs: Path, way: str) -> None:
    file = archive_of(docs, ann="Ann lives in Ulm.", bob="Bob lives in Bonn.")
    list(library.add([docs]))
    if way == "sync":
        file.unlink()
    reports = library.sync([docs]) if way == "sync" else library.remove([str(file)])
    assert verdicts(reports, docs) == {"a.zip/in/ann.txt": "removed", "a.zip/in/bob.txt": "removed"}
    assert library.documents() == [] and library.check() == []


def test_an_archive_that_was_interrupted_is_completed(library: Library, docs: Path) -> None:
    archive_of(docs, ann="Ann lives in Ulm.", bob="Bob lives in Bonn.")
    reports = library.add([docs])
    assert next(reports).verdict == "added"
    reports.close()  # type: ignore[attr-defined]
    assert verdicts(library.add([docs]), docs) == {"a.zip/in/ann.txt": "unchanged", "a.zip/in/bob.txt": "added"}
    assert library.check() == []


def test_the_name_of_an_archive_alone_forgets_its_members(library: Library, docs: Path) -> None:
    archive_of(docs, ann="Ann lives in Ulm.", bob="Bob lives in Bonn.")
    list(library.add([docs]))
    assert set(verdicts(library.remove(["a.zip"]), docs).values()) == {"removed"} and library.documents() == []


def test_names_in_an_archive_never_stop_a_later_sync(library: Library, docs: Path) -> None:
    with tarfile.open(docs / "a.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("x.txt")
        info.pax_headers = {"path": "a\0\x1b[31mb\nc.txt"}
        archive.addfile(info)
    tarred(docs / "b.tar", [(entry("x\x1b.txt"), b"Some text.")])
    assert "failed" not in verdicts(library.add([docs / "b.tar"]), docs).values()
    for _ in range(2):
        list(library.sync([docs]))
    assert library.check() == []


# -- what is left out


def test_what_is_ignored_is_left_out_in_archives_too(tmp_path: Path, docs: Path) -> None:
    note(docs, "a.txt")
    note(docs, "b.tmp.txt")
    aged(zipped(docs / "c.zip", {"in.txt": "Kept.", "private/x.txt": "Left out."}))
    with opened(tmp_path, "*.tmp") as library:
        assert len(verdicts(library.add([docs]), docs)) == 4
    with opened(tmp_path, "*.tmp.txt, private") as library:
        assert verdicts(library.sync([docs]), docs) == {
            "a.txt": "unchanged", "c.zip/in.txt": "unchanged", "b.tmp.txt": "removed", "c.zip/private/x.txt": "removed",
        }  # fmt: skip
        assert sorted(Path(source).name for info in library.documents() for source in info.sources) == [
            "a.txt",
            "in.txt",
        ]
        (docs / "c.zip").unlink()
        zipped(docs / "d.zip", {"in.txt": "Kept.", "private/x.txt": "Left out."})
        assert "d.zip/private/x.txt" not in verdicts(library.sync([docs]), docs)
    assert [found.path.name for found in find([docs], lambda path: True, Ignored("*.zip, b*"))] == ["a.txt"]


# -- watching


def test_a_watched_folder_tells_of_changes_that_count(library: Library, docs: Path) -> None:
    told: list[list[str]] = []
    seen = threading.Event()

    def watch() -> None:
        for changed in watched([str(docs)], library.is_noise):
            told.append(changed)
            seen.set()
            return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    time.sleep(1)
    note(docs, ".hidden.txt")
    note(docs, "noise.tmp")
    assert not seen.wait(3)
    note(docs, "new.txt")
    assert seen.wait(15) and told == [[str(docs)]]
    thread.join(5)
    assert not thread.is_alive()
