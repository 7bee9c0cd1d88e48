"""A file in, the documents that it holds out: one, or those of an archive, which is neither trusted nor unpacked whole.

A member is known by its path below the archive's, as if the archive were a folder. Archives in archives stay closed.
"""

import re
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from index.errors import UserError
from index.loaders import LOADERS, check_file, load
from index.types import Document

MEMBERS = 10_000  # read of one archive
UNPACKED = 1 << 30  # bytes, of all members together


@dataclass(frozen=True)
class Part:
    """A document of a file with what the person should know of it (warnings), or why there is none (the fault).

    `name` is its path inside the archive, empty for the file itself.
    """

    name: str = ""
    document: Document | None = None
    warnings: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Member:
    """A file in an archive; `open` gives its bytes. `fault` is why it cannot be read."""

    name: str
    open: Callable[[], IO[bytes]]
    fault: str = ""


def is_known(path: Path) -> bool:
    """Whether the name tells that the file can be read."""
    return path.suffix.lower() in LOADERS or is_archive(path)


def is_archive(path: Path) -> bool:
    return _opener(path) is not None


def parts(path: Path, folder: Path) -> Iterator[Part]:
    """The documents in a file: at least one part. `folder` is where members stand for the time of being read."""
    if not is_archive(path):
        yield _read(path, "", path)
        return
    try:
        yield from _unpacked(path, folder)
    except UserError as error:
        yield Part(fault=str(error))
    except OSError as error:
        yield Part(fault=f"cannot be read: {error.strerror or error}")
    except MemoryError:
        raise
    except Exception as error:  # of damaged archives: zlib, struct, lzma … errors
        yield Part(fault=f"damaged, or not an archive of this kind ({' '.join(str(error).split())[:200]})")


def _read(path: Path, name: str, shown: Path) -> Part:
    try:
        document, warnings = load(path)
    except UserError as error:
        return Part(name, fault=str(error).removeprefix(f"{path}: "))
    return Part(name, Document(str(shown), document.text, document.pages, document.sections), warnings)


def _unpacked(archive: Path, folder: Path) -> Iterator[Part]:
    check_file(archive)
    opener = _opener(archive)
    assert opener is not None
    room, skipped, count = UNPACKED, 0, 0
    for member in opener(archive):
        name = _safe(member.name)
        if not name or PurePosixPath(name).suffix.lower() not in LOADERS:
            skipped += 1
            continue
        count += 1
        if count > MEMBERS:
            raise UserError(f"holds more than {MEMBERS:,} files: the rest is not read")
        if member.fault:
            yield Part(name, fault=member.fault)
            continue
        with tempfile.NamedTemporaryFile(dir=folder, suffix=PurePosixPath(name).suffix) as copy:
            with member.open() as source:
                room -= _copy(source, copy, room)
            copy.flush()
            yield _read(Path(copy.name), name, archive / name)
    if not count:
        raise UserError(f"holds no file that can be read ({skipped} of other kinds)" if skipped else "holds no files")


def _copy(source: IO[bytes], target: IO[bytes], room: int) -> int:
    """Copy at most `room` bytes, whatever the archive says of its size; returns how many there were."""
    size = 0
    while block := source.read(1 << 20):
        size += len(block)
        if size > room:
            raise UserError(f"unpacks to more than {UNPACKED >> 20:,} MB: not read any further")
        target.write(block)
    return size


def _safe(name: str) -> str:
    """The member's path without what leads out of the archive; nothing for folders, hidden and system files."""
    kept = [part for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
    hidden = any(part.startswith((".", "__MACOSX")) for part in kept)
    return "" if hidden or name.endswith("/") else "/".join(kept)


def _zip_members(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in {info.filename: info for info in archive.infolist()}.values():
            locked = "protected by a password; unpack it first" if info.flag_bits & 1 else ""
            yield Member(info.filename, lambda info=info: archive.open(info), locked)  # type: ignore[misc]


def _tar_members(path: Path) -> Iterator[Member]:
    with closing(tarfile.open(path, "r:*")) as archive:
        for info in archive:
            if info.isreg():  # neither links nor devices
                yield Member(info.name, lambda info=info: archive.extractfile(info))  # type: ignore[misc, arg-type]


def _opener(path: Path) -> Callable[[Path], Iterator[Member]] | None:
    name = path.name.lower()
    return next((opener for ending, opener in ARCHIVES.items() if name.endswith(ending)), None)


ARCHIVES: Mapping[str, Callable[[Path], Iterator[Member]]] = {
    ".zip": _zip_members,
    **dict.fromkeys((".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz"), _tar_members),
}
