"""Which files a person means by the paths they give. Knows nothing of what is in them."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from index.archives import is_archive
from index.errors import UserError
from index.rows import Stamp

RECENT_NS = 2_000_000_000  # a file changed so shortly before it is read may change again within the clock's grain

_BAD_NAME = "the file name is not valid Unicode; rename it"


@dataclass(frozen=True)
class Found:
    """A file to read; or one to pass over (`skipped`), or something that cannot be read, with the `fault`."""

    path: Path
    skipped: bool = False
    fault: str = ""


class Ignored:
    """File name patterns (*, ?, [abc]), separated by commas; one with a slash is meant of the whole path below."""

    def __init__(self, patterns: str) -> None:
        self._patterns = [pattern.strip().strip("/") for pattern in patterns.split(",") if pattern.strip()]

    def __call__(self, below: PurePath) -> bool:
        """Whether a file or folder, by its path below the folder that was given, or one it is in, is left out."""
        paths = [path for path in (below, *below.parents) if path.name]
        return any(
            fnmatchcase(path.as_posix() if "/" in pattern else path.name, pattern)
            for pattern in self._patterns
            for path in paths
        )


def find(paths: Iterable[str | Path], is_known: Callable[[Path], bool], ignored: Ignored) -> Iterator[Found]:
    """The files given and those in the folders given, sorted, each once; in folders, hidden and ignored ones are not.

    A file in a folder is skipped when its kind is not known; one that was given is not.
    """
    seen: set[Path] = set()
    for given in paths:
        path = resolved(given)
        for found in _walk(path, is_known, ignored) if _is(stat.S_ISDIR, path) else [Found(path)]:
            if found.path not in seen:
                seen.add(found.path)
                yield found if _is_unicode(str(found.path)) else Found(found.path, fault=_BAD_NAME)


def _walk(folder: Path, is_known: Callable[[Path], bool], ignored: Ignored) -> Iterator[Found]:
    def wanted(base: str, names: list[str]) -> list[str]:
        below = PurePath(base).relative_to(folder)
        return sorted(name for name in names if not name.startswith(".") and not ignored(below / name))

    faults: list[OSError] = []
    for base, folders, names in os.walk(folder, onerror=faults.append):
        folders[:] = wanted(base, folders)
        for name in wanted(base, names):
            entry = Path(base) / name
            path = resolved(entry)
            if path != entry and _leads_nowhere(path):
                yield Found(path, fault=f"No such file or folder; the link {entry} leads there")
                continue
            readable = _is(stat.S_ISREG, entry, unknown=True)  # else a pipe or socket; what is out of reach is told
            yield Found(path, skipped=not (readable and is_known(path)))
        while faults:
            fault = faults.pop()
            yield Found(Path(fault.filename), fault=f"cannot read the folder: {fault.strerror}")


def _is(kind: Callable[[int], bool], path: Path, unknown: bool = False) -> bool:
    """Whether there is something of the kind; pathlib's own raise where a folder above may not be looked into."""
    try:
        return kind(path.stat().st_mode)
    except OSError:
        return unknown


def _leads_nowhere(path: Path) -> bool:
    """Whether there is surely nothing, as opposed to something out of reach."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _is_unicode(name: str) -> bool:
    """Whether the bytes of a file name are text: neither SQLite nor JSON takes others."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def resolved(path: str | Path) -> Path:
    """The absolute path, without links."""
    path = Path(path)
    with suppress(RuntimeError):  # "~$report.docx" names no person
        path = path.expanduser()
    return Path(os.path.realpath(path))


def stamp_of(path: Path, now_ns: int) -> Stamp:
    """The file's size and time of change; raises OSError."""
    status = path.stat()
    settled = now_ns - status.st_mtime_ns > RECENT_NS
    return Stamp(str(path), status.st_size, status.st_mtime_ns if settled else -1)


def is_gone(path: str) -> bool:
    """Whether there surely is no such file, as opposed to one that cannot be looked at just now."""
    try:
        return not stat.S_ISREG(Path(path).stat().st_mode)
    except FileNotFoundError:
        return True
    except NotADirectoryError:  # a member of an archive, which knows, or below a file where a folder was
        return not any(_is(stat.S_ISREG, parent) and is_archive(parent) for parent in Path(path).parents)
    except OSError:
        return False


def named(name: str, files: Mapping[str, tuple[str, object]]) -> list[str]:
    """The paths that a person means among the known `files` (path: document id, any more): by id, path, folder or name.

    Raises UserError when there are none, or several documents.
    """
    path = resolved(name)
    by_id = sorted(known for known, (document, _) in files.items() if document == name)
    below = sorted(known for known in files if is_below(known, path))
    archives = {above for known in files for above in Path(known).parents if above.name == name and is_archive(above)}
    inside = sorted(known for known in files for above in archives if is_below(known, above))
    by_name = sorted(known for known in files if Path(known).name == name)
    several = len(archives) > 1 or len({files[known][0] for known in by_name}) > 1
    if several and not by_id and not below:
        listed = ", ".join(by_name or sorted(map(str, archives)))
        raise UserError(f"several documents have this file name; give a path or an id: {listed}")
    if found := by_id or below or inside or by_name:
        return found
    raise UserError("no such document in the library; `python -m index list` shows all")


def all_named(names: Iterable[str], files: Mapping[str, tuple[str, object]]) -> list[str]:
    """The paths that a person means by any of the names, each once; raises UserError for the first that is none."""
    paths: dict[str, None] = {}
    for name in names:
        try:
            paths |= dict.fromkeys(named(name, files))
        except UserError as error:
            raise UserError(f"{name!r}: {error}") from error
    return list(paths)


def file_of(path: str) -> Path:
    """The file at the path, or the archive that the path is a member of."""
    return next((parent for parent in Path(path).parents if parent.is_file()), Path(path))


def is_there(path: Path) -> bool:
    """Whether there is anything at the path, as far as can be seen."""
    return _is(bool, path)


def is_below(path: str, folder: Path) -> bool:
    """Whether `path` is the folder itself or inside it."""
    return Path(path).is_relative_to(folder)


def delete_below(file: Path, folder: Path) -> str:
    """Delete the file if it is in the folder; what is to be told of it. Raises UserError when it cannot be."""
    if not is_below(str(file), resolved(folder)):
        return ""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"cannot delete {file}: {error.strerror}; nothing of it was removed") from error
    return "with its file"
