"""`python -m index.parse FD SECONDS MEGABYTES`: reads files for another process, within limits of time and memory.

A parser that hangs, crashes or fills the memory on a hostile file ends this process and no other. Spoken over the
socket FD, in JSON: a request {path, folder} is answered by a message for each document that the file holds, then {}.
"""

import json
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from index.archives import Part, parts


def main() -> int:
    """Answer requests until the other side is gone."""
    descriptor, seconds, megabytes = map(int, sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the other side's to obey
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    link = Connection(descriptor)
    with suppress(EOFError, OSError):
        while True:
            request = json.loads(link.recv_bytes())
            for part in _within(parts(Path(request["path"]), Path(request["folder"])), seconds, megabytes):
                link.send_bytes(json.dumps(_message(part)).encode())
            link.send_bytes(b"{}")
    return 0


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
        return {"name": part.name, "fault": part.fault}
    document = part.document
    return {
        "name": part.name,
        "source": document.source,
        "text": document.text,
        "pages": document.pages,
        "sections": document.sections,
        "warnings": part.warnings,
    }


if __name__ == "__main__":
    sys.exit(main())
