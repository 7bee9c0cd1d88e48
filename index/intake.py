"""What becomes of files that a person adds: which are read, what is recorded of them, and what is told.

Knows nothing of locks, of the vector store or of how a file is read.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from index.archives import Part, is_archive
from index.catalogue import Catalogue
from index.entries import entries_of
from index.files import Found, Ignored, stamp_of
from index.reading import Reading
from index.rows import Stamp
from index.types import Progress, Report, Verdict

if TYPE_CHECKING:
    from index.embed import Encoder

AHEAD = 2  # files that are being read while one is embedded

CarryOver = Callable[[str | None, Sequence[int]], None]  # a document that is new, passages that are gone
OnProgress = Callable[[Progress], None]


def unheard(progress: Progress) -> None:
    """For those who do not want to know how far a run has come."""


@dataclass
class Intake:
    """One run over files. What changes in the catalogue is handed to `carry_over`; `tell` hears of the progress.

    Members of archives that are `ignored` are left out. `gone` are files (path: document id) that are not on the disk
    any more: one whose text turns up elsewhere was moved there, and is taken out of it. With `again`, what has not
    changed is read too.
    """

    catalogue: Catalogue
    encoder: "Encoder"
    carry_over: CarryOver
    tell: OnProgress
    ignored: Ignored
    gone: dict[str, str]
    again: bool = False

    def __post_init__(self) -> None:
        self._total, self._done = 0, 0  # bytes

    def take(self, files: Iterable[Found]) -> Iterator[Report]:
        """Read what is new or changed; at least one report per file, in order, each when it is done."""
        steps = [(found, self._known(found)) for found in files]
        self._total = sum(stamp.size for _, stamp in steps if isinstance(stamp, Stamp))
        waiting: deque[tuple[Found, Stamp | list[Report]]] = deque()
        with Reading() as reading:
            for found, step in steps:
                waiting.append((found, step))
                if isinstance(step, Stamp):
                    reading.request(found.path)
                if len(waiting) > AHEAD:
                    yield from self._finish(waiting.popleft(), reading)
            while waiting:
                yield from self._finish(waiting.popleft(), reading)

    def _known(self, found: Found) -> Stamp | list[Report]:
        """What is to be told of a file that need not be read, or its stamp."""
        source = str(found.path)
        if found.skipped or found.fault:
            return [Report(source, "failed" if found.fault else "skipped", found.fault)]
        try:
            stamp = stamp_of(found.path, time.time_ns())
        except OSError as error:
            return [Report(source, "failed", f"cannot be read: {error.strerror or error}")]
        known = self.catalogue.files_at(source)
        same = all((s.size, s.mtime_ns) == (stamp.size, stamp.mtime_ns) for _, s in known.values())
        if known and same and stamp.mtime_ns >= 0 and not self.again:
            count = self.catalogue.passage_count
            return [Report(path, "unchanged", passages=count(document)) for path, (document, _) in known.items()]
        return stamp

    def _finish(self, step: tuple[Found, Stamp | list[Report]], reading: Reading) -> Iterator[Report]:
        found, known = step
        if not isinstance(known, Stamp):
            yield from known
            return
        self._told(known, 0)
        parts = reading.parts()
        yield from self._archive(found.path, known, parts) if is_archive(found.path) else self._file(known, parts)
        self._done += known.size
        self._told(known, 0)

    def _told(self, stamp: Stamp, share: float) -> None:
        self.tell(Progress(self._done + share * stamp.size, self._total, stamp.path))

    def _file(self, stamp: Stamp, parts: Iterable[Part]) -> Iterator[Report]:
        for part in parts:
            yield self._record(stamp, part)

    def _archive(self, path: Path, stamp: Stamp, parts: Iterable[Part]) -> Iterator[Report]:
        """The members, each like a file; what was in the archive before and is not now is forgotten.

        They are marked as read when the last one is: an interrupted run begins the archive anew.
        """
        before, now, whole = set(self.catalogue.files_at(str(path))), set(), True
        for part in parts:
            if self.ignored(PurePosixPath(part.name)):
                continue
            member = f"{path}/{part.name}" if part.name else str(path)
            now.add(member)
            whole = whole and not part.fault
            yield self._record(Stamp(member, stamp.size, -1), part)
        if str(path) in now:  # it could not be read to its end: what is missing may be there
            return
        for member in sorted(before - now):
            self.carry_over(None, self.catalogue.forget([member]))
            yield Report(member, "removed", "no longer in the archive")
        if whole:
            self.catalogue.settle(sorted(now), stamp.mtime_ns)

    def _record(self, stamp: Stamp, part: Part) -> Report:
        if part.document is None:
            return Report(stamp.path, "failed" if part.fault else "skipped", part.fault)
        document, known = part.document, self.catalogue.file(stamp.path)
        is_new = not self.catalogue.has(document.id)
        detail, moved_from = "", None
        if known is None and not is_new:
            moved_from = next((path for path, holds in self.gone.items() if holds == document.id), None)
            detail = f"moved from {moved_from}" if moved_from else "same text as a file that is known"
        # How much of an archive a member is, nobody knows.
        share = (lambda share: self._told(stamp, share)) if not part.name else (lambda share: None)
        entries = entries_of(document, self.encoder, share) if is_new else None
        removed = self.catalogue.record(stamp, document, entries)
        if moved_from:
            del self.gone[moved_from]
            self.catalogue.tags.hand_on(moved_from, stamp.path)
            removed += self.catalogue.forget([moved_from])
        self.carry_over(document.id if is_new else None, removed)
        verdict: Verdict = "updated" if known or moved_from else "added"
        if known and known[0] == document.id:
            verdict = "unchanged"
        return Report(stamp.path, verdict, detail, self.catalogue.passage_count(document.id), part.warnings)
