"""Files read by another process (index/parse.py), ahead of need, so that no file can hang, crash or bloat this one."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from index.archives import Part
from index.settings import ROOT
from index.types import Document, Section

SECONDS = 120  # for one file, archives with all they hold
MEGABYTES = 2048  # of address space of the reading process


class Reading:
    """One reading process, started when first needed and again when a file ended it. Use it as a context."""

    def __init__(self, seconds: int = SECONDS, megabytes: int = MEGABYTES) -> None:
        self._seconds, self._megabytes = seconds, megabytes
        self._waiting: deque[Path] = deque()
        self._process: subprocess.Popen[bytes] | None = None
        self._link: Connection | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        if self._folder:
            self._folder.cleanup()

    def request(self, path: Path) -> None:
        """Have a file read; it begins now, or when the ones requested before are done."""
        self._waiting.append(path)
        if self._link:
            self._send(path)

    def parts(self) -> Iterator[Part]:
        """What is in the file that was requested first and not asked for yet: at least one part."""
        try:
            while message := self._receive():
                yield _part(message)
        except (EOFError, OSError):
            yield Part(fault=self._cause())
        finally:
            self._waiting.popleft()

    def _receive(self) -> Any:
        if self._link is None:
            self._start()
        assert self._link is not None
        return json.loads(self._link.recv_bytes())

    def _start(self) -> None:
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="footnote-")
        self._link, theirs = Pipe()
        limits = [str(self._seconds), str(self._megabytes)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "index.parse", str(theirs.fileno()), *limits],
            pass_fds=[theirs.fileno()], env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        for path in self._waiting:
            self._send(path)

    def _send(self, path: Path) -> None:
        assert self._link is not None and self._folder is not None
        with suppress(OSError):  # it has ended: the answer that fails to come tells
            self._link.send_bytes(json.dumps({"path": str(path), "folder": self._folder.name}).encode())

    def _cause(self) -> str:
        """Why the process ended over a file; the next file gets another."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        code = self._process.returncode
        self._end()
        if code == -signal.SIGALRM:
            return f"takes more than {self._seconds} seconds to read"
        return f"damaged: reading it crashed ({signal.Signals(-code).name if code and code < 0 else f'code {code}'})"

    def _end(self) -> None:
        if self._link:
            self._link.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._link = self._process = None


def _part(message: Any) -> Part:
    if "fault" in message:
        return Part(message["name"], fault=message["fault"])
    sections = tuple(Section(start, name) for start, name in message["sections"])
    document = Document(message["source"], message["text"], tuple(message["pages"]), sections)
    return Part(message["name"], document, tuple(message["warnings"]))
