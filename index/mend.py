"""Make the vector store agree with the catalogue, which is the truth. Call it with the write lock held.

Nothing is embedded here: vectors come from the catalogue.
"""

from collections.abc import Callable

from index.catalogue import Catalogue
from index.vectors import VectorFault, Vectors

Tell = Callable[[str], None]
SAMPLE = 8  # vectors that must find themselves on every opening: half of them the newest
SUSPECTS = 200  # vectors that a search for everything did not return, looked at after an interrupted run


def mend(catalogue: Catalogue, vectors: Vectors, tell: Tell) -> None:
    """Bring the store in step; `tell` hears of a repair. A sound store costs a count and one query."""
    try:
        sound = _in_step(catalogue, vectors) or _catch_up(catalogue, vectors)
    except VectorFault as fault:
        tell(f"the vector store is broken ({fault})")
        sound = False
    if not sound:
        tell("rebuilding the vector store from the catalogue")
        vectors.rebuild(catalogue.vector_rows())
        catalogue.mark_in_step()


def lost(catalogue: Catalogue, vectors: Vectors, thorough: bool) -> list[int]:
    """Numbers of passages whose vector does not find itself: among a sample, or `thorough`ly among all suspects."""
    numbers = catalogue.numbers()
    half = SAMPLE // 2
    sample = set(numbers[-half:] + numbers[:: max(1, len(numbers) // half)])
    if thorough and numbers:
        some = next(catalogue.vector_rows(numbers[:1]))[2]
        reached = {number for number, _ in vectors.query(some, len(numbers))}
        sample.update([number for number in numbers if number not in reached][-SUSPECTS:])
    return vectors.unfindable(list(catalogue.vector_rows(sorted(sample))))


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
