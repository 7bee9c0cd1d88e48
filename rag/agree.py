"""Which of a taught model's drafts to trust: the one whose words the small reader points at too. Pure.

Two networks that learned apart seldom make the same mistake.
"""

from collections import Counter
from collections.abc import Sequence

from index.words import terms

ENOUGH = 0.5  # likeness from which a draft needs no second one beside it


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """F1 of two bags of words: Rajpurkar et al., "SQuAD" (2016)."""
    both = (one & other).total()
    return 2 * both / (one.total() + other.total()) if both else 0.0


def alike(text: str, other: str) -> float:
    """The likeness of two texts, over the stems of the words that carry meaning."""
    return likeness(Counter(terms(text)), Counter(terms(other)))


def agreed(drafts: Sequence[str], words: str) -> str:
    """The first of the drafts that is most like the words that the reader points at."""
    return max(drafts, key=lambda draft: alike(draft, words))
