"""Tags of documents: what one is, how long it stays, what it limits; by the library and from the command line."""

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.__main__ import main
from index.errors import UserError
from index.library import Library
from index.lock import write_lock
from index.settings import IndexSettings
from index.tags import CHARACTERS, in_use, tag_of, tagged
from tests.standins_index import HashEncoder
from tests.test_library import write


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    (docs / "sub").mkdir(parents=True)
    write(docs / "ann.txt", "Ann lives in Ulm. She is a baker.")
    write(docs / "bob.txt", "Bob lives in Bonn. He is a baker.")
    write(docs / "sub" / "carl.txt", "Carl lives in Celle.")
    return docs


@pytest.fixture
def library(home: Path, docs: Path) -> Iterator[Library]:
    with opened(home) as library:
        list(library.add([docs]))
        yield library


def opened(home: Path) -> Library:
    return Library.open(IndexSettings(home=home), HashEncoder(), [].append)


def tags(library: Library) -> dict[str, tuple[str, ...]]:
    """By file name, of the documents that have any."""
    return {Path(info.sources[0]).name: info.tags for info in library.documents() if info.tags}


def rows(home: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(home / "catalogue.db")
    found = connection.execute("SELECT path, name FROM tags").fetchall()
    connection.close()
    return found


def traces(home: Path, word: bytes) -> list[str]:
    return [file.name for file in home.rglob("*") if file.is_file() and word in file.read_bytes()]


# -- what a tag is


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Contracts ", "Contracts"),
        ("tax\t 2024\n", "tax 2024"),
        ("a" * CHARACTERS, "a" * CHARACTERS),
        ("cafe\u0301", "café"),
        ("家族 👨‍👩‍👧", "家族 👨‍👩‍👧"),
        ("<b>&\"' -- ; DROP", "<b>&\"' -- ; DROP"),
    ],
)
def test_a_tag_is_a_short_line_of_text(text: str, name: str) -> None:
    assert tag_of(text) == name


@pytest.mark.parametrize(
    "text", ["", " \n", "a" * (CHARACTERS + 1), "a\x00b", "red\x1b[31m", "\u202egnp", "\ud800", "\u200d"]
)
def test_what_is_no_tag_is_told_in_one_short_line(text: str) -> None:
    with pytest.raises(UserError, match=f"1 to {CHARACTERS} characters") as refused:
        tag_of(text)
    assert len(str(refused.value)) < 200 and "\n" not in str(refused.value)


def test_case_makes_no_difference_and_the_first_spelling_is_shown(library: Library) -> None:
    library.tag(["ann.txt"], ["Straße", "2024"])
    library.tag(["ann.txt", "bob.txt"], ["STRASSE"])
    assert tags(library) == {"ann.txt": ("2024", "Straße"), "bob.txt": ("Straße",)}
    library.tag(["ann.txt", "bob.txt"], remove=["strasse"])
    assert tags(library) == {"ann.txt": ("2024",)}
    library.tag(["bob.txt"], ["strasse"])
    assert tags(library)["bob.txt"] == ("strasse",), "nothing is left of the spelling before"


# -- which documents


def test_documents_are_named_as_for_removing_and_come_back_as_they_are_then(library: Library, docs: Path) -> None:
    by_id = library.documents()[0].id
    changed = library.tag([by_id, "bob.txt", str(docs / "sub"), "bob.txt"], ["people", "Bakers"])
    assert [info.tags for info in changed] == [("Bakers", "people")] * 3
    assert [Path(info.sources[0]).name for info in changed] == ["ann.txt", "bob.txt", "carl.txt"]
    assert in_use(library.documents()) == {"Bakers": 3, "people": 3}
    assert tags(library) == {Path(i.sources[0]).name: i.tags for i in library.tag([str(docs)], ["people"])}


@pytest.mark.parametrize(
    ("names", "add", "remove", "told"),
    [
        (["ann.txt", "nobody.txt"], ["x"], [], "'nobody.txt': no such document"),
        (["ann.txt"], ["x", " "], [], "1 to 40"),
        (["ann.txt"], ["x"], ["y"], "no document has the tag 'y'; there are: kept$"),
    ],
)
def test_all_is_done_or_nothing(
    library: Library, names: list[str], add: list[str], remove: list[str], told: str
) -> None:
    library.tag(["bob.txt"], ["kept"])
    with pytest.raises(UserError, match=told):
        library.tag(names, add, remove)
    assert tags(library) == {"bob.txt": ("kept",)}


