"""Make the vector store agree with the catalogue, which is the truth. Call it with the write lock held.

Nothing is embedded here: vectors come from the catalogue.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from index.catalogue import Catalogue
from index.errors import UserError
from index.settings import ROOT
from index.vectors import VectorFault, Vectors, preload

Tell = Callable[[str], None]
MARK = "chroma.opening"
SAMPLE = 16  # vectors that must find themselves on every opening: half of them the newest
SUSPECTS = 200  # vectors that a search for everything did not return, looked at after an interrupted run


def mend(catalogue: Catalogue, vectors: Vectors, tell: Tell) -> None:
    """Bring the store in step; `tell` hears of a repair. A sound store costs a count and one query."""
    with opening(catalogue) as crashed:
        try:
            vectors.sweep()  # a run that was killed may have left what it was building, or what it had replaced
            sound = not crashed and (_in_step(catalogue, vectors) or _catch_up(catalogue, vectors))
        except VectorFault as fault:
            tell(f"the vector store is broken ({fault})")
            sound = False
        if not sound:
            tell("rebuilding the vector store from the catalogue")
            rebuild(catalogue, vectors)


def rebuild(catalogue: Catalogue, vectors: Vectors) -> None:
    """Build the store anew, which also leaves no trace of what was removed; raises UserError when that fails.

    Readers use the old one until the new one is complete.
    """
    try:
        catalogue.mark_in_step(store=vectors.rebuild(catalogue.vector_rows()))
        vectors.sweep()
    except VectorFault as fault:
        raise UserError(f"cannot write the vector store ({fault}); free some space, the next run goes on") from fault


def rebuild_apart(home: Path, server: str) -> None:
    """As `rebuild`, by a process of its own; raises UserError when that fails.

    Chroma writes memory that it never used into its files: here it may hold text that was removed, there it does not.
    """
    command = [sys.executable, "-m", "index.mend", str(home.resolve()), server]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stderr=pipe, text=True) as process:
        told = process.stderr.read().strip() if process.stderr else ""
        code = process.wait()
    if code:
        raise UserError(told.splitlines()[-1] if told else "the vector store could not be built anew; run vacuum again")


@contextmanager
def opening(catalogue: Catalogue) -> Iterator[bool]:
    """Leave a mark as long as the store is being opened; gives whether one was left behind.

    A damaged file can end the whole process inside Chroma: the mark tells the next one to build it again unread.
    """
    preload()  # outside of the mark: a person who stops the program meanwhile has not broken anything
    mark = catalogue.database.path.with_name(MARK)
    crashed = mark.exists()
    try:
        mark.touch()
    except OSError as error:
        raise UserError(f"cannot write {mark}: {error.strerror}; free some space, or set another home") from error
    try:
        yield crashed
    finally:
        mark.unlink(missing_ok=True)


def lost(catalogue: Catalogue, vectors: Vectors, thorough: bool) -> list[int]:
    """Numbers of passages whose vector does not find itself: among a sample, or `thorough`ly among all suspects.

    Empty when they are so few that building the graph again would not help: it is approximate by nature.
    """
    numbers = catalogue.numbers()
    half = SAMPLE // 2
    sample = set(numbers[-half:] + numbers[:: max(1, len(numbers) // half)])
    if thorough and numbers:
        some = next(catalogue.vector_rows(numbers[:1]))[2]
        reached = {number for number, _ in vectors.query(some, len(numbers))}
        sample.update([number for number in numbers if number not in reached][-SUSPECTS:])
    unfound = vectors.unfindable(list(catalogue.vector_rows(sorted(sample))))
    return unfound if len(unfound) > 1 + (len(numbers) // 1000 if thorough else 0) else []


def _in_step(catalogue: Catalogue, vectors: Vectors) -> bool:
    if not catalogue.in_step() or vectors.count() != catalogue.totals()[0]:
        return False
    return not lost(catalogue, vectors, thorough=False)


def _catch_up(catalogue: Catalogue, vectors: Vectors) -> bool:
    """Add what is missing and delete what is left over, after a run that was interrupted; whether that did it."""
    wanted, stored = set(catalogue.numbers()), vectors.numbers()
    vectors.delete(sorted(stored - wanted))
    vectors.add(catalogue.vector_rows(sorted(wanted - stored)))
    if vectors.count() != len(wanted) or lost(catalogue, vectors, thorough=True):
        return False
    catalogue.mark_in_step()
    return True


def _end_with_parent() -> None:
    """The pipe on standard input closes when the process that waits for this one is gone, and its lock with it."""
    sys.stdin.read()
    os._exit(1)


def _main() -> int:
    home, server = Path(sys.argv[1]), sys.argv[2]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    catalogue = Catalogue(home)
    vectors = Vectors(home, server, catalogue.fact("identity") or "", catalogue.store)
    try:
        rebuild(catalogue, vectors)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        vectors.close()
        catalogue.close()
    return 0


if __name__ == "__main__":
    sys.exit(_main())
