"""One writer at a time: a lock on a file, which the system drops when the process ends however it ends."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from index.errors import UserError


class Busy(UserError):
    """Somebody else is writing."""


NAME = "lock"
WAIT = 0.1  # seconds between two tries


@contextmanager
def write_lock(home: Path) -> Iterator[None]:
    """Hold the lock of the folder `home`, which must exist.

    Raises UserError at once when another process or thread holds it, or when the folder cannot be written.
    """
    path = home / NAME
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"cannot write in {home}: {error.strerror}; make the folder writable or set another home"
        ) from error
    with file:
        if not _try(file):
            raise Busy(f"another process{_holder(file)} is changing the index in {home}; try again when it has ended")
        try:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        except OSError as error:
            raise UserError(f"cannot write in {home}: {error.strerror}; free some space") from error
        yield  # closing the file drops the lock


@contextmanager
def in_turn(home: Path) -> Iterator[None]:
    """As write_lock, but waits for whoever holds it."""
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(write_lock(home))
                break
            except Busy:
                time.sleep(WAIT)
        yield


def _holder(file: IO[str]) -> str:
    file.seek(0)
    number = file.read(20).strip()
    return f" ({number})" if number.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    def _try(file: IO[str]) -> bool:
        try:
            file.seek(1 << 30)  # a byte that nobody reads or writes
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
