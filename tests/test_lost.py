"""Nothing is lost: processes killed at any moment, full disks, folders that cannot be written, several at once."""

import os
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.library import Library
from index.lock import write_lock
from index.settings import IndexSettings
from tests.running_index import ran, started
from tests.standins_index import HashEncoder

NAMES = [f"{number:02}.txt" for number in range(10)]
KILLS = 4  # of each part; the eight parts make 32


def text_of(name: str, version: str) -> str:
    """Several passages, each of which holds the one word that only this version of this file has."""
    word = f"{version}{Path(name).stem}"
    return "\n\n".join(f"Part {part} of file {name} speaks of {word} here. " * 12 for part in range(8))


def write_all(folder: Path, version: str, names: list[str] = NAMES) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(text_of(name, version), "utf-8")


def opened(home: Path) -> Library:
    return Library.open(IndexSettings(home=home), HashEncoder(), lambda told: None)


def to_add(home: Path, docs: Path) -> tuple[list[object], set[str]]:
    write_all(docs, "alt")
    return ["add", docs], {"alt"}


def to_update(home: Path, docs: Path) -> tuple[list[object], set[str]]:
    index_all(home, docs)
    write_all(docs, "neu")
    return ["sync", docs], {"alt", "neu"}


def to_follow(home: Path, docs: Path) -> tuple[list[object], set[str]]:
    index_all(home, docs)
    for name in NAMES[1:]:
        (docs / name).unlink()
    return ["sync", docs], {"alt"}


def to_erase(home: Path, docs: Path) -> tuple[list[object], set[str]]:
    index_all(home, docs)
    shutil.move(docs, docs.with_name("away"))
    docs.mkdir()
    return ["remove", "--erase", docs], {"alt"}


def index_all(home: Path, docs: Path) -> None:
    write_all(docs, "alt")
    with opened(home) as library:
        list(library.add([docs]))


def is_whole(home: Path, versions: set[str]) -> None:
    """Each document is in wholly, found by its word, and what is out is found nowhere."""
    with opened(home) as library:
        assert library.catalogue.database.read("PRAGMA integrity_check") == [("ok",)]
        held = {info.sources: library.document(info.id).text for info in library.documents()}
        words = {}
        for (source,), text in held.items():
            name = Path(source).name
            (version,) = (version for version in versions if text.strip() == text_of(name, version).strip())
            words[f"{version}{Path(name).stem}"] = source
        for word in (f"{version}{Path(name).stem}" for version in versions for name in NAMES):
            found = [hit.passage for hit in library.search(word, 100) if word in hit.passage.text]
            assert {passage.source for passage in found} == ({words[word]} if word in words else set())
        assert library.check() == []


@pytest.mark.slow
@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("prepare", [to_add, to_update, to_follow, to_erase])
def test_killed_at_any_moment_each_document_is_wholly_in_or_out(
    tmp_path: Path, prepare: Callable[[Path, Path], tuple[list[object], set[str]]], part: int
) -> None:
    docs, template, home = tmp_path / "docs", tmp_path / "template", tmp_path / "home"
    template.mkdir()
    command, versions = prepare(template, docs)
    shutil.copytree(template, home)
    with started(home, *command) as process:
        begun = time.monotonic()
        process.communicate()
    whole, dice = time.monotonic() - begun, random.Random(f"{prepare.__name__} {part}")
    for _ in range(KILLS):
        shutil.rmtree(home)
        shutil.copytree(template, home)
        with started(home, *command) as process:
            time.sleep(dice.uniform(0, whole))
            process.kill()
        is_whole(home, versions)
        with opened(home) as library:
            list(library.sync([docs]))
            assert [(Path(info.sources[0]).name, library.document(info.id).text) for info in library.documents()] == [
                (file.name, file.read_text("utf-8")) for file in sorted(docs.iterdir())
            ]
            assert library.check() == []
        left = {file.name for file in home.iterdir()} - {"catalogue.db", "lock"}
        assert len(left) == 1 and left.pop().startswith("chroma")


