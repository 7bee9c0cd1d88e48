"""`python -m rag.ask "question"`: the answer on the terminal, with numbered citations; or as JSON, one or many.

Exit codes: 0 answered (a refusal is an answer), 2 the person's mistake, 1 ours.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from index.errors import UserError
from index.settings import add_no_adapter, load_settings
from index.show import shown
from index.tags import tagged
from rag.explain import explained, printed
from rag.types import Answer, Turn

FLAGS = {
    "model": "a GGUF file, gemma3, smollm2, or provider:name of a LangChain chat model",
    "home": "folder of the index and everything kept",
    "threads": "threads of the language model",
    "threshold": "confidence below which the answer is a refusal",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer what the command line asks; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        if (given.question is None) == (given.jsonl is None):
            raise UserError('give one question, as in `python -m rag.ask "…"`, or --jsonl FILE with one on each line')
        if given.question is not None and not given.question.strip():
            raise UserError("the question is empty; ask something about your documents")
        return _run(given)
    except UserError as error:
        _tell(str(error))
        return 2
    except KeyboardInterrupt:
        _tell("stopped")
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read the output has seen enough
        return 0


def _run(given: argparse.Namespace) -> int:
    settings = load_settings({name: getattr(given, name) for name in (*FLAGS, "adapter")})
    lines = list(_lines(given.jsonl)) if given.jsonl else []
    from rag.build import open_assistant  # here, so that --help and mistakes answer at once

    assistant = open_assistant(settings, tell=_tell)
    within = _added(assistant.library, given.docs) if given.docs else None
    if given.tag:
        within = tagged(assistant.library.documents(), given.tag, within)
    if given.jsonl:
        for line in lines:
            *_, answer = assistant.answer(line["question"], line["history"], within)
            print(json.dumps(line["id"] | answer.to_json(), ensure_ascii=False), flush=True)
    elif given.json:
        *_, answer = assistant.answer(given.question, within=within)
        print(json.dumps(answer.to_json(), ensure_ascii=False, indent=2))
    else:
        answer = _followed(assistant.answer(given.question, within=within), sys.stderr)
        print(printed(answer))
        if given.explain:
            print(explained(answer))
    return 0


def _followed(answers: Iterator[Answer], screen: IO[str]) -> Answer:
    """The finished answer; on a terminal the unchecked draft is shown as it grows, and wiped before the answer."""
    for answer in answers:
        if screen.isatty() and not answer.done:
            state = f"checking: {answer.draft}" if answer.draft else "searching …"
            print(f"\r\x1b[2K\x1b[2m{shown(state)[:100]}\x1b[0m", end="", file=screen, flush=True)
    if screen.isatty():
        print("\r\x1b[2K", end="", file=screen, flush=True)
    return answer


def _added(library: Any, paths: Iterable[str]) -> list[str]:
    """Index these files and folders (known ones are not read again); the ids of their documents."""
    sources = set()
    with closing(library.add(paths)) as reports:  # closed at once on a mistake: it holds the write lock
        for report in reports:
            if report.verdict == "failed":
                raise UserError(f"{report.source}: {report.detail}")
            if report.verdict in ("added", "updated"):
                _tell(f"{report.verdict} {report.source}")
            sources.add(report.source)
    within = [info.id for info in library.documents() if sources & set(info.sources)]
    if not within:
        raise UserError("--docs names no document that can be read; `python -m index add PATH` tells why")
    return within


def _lines(path: str) -> Iterator[dict[str, Any]]:
    """The questions of a JSON-lines file, or of standard input for "-"; all are read before the first is answered."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _line(line, f"{path}, line {number}")


def _line(line: str, where: str) -> dict[str, Any]:
    try:
        given = json.loads(line)
        if not isinstance(given, dict):
            raise ValueError("not an object")
        if "question" not in given:
            raise ValueError("no 'question'")
        question, history = asked(given["question"], given.get("history"))
    except (ValueError, UserError) as error:
        form = '{"question": …, "history": [{"role": …, "text": …}]?, "id"?}'
        raise UserError(f"{where}: {error}; a line is {form}") from error
    return {"question": question, "history": history, "id": {"id": given["id"]} if "id" in given else {}}


def asked(question: Any, history: Any = None) -> tuple[str, list[Turn]]:
    """A question and what was said before it, as a program gives them. UserError when they are none."""
    if not isinstance(question, str) or not question.strip():
        raise UserError("the question is empty")
    turns = history or []
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        raise UserError("a history is a list of objects")
    if any(turn.get("role") not in ("user", "assistant") for turn in turns):
        raise UserError("a role is user or assistant")
    if not all(isinstance(turn.get("text"), str) for turn in turns):
        raise UserError("a turn has no text")
    return question, [Turn(turn["role"], turn["text"]) for turn in turns]


def _tell(line: str) -> None:
    print(f"footnote: {shown(line)}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rag.ask", description="Ask your documents.")
    parser.add_argument("question", nargs="?", help="what you want to know")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--jsonl", metavar="FILE", help="answer one question a line of FILE (- is standard input)")
    form.add_argument("--explain", action="store_true", help="show what was searched, found, kept and checked")
    parser.add_argument("--docs", nargs="+", metavar="PATH", help="ask over just these files or folders")
    parser.add_argument(
        "--tag", nargs="+", action="extend", help="ask over just the documents with any of these tags; see index tag"
    )
    for name, about in FLAGS.items():
        parser.add_argument(f"--{name}", help=about)
    add_no_adapter(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
