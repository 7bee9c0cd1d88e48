"""Which files a person means by the paths they give. Knows nothing of what is in them."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.catalogue import Stamp

RECENT_NS = 2_000_000_000  # a file changed so shortly before it is read may change again within the clock's grain

_BAD_NAME = "the file name is not valid Unicode; rename it"


@dataclass(frozen=True)
class Found:
    """A file to read; or one to pass over (`skipped`), or something that cannot be read, with the `fault`."""

    path: Path
    skipped: bool = False
    fault: str = ""


def find(paths: Iterable[str | Path], known_suffix: Callable[[str], bool]) -> Iterator[Found]:
    """The files given and those in the folders given, sorted, each once; hidden ones in folders are left out.

    A file in a folder is skipped when its suffix is not known; one that was given is not.
    """
    seen: set[Path] = set()
    for given in paths:
        path = resolved(given)
        for found in _walk(path, known_suffix) if path.is_dir() else [Found(path)]:
            if found.path not in seen:
                seen.add(found.path)
                yield found if _is_unicode(str(found.path)) else Found(found.path, fault=_BAD_NAME)


def _walk(folder: Path, known_suffix: Callable[[str], bool]) -> Iterator[Found]:
    faults: list[OSError] = []
    for base, folders, names in os.walk(folder, onerror=faults.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            entry = Path(base) / name
            if not name.startswith(".") and (entry.is_file() or entry.is_symlink()):
                path = resolved(entry)
                yield Found(path, skipped=not known_suffix(path.suffix.lower()))
        while faults:
            fault = faults.pop()
            yield Found(Path(fault.filename), fault=f"cannot read the folder: {fault.strerror}")


def _is_unicode(name: str) -> bool:
    """Whether the bytes of a file name are text: neither SQLite nor JSON takes others."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def resolved(path: str | Path) -> Path:
    """The absolute path, without links."""
    return Path(os.path.realpath(Path(path).expanduser()))


def stamp_of(path: Path, now_ns: int) -> Stamp:
    """The file's size and time of change; raises OSError."""
    status = path.stat()
    settled = now_ns - status.st_mtime_ns > RECENT_NS
    return Stamp(str(path), status.st_size, status.st_mtime_ns if settled else -1)


def is_gone(path: str) -> bool:
    """Whether there surely is no such file, as opposed to one that cannot be looked at just now."""
    try:
        return not stat.S_ISREG(Path(path).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def is_below(path: str, folder: Path) -> bool:
    """Whether `path` is the folder itself or inside it."""
    return Path(path).is_relative_to(folder)
