"""`python -m index.parse FD SECONDS MEGABYTES FOLDER`: reads files for another process, within limits.

A parser that hangs, crashes or fills the memory on a hostile file ends this process and no other. Spoken over the
socket FD, in JSON: a request, which is a path, is answered by a message for each document that the file holds, then
{}. FOLDER is for files that are needed for a moment; it is removed when the other side is gone.
"""

import json
import os
import resource
import select
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from index.archives import Part, parts

LONGEST = 500  # characters of a reason or a warning


def main() -> int:
    """Answer requests until the other side is gone."""
    descriptor, seconds, megabytes = map(int, sys.argv[1:4])
    folder = Path(sys.argv[4])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the other side's to obey
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    link = Connection(descriptor)
    threading.Thread(target=_leave_with, args=(descriptor, folder), daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            path = Path(json.loads(link.recv_bytes()))
            for part in _within(parts(path, folder), seconds, megabytes):
                link.send_bytes(json.dumps(_message(part)).encode())
            link.send_bytes(b"{}")
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _leave_with(descriptor: int, folder: Path) -> None:
    """End this process when the other side is gone, in the middle of a file too; nothing stays behind."""
    watch = select.poll()
    watch.register(descriptor, 0)
    watch.poll()  # for nothing but the end
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _within(found: Iterator[Part], seconds: float, megabytes: int) -> Iterator[Part]:
    """The parts, read in so many seconds altogether; the system ends the process when they are over."""
    left = seconds
    while True:
        try:
            started = time.monotonic()
            with _alarm(left):
                part = next(found, None)
            left = max(0.01, left - (time.monotonic() - started))
        except MemoryError:
            part, found = Part(fault=f"takes more than {megabytes} MB of memory to read"), iter(())
        if part is None:
            return
        yield part


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Time is counted while reading only, not while the other side has no time to listen."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _message(part: Part) -> dict[str, Any]:
    if part.document is None:
        return {"name": part.name, "fault": part.fault[:LONGEST]}
    document = part.document
    return {
        "name": part.name,
        "source": document.source,
        "text": document.text,
        "pages": document.pages,
        "sections": document.sections,
        "warnings": [warning[:LONGEST] for warning in part.warnings],
    }


if __name__ == "__main__":
    sys.exit(main())