def test_a_document_has_the_tags_of_all_its_files(library: Library, docs: Path) -> None:
    write(docs / "copy.txt", (docs / "ann.txt").read_text())
    list(library.add([docs]))
    library.tag([str(docs / "ann.txt")], ["Original", "both"])
    library.tag([str(docs / "copy.txt")], ["copy", "BOTH"])
    assert tags(library) == {"ann.txt": ("both", "copy", "Original")}
    list(library.remove([str(docs / "ann.txt")]))
    assert tags(library) == {"copy.txt": ("both", "copy")}


# -- how long they stay


def test_they_stay_when_a_changed_file_is_read_again(library: Library, docs: Path, home: Path) -> None:
    (before,) = library.tag(["ann.txt"], ["people"])
    write(docs / "ann.txt", "Ann has moved to Aachen.", age=30)
    assert [report.verdict for report in library.add([docs / "ann.txt"])] == ["updated"]
    assert tags(library) == {"ann.txt": ("people",)} and library.documents()[0].id != before.id
    list(library.sync([docs]))
    list(library.add([docs], again=True))
    assert tags(library) == {"ann.txt": ("people",)}
    with opened(home) as again:
        assert tags(again) == {"ann.txt": ("people",)}


def test_they_go_with_a_file_that_was_moved_and_with_no_other(library: Library, docs: Path) -> None:
    library.tag(["ann.txt"], ["people"])
    (docs / "ann.txt").rename(docs / "sub" / "anna.txt")
    list(library.sync([docs]))
    assert tags(library) == {"anna.txt": ("people",)}
    (docs / "sub" / "anna.txt").unlink()
    list(library.sync([docs]))
    write(docs / "sub" / "anna.txt", "Another Anna.")
    list(library.sync([docs]))
    assert tags(library) == {} and library.check() == []


@pytest.mark.parametrize("erase", [False, True])
def test_a_tag_that_no_file_has_is_gone_without_a_trace(library: Library, home: Path, erase: bool) -> None:
    library.tag(["ann.txt"], ["xylophonequartz"])
    library.tag(["bob.txt"], ["kept"])
    assert traces(home, b"xylophonequartz")
    list(library.remove(["ann.txt"], erase=erase))
    assert traces(home, b"xylophonequartz") == [] and [name for _, name in rows(home)] == ["kept"]
    assert in_use(library.documents()) == {"kept": 1} and library.check() == []


def test_a_tag_that_is_taken_away_leaves_no_trace_either(library: Library, home: Path) -> None:
    library.tag(["ann.txt", "bob.txt"], ["xylophonequartz"])
    library.tag(["ann.txt"], remove=["Xylophonequartz"])
    assert in_use(library.documents()) == {"xylophonequartz": 1}
    library.tag(["bob.txt"], ["other"], ["xylophonequartz"])
    assert traces(home, b"xylophonequartz") == [] and tags(library) == {"bob.txt": ("other",)}


def test_an_index_of_format_3_takes_tags_and_keeps_all_else(library: Library, home: Path) -> None:
    found = library.search("Where does Ann live?", 3)
    connection = sqlite3.connect(home / "catalogue.db")
    connection.executescript("DROP TABLE tags; PRAGMA user_version = 3;")  # all that format 4 has added
    connection.close()
    told: list[str] = []
    with Library.open(IndexSettings(home=home), HashEncoder(), told.append) as upgraded:
        assert len(told) == 1 and "had format 3 and was brought up to date" in told[0]
        assert upgraded.search("Where does Ann live?", 3) == found
        upgraded.tag(["ann.txt"], ["people"])
        list(upgraded.remove(["ann.txt"]))
        assert rows(home) == [] and upgraded.check() == []


# -- beside other work


def test_tagging_waits_for_no_other_process_and_leaves_the_store_in_step(library: Library, home: Path) -> None:
    library.search("Ann", 1)
    encoded, revision = len(library.encoder.encoded), library.catalogue.fact("revision")  # type: ignore[attr-defined]
    with write_lock(home):
        library.tag(["ann.txt"], ["people"])
        library.tag(["ann.txt"], ["bakers"], ["people"])
    assert tags(library) == {"ann.txt": ("bakers",)}
    assert library.catalogue.fact("revision") == revision and library.catalogue.in_step()
    assert library.search("Ann", 1) and len(library.encoder.encoded) == encoded + 1  # type: ignore[attr-defined]


