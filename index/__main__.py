"""The command line of the index: `python -m index add | sync | list | tag | remove | search | check | vacuum`.

Exit codes: 0 done, 2 the person's mistake (add and sync: some file failed), 1 ours (check: damage was found).
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePath

from index.bar import bar
from index.errors import UserError
from index.library import Library
from index.settings import load_settings
from index.show import shown
from index.tags import tagged
from index.types import DocumentInfo, Report, evidence_json, hit_json
from index.watch import watched

KINDS = 6  # of files that were skipped, told with how many there were


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = _parser().parse_args(arguments)
    try:
        names = ("home", "cache", "embedder", "chroma", "ignore")
        flags = {name: getattr(given, name, None) for name in names}
        with Library.open(load_settings(flags).index, tell=_tell) as library:
            return COMMANDS[given.command](library, given)
    except UserError as error:
        _tell(str(error))
        return 2
    except KeyboardInterrupt:
        _tell("stopped; what is listed as done is kept, the next run goes on from there")
        return 130


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--home", type=Path, help="folder of the index")
    shared.add_argument("--cache", type=Path, help="folder of converted models")
    shared.add_argument("--embedder", help="folder of a sentence-transformers model")
    shared.add_argument("--chroma", metavar="HOST:PORT", help="a Chroma server in place of the local files")
    parser = argparse.ArgumentParser(prog="python -m index", description="The documents that answers come from.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about, parents=[shared])

    for name, about in (("add", "add files and folders"), ("sync", "follow what changed in files and folders")):
        taking = command(name, about)
        taking.add_argument("paths", nargs="+", metavar="PATH")
        taking.add_argument("--ignore", metavar="PATTERNS", help="names to leave out of folders, separated by commas")
        if name == "add":
            taking.add_argument(
                "--tag", action="append", default=[], help="give what is added this tag; can be repeated"
            )
    taking.add_argument("--watch", action="store_true", help="go on following changes until stopped")
    command("list", "list the documents").add_argument("--json", action="store_true", help="print JSON")
    tag = command("tag", "give documents tags, or take them away")
    tag.add_argument("documents", nargs="+", metavar="DOCUMENT", help="an id, path, folder or file name")
    tag.add_argument("--add", nargs="+", action="extend", default=[], metavar="TAG", help="tags to give")
    tag.add_argument("--remove", nargs="+", action="extend", default=[], metavar="TAG", help="tags to take away")
    remove = command("remove", "forget documents; their files stay")
    remove.add_argument("documents", nargs="+", metavar="DOCUMENT")
    remove.add_argument(
        "--erase", action="store_true", help="wipe every trace at once, copies of files added on the page included"
    )
    search = command("search", "find sentences or passages")
    search.add_argument("query")
    search.add_argument("--json", action="store_true", help="print JSON")
    search.add_argument("-k", type=_positive, default=5, help="how many (5)")
    search.add_argument("--unit", choices=("sentence", "passage"), default="sentence")
    search.add_argument("--tag", action="append", help="only in documents with this tag, or one of several")
    command("check", "look for damage")
    command("vacuum", "free unused space and wipe what was removed")
    return parser


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"a number of 1 or more is expected, not {text!r}")
    return int(text)


def _add(library: Library, given: argparse.Namespace) -> int:
    with bar() as progress:
        return _show(library.add(given.paths, progress, tags=given.tag))


def _sync(library: Library, given: argparse.Namespace) -> int:
    code = _synced(library, given.paths)
    if given.watch:
        for changed in watched(given.paths, library.is_noise):
            code = _synced(library, changed)
    return code


def _synced(library: Library, paths: Sequence[str]) -> int:
    with bar() as progress:
        return _show(library.sync(paths, progress))


def _tag(library: Library, given: argparse.Namespace) -> int:
    if not given.add and not given.remove:
        raise UserError("say which tags: --add TAG, --remove TAG, or both")
    for info in library.tag(given.documents, given.add, given.remove):
        print(_line(info))
    return 0


def _remove(library: Library, given: argparse.Namespace) -> int:
    return _show(library.remove(given.documents, given.erase))


def _show(reports: Iterable[Report]) -> int:
    """Print a line per file as it is done, then a summary; 2 when any failed."""
    verdicts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for report in reports:
        verdicts[report.verdict] += 1
        if report.verdict == "skipped":
            kinds[PurePath(report.source).suffix.lower() or "no suffix"] += 1
        else:
            amount = "" if report.verdict == "failed" else f" ({_counted(report.passages, 'passage')})"
            detail = f": {report.detail}" if report.detail else ""
            print(f"{report.verdict:9} {shown(report.source)}{amount}{shown(detail)}", flush=True)
        for warning in report.warnings:
            print(f"{'warning':9} {shown(report.source)}: {shown(warning)}", flush=True)
    skipped = verdicts.pop("skipped", 0)
    summary = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()) or "nothing to do"
    which = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common(KINDS)) + ", …" * (len(kinds) > KINDS)
    print(summary + (f", {_counted(skipped, 'file')} of other kinds skipped ({shown(which)})" if skipped else ""))
    return 2 if verdicts["failed"] else 0


def _list(library: Library, given: argparse.Namespace) -> int:
    infos = library.documents()
    if given.json:
        print(json.dumps({"documents": [vars(info) for info in infos]}, ensure_ascii=False))
        return 0
    for info in infos:
        print(_line(info))
    print(_counted(len(infos), "document"))
    return 0


def _line(info: DocumentInfo) -> str:
    pages = f", {_counted(info.pages, 'page')}" if info.pages else ""
    amount = f"{_counted(info.passages, 'passage')}{pages}, added {info.added[:10]}"
    tags = f"  tags: {shown(', '.join(info.tags))}" if info.tags else ""
    return f"{info.id}  {shown(', '.join(info.sources))} ({amount}){tags}"


def _search(library: Library, given: argparse.Namespace) -> int:
    within = tagged(library.documents(), given.tag) if given.tag else None
    if given.unit == "passage":
        found = [hit_json(hit) for hit in library.search(given.query, given.k, within)]
    else:
        found = [evidence_json(evidence) for evidence in library.evidence(given.query, given.k, within)]
    if given.json:
        print(json.dumps({"hits": found}, ensure_ascii=False))
        return 0
    for number, hit in enumerate(found, 1):
        page = f", page {hit['page']}" if hit["page"] else ""
        print(f"{number}. {shown(' '.join(hit['text'].split()))}")
        print(f"   {shown(hit['source'])}{page} [{hit['start']}:{hit['end']}] score {hit['score']}")
    if not found:
        print("nothing found")
    return 0


def _check(library: Library, given: argparse.Namespace) -> int:  # noqa: ARG001 -- every command has the same form
    damage = library.check()
    for line in damage:
        print(line)
    print(
        f"{_counted(len(damage), 'fault')} found"
        if damage
        else f"{_counted(len(library.documents()), 'document')}, all well"
    )
    return 1 if damage else 0


def _vacuum(library: Library, given: argparse.Namespace) -> int:  # noqa: ARG001 -- every command has the same form
    library.vacuum()
    return 0


COMMANDS: dict[str, Callable[[Library, argparse.Namespace], int]] = {
    "add": _add,
    "sync": _sync,
    "list": _list,
    "tag": _tag,
    "remove": _remove,
    "search": _search,
    "check": _check,
    "vacuum": _vacuum,
}


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _tell(message: str) -> None:
    print(f"footnote: {shown(message)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
