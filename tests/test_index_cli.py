"""The index from the command line, as a person uses it: what it prints and its exit codes."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.__main__ import main
from index.library import Library
from index.lock import write_lock
from index.settings import IndexSettings
from tests.running_index import started
from tests.standins_index import HashEncoder, pdf_lines, write_pdf

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "ann.txt").write_text("Ann lives in Ulm. She is a baker.")
    write_pdf(docs / "carl.pdf", [pdf_lines("Carl lives in Celle."), []])
    (docs / "photo.jpg").write_bytes(b"x")
    return docs


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[str], str]:
    """The exit code, the lines printed, and what was said on stderr."""
    code = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out.splitlines(), printed.err


def test_add_prints_a_line_per_file_and_a_summary(home: Path, docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines, err = run(capsys, "add", docs)
    assert (code, err) == (0, "")
    assert lines == [
        f"added     {docs / 'ann.txt'} (1 passage)",
        f"added     {docs / 'carl.pdf'} (1 passage)",
        f"warning   {docs / 'carl.pdf'}: 1 of 2 pages hold no text (scanned?): 2",
        "2 added, 1 file of other kinds skipped (.jpg 1)",
    ]
    assert run(capsys, "add", docs)[1][-1] == "2 unchanged, 1 file of other kinds skipped (.jpg 1)"


def test_a_file_that_fails_makes_the_exit_code_2_after_the_rest(
    home: Path, docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines, _ = run(capsys, "add", docs / "photo.jpg", docs / "ann.txt")
    assert code == 2 and lines[0].startswith(f"failed    {docs / 'photo.jpg'}: unknown kind of file")
    assert lines[1].startswith("added") and lines[-1] == "1 failed, 1 added"


def test_sync_list_and_remove(home: Path, docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", docs)
    (docs / "carl.pdf").unlink()
    code, lines, _ = run(capsys, "sync", docs)
    assert code == 0 and lines[1] == f"removed   {docs / 'carl.pdf'} (1 passage): gone from the disk"
    code, lines, _ = run(capsys, "list")
    assert code == 0 and len(lines) == 2 and str(docs / "ann.txt") in lines[0] and lines[1] == "1 document"
    (document,) = json.loads(run(capsys, "list", "--json")[1][0])["documents"]
    assert lines[0].startswith(document["id"]) and document["sources"] == [str(docs / "ann.txt")]
    assert run(capsys, "remove", "nobody.txt", document["id"])[0] == 2
    assert run(capsys, "list")[1] == ["0 documents"]


@pytest.mark.slow
def test_sync_goes_on_watching_until_it_is_stopped(home: Path, docs: Path) -> None:
    with started(home, "sync", docs, "--watch") as process:
        assert process.stdout and process.stderr

        def told(beginning: str, name: str) -> None:
            """Read on to the line that tells what became of the file."""
            while line := process.stdout.readline():  # type: ignore[union-attr]
                if line.startswith(beginning) and name in line:
                    return
            raise AssertionError(f"not told: {beginning} {name}")

        told("2 added", "skipped")
        time.sleep(2)  # it begins to watch
        (docs / "dora.txt").write_text("Dora lives in Dresden.")
        told("added", "dora.txt")
        (docs / "dora.txt").rename(docs / "eva.txt")
        told("updated", f"moved from {docs / 'dora.txt'}")
        (docs / "eva.txt").unlink()
        told("removed", "eva.txt")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and said.count("\n") == 1 and "stopped" in said
    with Library.open(IndexSettings(home=home), HashEncoder()) as library:
        assert len(library.documents()) == 2 and library.check() == []


def test_search_prints_sentences_or_passages(home: Path, docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", docs)
    code, (line,), _ = run(capsys, "search", "Who is a baker?", "--json", "-k", 1)
    (hit,) = json.loads(line)["hits"]
    assert code == 0 and list(hit) == ["document", "source", "page", "start", "end", "score", "text"]
    assert (hit["text"], hit["start"], hit["end"], hit["page"]) == ("She is a baker.", 18, 33, None)
    (line,) = run(capsys, "search", "Where does Carl live?", "--json", "--unit", "passage", "-k", 1)[1]
    (hit,) = json.loads(line)["hits"]
    assert (hit["text"], hit["page"]) == ("Carl lives in Celle.", 1)
    lines = run(capsys, "search", "Where does Carl live?", "-k", 1)[1]
    assert lines[0] == "1. Carl lives in Celle." and f"{docs / 'carl.pdf'}, page 1 [0:20]" in lines[1]


def test_search_of_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "search", "Anything?") == (0, ["nothing found"], "")
    assert run(capsys, "search", "Anything?", "--json") == (0, ['{"hits": []}'], "")


def test_check_names_damage_and_exits_1(home: Path, docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", docs)
    assert run(capsys, "check") == (0, ["2 documents, all well"], "")
    connection = sqlite3.connect(home / "catalogue.db")
    connection.execute("DELETE FROM words WHERE rowid = 1")
    connection.commit()
    connection.close()
    code, lines, _ = run(capsys, "check")
    assert code == 1 and "full-text index" in lines[0] and lines[-1].endswith("found")


def test_vacuum(home: Path, docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", docs)
    assert run(capsys, "vacuum") == (0, [], "")
    assert run(capsys, "check")[0] == 0


def test_what_a_person_can_mend_is_one_line_and_exit_code_2(
    home: Path, docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    with write_lock(home):
        code, lines, err = run(capsys, "add", docs)
    assert code == 2 and lines == [] and err.startswith("footnote: another process") and err.count("\n") == 1
    (home / "catalogue.db").write_bytes(b"junk " * 1000)
    code, _, err = run(capsys, "list")
    assert code == 2 and err.count("\n") == 1 and "not a Footnote index" in err


@pytest.mark.parametrize("command", [["list"], ["add", "."], ["search", "x"], ["check"], ["vacuum"]])
def test_an_index_of_a_newer_version_is_refused_in_one_line_and_left_alone(
    home: Path, docs: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    run(capsys, "add", docs)
    connection = sqlite3.connect(home / "catalogue.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (home / "catalogue.db").read_bytes()
    code, lines, err = run(capsys, *command)
    assert (code, lines, err.count("\n")) == (2, [], 1) and "newer Footnote (format 99" in err and "upgrade" in err
    assert (home / "catalogue.db").read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["add"], ["search"], ["search", "x", "-k", "0"], ["search", "x", "--unit", "y"]]
)
def test_a_wrong_command_exits_2(home: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_a_file_name_cannot_command_the_terminal(home: Path, docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (docs / "red\x1b[31m\n.txt").write_text("Text.")
    code, lines, _ = run(capsys, "add", docs)
    assert code == 0 and not any("\x1b" in line for line in lines) and len(lines) == 5
    (docs / os.fsdecode(b"b\xff.txt")).write_text("Other.")
    code, lines, _ = run(capsys, "add", docs)
    assert (
        code == 2
        and any("not valid Unicode" in line for line in lines)
        and lines[-1].startswith("3 unchanged, 1 failed")
    )


@pytest.mark.parametrize("query", ["", " ", "?", "*", '"', "what is it?", "\udcff\0", "AND OR NOT", "a" * 100_000])
def test_any_query_is_searched(home: Path, docs: Path, capsys: pytest.CaptureFixture[str], query: str) -> None:
    run(capsys, "add", docs)
    code, lines, err = run(capsys, "search", query, "--json")
    assert (code, err) == (0, "") and "hits" in json.loads(lines[0])


def test_nothing_heavy_is_imported_to_list(tmp_path: Path) -> None:
    code = (
        "import sys; from index.__main__ import main; code = main(['list', '--home', sys.argv[1]]);"
        "heavy = {'chromadb', 'onnxruntime', 'sentencex', 'pypdfium2', 'docx', 'selectolax', 'torch'};"
        "heavy |= {'pptx', 'lxml', 'striprtf'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "home"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines() == ["0 documents", "[]"]


def test_head_may_stop_reading(tmp_path: Path) -> None:
    result = subprocess.run(
        f"{sys.executable} -m index list --home {tmp_path / 'home'} | true",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert result.stderr == b""
