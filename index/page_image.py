"""Pages of a PDF as pictures with a quote marked, drawn by another process (index/page_draw.py) and kept in memory.

A mark is never a guess: the file must be what it was when it was read, and the quote must stand on the page.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from index.archives import is_archive
from index.errors import UserError
from index.files import stamp_of
from index.rows import Stamp
from index.settings import ROOT
from index.types import Document

SECONDS = 30  # for the pages of one quote
MEGABYTES = 1024  # of address space of the drawing process
KEPT = 24  # quotes whose pages are kept
PAGES = 3  # a quote may stand on
_KINDS = ("image/png", "image/jpeg")


@dataclass(frozen=True)
class Mark:
    """A rectangle on a page, in shares of its width and height from the upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class PageImage:
    """A page as a picture of a kind such as "image/png", and the rectangles of the quote on it, in reading order."""

    page: int
    width: int
    height: int
    kind: str
    data: bytes
    marks: tuple[Mark, ...]


class PageImages:
    """Draws pages, one quote at a time, and keeps the last ones in memory. Safe to use from several threads."""

    def __init__(self, seconds: int = SECONDS, megabytes: int = MEGABYTES) -> None:
        self._limits = seconds, megabytes
        self._kept: OrderedDict[tuple[Any, ...], tuple[PageImage, ...]] = OrderedDict()
        self._proved: set[tuple[str, Stamp]] = set()  # documents, and files that were found to hold them
        self._guard, self._drawing = threading.Lock(), threading.Lock()

    def of(self, document: Document, files: Iterable[Stamp], start: int, end: int) -> tuple[PageImage, ...]:
        """The pages that the quote at [start, end) stands on; `files` hold the document.

        Raises UserError when there is no page to show, or the quote cannot be marked on it with certainty.
        """
        pieces = _pieces(document, start, end)
        read, now = _file(files)
        key = document.id, start, end, now
        if kept := self._find(key):
            return kept
        with self._drawing:
            if kept := self._find(key):  # somebody else has asked for the same
                return kept
            # A file that was read right after it was changed may have changed again: then its text is compared.
            proved = now.mtime_ns >= 0 and (now == read or (document.id, now) in self._proved)
            request = {"path": now.path, "document": "" if proved else document.id, "pages": pieces}
            images = tuple(_image(page) for page in _ask(request, *self._limits))
            if now.mtime_ns >= 0:
                self._proved.add((document.id, now))
                self._keep(key, images)
            return images

    def _find(self, key: tuple[Any, ...]) -> tuple[PageImage, ...]:
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key, ())

    def _keep(self, key: tuple[Any, ...], images: tuple[PageImage, ...]) -> None:
        with self._guard:
            self._kept[key] = images
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _pieces(document: Document, start: int, end: int) -> list[tuple[int, str, int, int]]:
    """The pages that the quote has a part on: number, text, and where in it the part begins and ends."""
    bounds = pairwise((*document.pages, len(document.text)))
    parts = [(n, a, b, max(a, start), min(b, end)) for n, (a, b) in enumerate(bounds, 1) if a < end and start < b]
    pieces = [
        (n, document.text[a:b], low - a, high - a) for n, a, b, low, high in parts if document.text[low:high].strip()
    ]
    if not pieces or len(pieces) > PAGES:
        raise UserError(f"the quote runs over more than {PAGES} pages" if pieces else "the quote stands on no page")
    return pieces


def _file(files: Iterable[Stamp]) -> tuple[Stamp, Stamp]:
    """The first of the files that is there: as it was when it was read, and as it is now."""
    inside = False
    for read in files:
        path = Path(read.path)
        inside = inside or any(is_archive(parent) for parent in path.parents)
        with suppress(OSError):
            if path.is_file():
                return read, stamp_of(path, time.time_ns())
    raise UserError("the file is inside an archive" if inside else "the file is no longer where it was read")


def _ask(request: Any, seconds: int, megabytes: int) -> Sequence[Any]:
    """What the drawing process answers."""
    command = [sys.executable, "-m", "index.page_draw", str(seconds), str(megabytes)]
    try:
        done = subprocess.run(
            command, input=json.dumps(request).encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=seconds + 10, check=False,
        )  # fmt: skip
        code = done.returncode
    except subprocess.TimeoutExpired:
        code = -signal.SIGALRM
    if code == -signal.SIGALRM:
        raise UserError(f"the page takes more than {seconds} seconds to draw")
    if code:
        raise UserError("the page is damaged or too large to be drawn")
    answer = json.loads(done.stdout)
    if "fault" in answer:
        raise UserError(answer["fault"])
    pages: Sequence[Any] = answer["pages"]
    return pages


def _image(page: Any) -> PageImage:
    if page["kind"] not in _KINDS:
        raise ValueError(f"a picture of kind {page['kind']!r}")
    marks = tuple(Mark(*map(float, mark)) for mark in page["marks"])
    width, height = page["size"]
    return PageImage(page["page"], width, height, page["kind"], b64decode(page["data"]), marks)
