"""Nothing is lost: processes killed at any moment, full disks, folders that cannot be written, several at once."""

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index.library import Library
from index.settings import IndexSettings
from tests.running_index import started
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
        assert {file.name for file in home.iterdir()} <= {"catalogue.db", "lock", "chroma"}
