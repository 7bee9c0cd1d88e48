"""What changes the library, in a thread of its own and looked at as it goes: one change at a time.

It goes on when the browser that began it has gone. Knows nothing of gradio or HTML.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from threading import Condition, Lock, Thread
from typing import Any, Literal

from index.types import Progress, Report
from ui.assistant import OnProgress, told

Doing = Literal["adding", "again", "syncing", "deleting"]
Steps = Callable[[OnProgress], Iterator[tuple[Sequence[Report], int]]]  # the reports so far, how many files are done

BUSY = "Your documents are being changed just now; try again when that is done."
TICK = 0.15  # seconds between two looks: a bar moves smoothly, and little is sent


@dataclass(frozen=True)
class Run:
    """How far a change has come: `done` of the `files` it was given are dealt with, `share` of the one at hand.

    A run over a folder was given no files: then `share` is that of the whole.
    """

    doing: Doing
    files: tuple[str, ...] = ()
    done: int = 0
    share: float = 0.0
    source: str = ""
    reports: tuple[Report, ...] = ()
    ended: bool = False
    stopped: bool = False
    fault: str = ""
    number: int = 0  # tells one run from another


class Changes:
    """Runs one change after another. Safe to use from several threads."""

    def __init__(self) -> None:
        self._busy, self._numbers = Lock(), count(1)
        self._job: _Job | None = None
        self._doing: Doing | None = None

    def follow(self, run: Run, steps: Steps, waits: bool = False) -> Iterator[Run]:
        """The run as it goes; the last one has `ended`. While another goes on, it waits or fails at once.

        A deletion waits for another one, which takes seconds.
        """
        waits = waits or (run.doing == "deleting" and self._doing == "deleting")
        job = _Job(replace(run, number=next(self._numbers)))
        Thread(target=self._do, args=(job, steps, waits), name=run.doing, daemon=True).start()
        shown: Run | None = None
        while shown is None or not shown.ended:
            shown = job.look(shown)
            yield shown

    def stop(self) -> None:
        """End the change under way when the file at hand is done; what is done stays."""
        if job := self._job:
            job.stop = True

    def _do(self, job: "_Job", steps: Steps, waits: bool) -> None:
        if not self._busy.acquire(blocking=waits):
            job.tell(fault=BUSY, ended=True)
            return
        try:
            self._job, self._doing = job, job.look(None).doing
            job.drive(steps)
        except Exception as error:  # one change fails, the page goes on
            job.tell(fault=told(error))
        finally:
            self._job = self._doing = None
            self._busy.release()
            job.tell(ended=True, stopped=job.stop)


class _Job:
    """A run in the making, told by one thread and looked at by another."""

    def __init__(self, run: Run) -> None:
        self._run, self._changed, self.stop = run, Condition(), False

    def tell(self, **news: Any) -> None:
        with self._changed:
            self._run = replace(self._run, **news)
            self._changed.notify_all()

    def look(self, seen: Run | None) -> Run:
        """The run, as soon as it is another than `seen`; at most one look a tick."""
        with self._changed:
            self._changed.wait_for(lambda: self._run.ended, 0.0 if seen is None else TICK)
            self._changed.wait_for(lambda: self._run is not seen)
            return self._run

    def drive(self, steps: Steps) -> None:
        going = steps(self._hear)
        try:
            for reports, done in going:
                self.tell(reports=tuple(reports), done=done, **({"share": 0.0} if self._run.files else {}))
                if self.stop:
                    break
        finally:
            getattr(going, "close", lambda: None)()  # at once: it holds the write lock

    def _hear(self, progress: Progress) -> None:
        self.tell(share=progress.done / progress.total if progress.total else 0.0, source=progress.source)


def counted(reports: Iterator[Report]) -> Iterator[tuple[Sequence[Report], int]]:
    """The reports of a library as steps: all so far after each one."""
    so_far: list[Report] = []
    try:
        for report in reports:
            so_far.append(report)
            yield so_far, len(so_far)
    finally:
        getattr(reports, "close", lambda: None)()