# -- disks


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A home on a disk of its own of 5 MB, with two documents in it."""
    home = tmp_path / "small"
    home.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=5m", "footnote-test", str(home)]
    if (
        not hasattr(os, "geteuid")
        or os.geteuid()
        or subprocess.run(mounted, check=False, capture_output=True).returncode
    ):
        pytest.skip("mounting is not allowed here")
    try:
        write_all(tmp_path / "docs", "alt", NAMES[:2])
        assert ran(home, "add", tmp_path / "docs")[0] == 0  # by another process: no file is left open for writing here
        yield home
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)


def is_one_line(err: str) -> bool:
    return err.startswith("footnote: ") and err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [0, 32, 40, 64, 160, 320])
def test_a_full_disk_is_told_in_one_line_and_the_next_sync_goes_on(small: Path, tmp_path: Path, kilobytes: int) -> None:
    docs = tmp_path / "docs"
    write_all(docs, "alt")
    status = os.statvfs(small)
    (small / "filler").write_bytes(b"x" * (status.f_bavail * status.f_frsize - kilobytes * 1024))
    code, _, err = ran(small, "add", docs)
    assert code == 2 and is_one_line(err) and "space" in err, err
    (small / "filler").unlink()
    with opened(small) as library:
        assert {Path(info.sources[0]).name for info in library.documents()} >= set(NAMES[:2])
    is_whole(small, {"alt"})
    assert ran(small, "sync", docs)[0] == 0
    with opened(small) as library:
        assert len(library.documents()) == len(NAMES) and library.check() == []


def test_a_disk_that_is_read_only_is_told_in_one_line(small: Path, tmp_path: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    for command in (["add", tmp_path / "docs"], ["remove", NAMES[0]], ["vacuum"]):
        code, _, err = ran(small, *command)
        assert code == 2 and is_one_line(err) and "writable" in err, err
    subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
    is_whole(small, {"alt"})


# -- several at once


def test_two_writers_exclude_each_other_across_processes(tmp_path: Path) -> None:
    home, docs = tmp_path / "home", tmp_path / "docs"
    index_all(home, docs)
    with write_lock(home):
        for command in (["add", docs], ["sync", docs], ["remove", NAMES[0]], ["vacuum"]):
            code, out, err = ran(home, *command)
            assert (code, out) == (2, "") and is_one_line(err) and "another process" in err
    is_whole(home, {"alt"})


@pytest.mark.slow
def test_a_reader_answers_while_another_process_writes(tmp_path: Path) -> None:
    home, docs, more = tmp_path / "home", tmp_path / "docs", tmp_path / "more"
    index_all(home, docs)
    write_all(more, "neu")
    done, faults, answers = threading.Event(), [], []

    def ask() -> None:
        while not done.is_set():
            try:
                answers.append("alt03" in library.search("alt03", 1)[0].passage.text)
            except Exception as error:
                faults.append(repr(error))

    with opened(home) as library:
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            commands = [["add", more], ["remove", "--erase", more], ["vacuum"], ["vacuum"]]
            ended = [ran(home, *command) for command in commands]
        finally:
            done.set()
            asking.join(60)
    assert [code for code, _, _ in ended] == [0] * len(commands), ended
    assert faults == [] and len(answers) > 10 and all(answers)
    is_whole(home, {"alt"})


# -- nothing is left behind


def traces(home: Path, *words: str) -> list[tuple[str, str]]:
    """Files in which a word stands, or its beginning, in any case, as UTF-8 or UTF-16."""
    contents = {
        file.name: file.read_bytes().lower() + str(file.relative_to(home)).lower().encode()
        for file in home.rglob("*")
        if file.is_file()
    }
    codes = ("utf-8", "utf-16-le", "utf-16-be")
    return [
        (name, word)
        for name, content in contents.items()
        for word in words
        if any(word.lower().encode(code) in content for code in codes)
    ]


@pytest.mark.parametrize("erase", [True, False])
def test_what_was_erased_is_in_no_byte_of_the_home(tmp_path: Path, erase: bool) -> None:
    home, docs = tmp_path / "home", tmp_path / "Zebrafolder"
    index_all(home, tmp_path / "docs")
    docs.mkdir()
    outside, uploaded = docs / "Verysecretname.txt", home / "uploads" / "Handedin.txt"
    outside.write_text("The safes are opened with Xylophonequartzes. " * 40, "utf-8")
    uploaded.parent.mkdir()
    uploaded.write_text("The vaults are opened with Marimbaquartzes. " * 40, "utf-8")
    marks = ["Zebrafolder", "Verysecretname", "xylophonequartz"] + ["Handedin", "marimbaquartz"] * erase
    with opened(home) as library:
        list(library.add([outside, uploaded]))
        marks += [i.id for i in library.documents() if i.sources[0] in ([str(outside)] + [str(uploaded)] * erase)]
    assert {word for _, word in traces(home, *marks)} == set(marks)
    names = [str(outside), str(uploaded)]
    code, out, _ = ran(home, "remove", *(["--erase"] if erase else []), *names)
    assert code == 0 and ("with its file" in out) == erase
    assert erase or ran(home, "vacuum")[0] == 0
    assert traces(home, *marks) == [] and outside.exists() and uploaded.exists() != erase
    with opened(home) as library:
        assert not any("quartz" in hit.passage.text for hit in library.search("xylophonequartzes", 100))
    is_whole(home, {"alt"})


@pytest.mark.slow
@pytest.mark.parametrize("other", [False, True])
@pytest.mark.parametrize("kept", [2, 10])
def test_twenty_cycles_of_adding_and_removing_leave_the_size_as_it_was(tmp_path: Path, kept: int, other: bool) -> None:
    home, docs = tmp_path / "home", tmp_path / "docs"
    write_all(tmp_path / "kept", "kept", NAMES[:kept])
    sizes = []
    with opened(home) as library:
        list(library.add([tmp_path / "kept"]))
    for cycle in range(20):
        write_all(docs, f"v{cycle * other}x", NAMES[:4])
        with opened(home) as library:
            list(library.add([docs]))
            list(library.remove([str(docs)]))
        sizes.append(sum(file.stat().st_size for file in home.rglob("*") if file.is_file()))
    assert max(sizes) <= 1.1 * sizes[0], sizes


# -- damage by hand


def pages_of_junk(home: Path) -> None:
    with (home / "catalogue.db").open("r+b") as file:
        for page in range(3, 40, 2):
            file.seek(page * 4096)
            file.write(b"junk" * 1024)


def short_store(home: Path) -> None:
    os.truncate(next(home.glob("chroma*/chroma.sqlite3")), 10_000)


@pytest.mark.parametrize(
    ("harm", "told"), [(pages_of_junk, "catalogue"), (short_store, "vector store")], ids=["catalogue", "store"]
)
def test_check_exits_1_and_names_damaged_files(tmp_path: Path, harm: Callable[[Path], None], told: str) -> None:
    home = tmp_path / "home"
    index_all(home, tmp_path / "docs")
    harm(home)
    code, out, err = ran(home, "check")
    assert code == 1 and told in out and "Traceback" not in err, (out, err)
