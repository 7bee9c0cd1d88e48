"""Which of a taught model's drafts to trust: the one whose words the small reader points at too. Pure.

Two networks that learned apart seldom make the same mistake.
"""

from collections import Counter
from collections.abc import Sequence

from index.words import terms
from rag.align import contains
from rag.claims import read

ENOUGH = 0.5  # likeness from which a draft needs no second one beside it


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """F1 of two bags of words: Rajpurkar et al., "SQuAD" (2016)."""
    both = (one & other).total()
    return 2 * both / (one.total() + other.total()) if both else 0.0


def alike(text: str, other: str) -> float:
    """The likeness of two texts, over the stems of the words that carry meaning; 0 where each gives other figures, as
    "two weeks' notice" and "one week's notice" do."""
    ours, theirs = numbers(text), numbers(other)
    if ours and theirs and not ours & theirs:
        return 0.0
    return likeness(Counter(terms(text)), Counter(terms(other)))


def agreed(drafts: Sequence[str], words: str) -> str:
    """The first of the drafts that is most like the words that the reader points at."""
    return max(drafts, key=lambda draft: alike(draft, words))


def pointed(draft: str, readings: Sequence[str]) -> bool:
    """Whether any network's reading of the evidence has to do with what the draft says."""
    return any(alike(draft, reading) or contains(read(draft), read(reading)) for reading in readings)


def numbers(text: str) -> set[str]:
    """The numbers of a text, in their common form."""
    return {word.text for word in read(text) if word.kind == "number"}