def test_threads_tag_while_one_adds(library: Library, docs: Path) -> None:
    faults: list[BaseException] = []

    def tagging(number: int) -> None:
        try:
            for _ in range(10):
                library.tag([str(docs)], [f"tag {number}"])
                library.tag(["ann.txt"], remove=[f"tag {number}"])
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=tagging, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for number in range(10):
        list(library.add([write(docs / f"new {number}.txt", f"Text {number}. " * 50)]))
    for thread in threads:
        thread.join(30)
    assert faults == [] and set(tags(library)["bob.txt"]) == {"tag 0", "tag 1", "tag 2"} and library.check() == []


# -- what they limit


def test_the_documents_with_any_of_the_tags(library: Library) -> None:
    library.tag(["ann.txt", "carl.txt"], ["a"])
    library.tag(["bob.txt", "carl.txt"], ["B"])
    ann, bob, carl = infos = library.documents()
    assert tagged(infos, [" A "]) == [ann.id, carl.id]
    assert tagged(infos, ["a", "b"]) == [ann.id, bob.id, carl.id]
    assert tagged(infos, ["b"], [ann.id, carl.id]) == [carl.id]
    with pytest.raises(UserError, match=r"no document has the tag 'c'; there are: a, B$"):
        tagged(infos, ["a", "c"])
    with pytest.raises(UserError, match="none of these documents has the tag 'a'"):
        tagged(infos, ["A"], [bob.id])
    with pytest.raises(UserError, match="there are none yet"):
        tagged([], ["a"])


# -- the command line


@pytest.fixture
def run(home: Path, docs: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str], str]]:
    """Runs a command: the exit code, the lines printed, and what was said on stderr."""

    def ran(*arguments: object) -> tuple[int, list[str], str]:
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err

    return ran


def test_tags_are_given_listed_searched_and_taken(run: Callable[..., tuple[int, list[str], str]], docs: Path) -> None:
    run("add", docs)
    code, lines, err = run("tag", "ann.txt", docs / "sub", "--add", "People", "tax 2024", "--add", "x")
    assert (code, err, len(lines)) == (0, "", 2) and lines[0].endswith("tags: People, tax 2024, x")
    code, lines, _ = run("tag", "ann.txt", "--add", "y", "--remove", "X", "people")
    assert code == 0 and lines[0].endswith("  tags: tax 2024, y")
    lines = run("list")[1]
    assert lines[0].endswith("  tags: tax 2024, y") and lines[1].endswith(")") and lines[3] == "3 documents"
    listed = json.loads(run("list", "--json")[1][0])["documents"]
    assert [info["tags"] for info in listed] == [["tax 2024", "y"], [], ["People", "tax 2024", "x"]]

    def found(*arguments: object) -> set[str]:
        code, (line,), err = run("search", "Who is a baker?", "--json", *arguments)
        assert (code, err) == (0, "")
        return {Path(hit["source"]).name for hit in json.loads(line)["hits"]}

    assert found() == {"ann.txt", "bob.txt", "carl.txt"}
    assert found("--tag", "Y") == found("--tag", "y", "--unit", "passage") == {"ann.txt"}
    assert found("--tag", "y", "--tag", "PEOPLE") == {"ann.txt", "carl.txt"}


def test_what_is_added_can_be_tagged_at_once(run: Callable[..., tuple[int, list[str], str]], docs: Path) -> None:
    os.truncate(write(docs / "empty.txt", "x"), 0)
    run("add", docs / "bob.txt")
    code, lines, _ = run("add", docs / "bob.txt", docs / "empty.txt", docs / "sub", "--tag", "new", "--tag", "other")
    assert code == 2 and [line.split()[0] for line in lines[:3]] == ["unchanged", "failed", "added"]
    assert [line.rpartition("  ")[2] for line in run("list")[1][:2]] == ["tags: new, other"] * 2
    assert run("add", docs / "ann.txt", "--tag", "a" * 41)[0] == 2
    assert len(run("list")[1]) == 3, "a tag that is none is told before anything is read"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tag", "ann.txt"], "say which tags"),
        (["tag", "nobody.txt", "--add", "x"], "'nobody.txt': no such document"),
        (["tag", "ann.txt", "--add", ""], "1 to 40 characters"),
        (["tag", "ann.txt", "--remove", "x"], "no document has the tag 'x'; there are: people"),
        (["search", "baker", "--tag", "x"], "no document has the tag 'x'; there are: people"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(
    run: Callable[..., tuple[int, list[str], str]], docs: Path, arguments: list[str], told: str
) -> None:
    run("add", docs, "--tag", "people")
    code, lines, err = run(*arguments)
    assert (code, lines, err.count("\n")) == (2, [], 1) and told in err
