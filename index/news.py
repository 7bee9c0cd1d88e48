"""What a sentence says that the question does not: a new number where one is asked for, a new name for "who".

To repeat what was asked is no answer: "in March 2018" answers no "how many in March 2018?".
"""

import re
from collections.abc import Sequence

import numpy as np

from index.pool import Pool, Query
from index.scoring import Scores
from index.traits import KINDS, asked
from index.words import tokens

_NUMERIC = ("when", "how many", "how long")
# A title, an initial or two capitals in a row: most names of people, and more.
_NAME = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Professor|Sir|Captain)\b|\b[A-Z]\. ?[A-Z][a-z]+"
    r"|(?<![\w-])[A-Z][a-z’'-]+ (?:(?:de|van|von|al|of) )?[A-Z][\w’'-]+"
)


def new_number(query: Query, pool: Pool) -> Scores:
    """1 for each sentence with a number that the question lacks; zeros when it asks for none."""
    sentences = [words for marks in pool.marks for words in marks.terms]
    if not _asks(query, _NUMERIC):
        return np.zeros(len(sentences))
    known = frozenset(query.terms)
    return np.array(
        [any(w[0] <= "9" and w[0].isdigit() and w not in known for w in words) for words in sentences], float
    )


def new_name(query: Query, pool: Pool) -> Scores:
    """1 for each sentence with a name that shares no word with the question; zeros when it does not ask for whom."""
    if not _asks(query, ("who",)):
        return np.zeros(sum(len(passage.sentences) for passage in pool.passages))
    known = frozenset(tokens(query.text))
    return np.array(
        [
            _has_other_name(passage.between(start, end), known)
            for passage in pool.passages
            for start, end in passage.sentences
        ],
        float,
    )


def _has_other_name(sentence: str, known: frozenset[str]) -> bool:
    return any(known.isdisjoint(tokens(name)) for name in _NAME.findall(sentence))


def _asks(query: Query, kinds: Sequence[str]) -> bool:
    return any(wanted for kind, wanted in zip(KINDS, asked(query.text), strict=True) if kind in kinds)
