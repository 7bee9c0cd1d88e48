"""`python -m rag.ask` as a person runs it: a process of its own over the real index and the real model."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from index.settings import ROOT
from rag.ask import main

pytestmark = pytest.mark.xdist_group("models")
QUESTION = "How many more troops did the Pentagon announce for Poland?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def run(home: Path, *arguments: str, stdin: str = "", prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"RAG_HOME": str(home), "PYTHONPATH": str(ROOT), "RAG_THRESHOLD": "0"}
    command = [*prefix, sys.executable, "-m", "rag.ask", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=environ, timeout=300, check=False)


def check_shape(answer: dict[str, Any]) -> None:
    assert list(answer) == [
        "question", "standalone", "refused", "answer", "sentences", "citations", "passages", "seconds",
    ]  # fmt: skip
    document = Path(answer["citations"][0]["source"]).read_text(encoding="utf-8")
    for citation in answer["citations"]:
        assert list(citation) == ["number", "document", "source", "page", "start", "end", "quote"]
        assert document[citation["start"] : citation["end"]] == citation["quote"]
    numbers = {citation["number"] for citation in answer["citations"]}
    for sentence in answer["sentences"]:
        assert sentence["citations"]
        assert set(sentence["citations"]) <= numbers
    assert list(answer["passages"][0]) == ["document", "source", "page", "start", "end", "score", "text"]


@pytest.mark.slow
def test_the_first_question_indexes_the_seeds_and_is_answered_with_a_citation(home: Path) -> None:
    done = run(home, QUESTION)
    assert done.returncode == 0, done.stderr
    assert "indexing" in done.stderr
    assert "3,000" in done.stdout
    assert "[1]" in done.stdout
    assert "The Pentagon, the US’ Department of Defense, announced" in done.stdout


@pytest.mark.slow
def test_json_has_the_documented_shape(home: Path) -> None:
    done = run(home, "--json", QUESTION)
    assert done.returncode == 0, done.stderr
    check_shape(json.loads(done.stdout))


@pytest.mark.slow
def test_jsonl_answers_a_question_a_line_with_history_and_gives_the_id_back(home: Path) -> None:
    history = [{"role": "user", "text": "Who is the German Chancellor?"}, {"role": "assistant", "text": "Olaf Scholz"}]
    lines = [{"question": QUESTION, "id": 7}, {"question": "What did his spokesperson say?", "history": history}]
    done = run(home, "--jsonl", "-", stdin="\n".join(map(json.dumps, lines)) + "\n\n")
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert first.pop("id") == 7
    check_shape(first)
    assert "id" not in second
    assert "Scholz" in second["standalone"]


@pytest.mark.slow
def test_explain_shows_the_trace(home: Path) -> None:
    done = run(home, "--explain", QUESTION)
    for part in ("searched:", "confidence:", "evidence:", "model:", "draft", "seconds:"):
        assert part in done.stdout


@pytest.mark.slow
def test_docs_asks_over_just_these_files(home: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("# Garden\n\nThe pear tree was planted in 1994 by Ines Roy.", encoding="utf-8")
    done = run(home, "--json", "Who planted the pear tree?", "--docs", str(notes))
    answer = json.loads(done.stdout)
    assert {passage["source"] for passage in answer["passages"]} == {str(notes)}
    assert "Ines Roy" in answer["answer"]


@pytest.mark.slow
def test_tag_asks_over_just_the_documents_with_it(home: Path, tmp_path: Path) -> None:
    texts = {"oak.md": "The oak was planted in 1994 by Ines Roy.", "elm.md": "The elm was planted in 1985 by Jo Ash."}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    given = os.environ | {"RAG_HOME": str(home), "PYTHONPATH": str(ROOT)}
    for name, tag in (("oak.md", "oaks"), ("elm.md", "trees")):
        command = [sys.executable, "-m", "index", "add", str(tmp_path / name), "--tag", tag]
        subprocess.run(command, env=given, check=True, capture_output=True)
    answer = json.loads(run(home, "--json", "Who planted the tree?", "--tag", "OAKS").stdout)
    assert {passage["source"] for passage in answer["passages"]} == {str(tmp_path / "oak.md")}
    answer = json.loads(run(home, "--json", "Who planted the elm?", "--tag", "trees", "oaks").stdout)
    assert {passage["source"] for passage in answer["passages"]} == {str(tmp_path / name) for name in texts}
    answer = json.loads(
        run(home, "--json", "Who?", "--docs", str(tmp_path / "elm.md"), "--tag", "oaks", "trees").stdout
    )
    assert {passage["source"] for passage in answer["passages"]} == {str(tmp_path / "elm.md")}, "those in both"
    for flags, told in (
        (["--tag", "bushes"], "footnote: no document has the tag 'bushes'; there are: oaks, trees"),
        (["--docs", str(tmp_path / "elm.md"), "--tag", "oaks"], "footnote: none of these documents has the tag 'oaks'"),
    ):
        done = run(home, "Who?", *flags)
        assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", [told])


@pytest.mark.slow
def test_a_mistake_found_while_the_model_loads_still_ends_in_exit_code_2(home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    done = run(home, "Who?", "--docs", str(tmp_path / "empty.txt"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith("empty")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare to cut the network off")
def test_a_whole_ask_works_with_the_network_cut_off(tmp_path: Path) -> None:
    cut = ("unshare", "--net", "--map-root-user")
    if subprocess.run([*cut, "true"], check=False, capture_output=True).returncode:
        assert not os.environ.get("CI"), "this machine does not allow a network namespace of one's own"
        pytest.skip("this machine does not allow a network namespace of one's own")
    route = subprocess.run([*cut, "cat", "/proc/net/route"], capture_output=True, text=True, check=True)
    assert len(route.stdout.splitlines()) <= 1, "the network is not cut off"
    done = run(tmp_path, QUESTION, prefix=cut)
    assert done.returncode == 0, done.stderr
    assert "3,000" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "--jsonl"),
        (["  "], "empty"),
        (["a", "--jsonl", "b"], "one question"),
        (["a", "--model", "/nowhere.gguf"], "no model file"),
        (["a", "--threshold", "3"], "threshold"),
        (["a", "--docs", "/nowhere.txt"], "nowhere.txt"),
        (["--jsonl", "/nowhere.jsonl"], "nowhere.jsonl"),
        (["--jsonl", "BAD"], "line 2"),
        (["word " * 5000], "shorter question"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(
    arguments: list[str], part: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_HOME", str(home))
    bad = home / "bad.jsonl"
    bad.write_text('{"question": "x"}\n{"question": 3}\n', encoding="utf-8")
    assert main([str(bad) if argument == "BAD" else argument for argument in arguments]) == 2
    printed = capsys.readouterr()
    assert part in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""


def test_unknown_settings_are_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_TRESHOLD", "0.3")
    assert main(["a question"]) == 2
    assert "RAG_TRESHOLD" in capsys.readouterr().err
