"""What of a sentence does not depend on the question: its terms, how it looks and what it offers.

Found once, when a passage is indexed: a search looks at some 1,500 sentences, and to read them anew takes 100 ms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.traits import KINDS, is_bullet, is_heading, is_lead, is_row, is_title, offered
from index.types import Passage
from index.words import terms

LOOKS = {"title": is_title, "row": is_row, "heading": is_heading, "lead": is_lead, "bullet": is_bullet}
NAMES = (*LOOKS, *KINDS)


@dataclass(frozen=True, eq=False)
class Marks:
    """The sentences of one passage, in order: their terms, and `signs` of shape (sentences,), a bit for each of NAMES.

    The lowest bit is the first name.
    """

    terms: tuple[tuple[str, ...], ...]
    signs: NDArray[np.uint16]


def marks_of(passage: Passage) -> Marks:
    """The marks of a passage, read from its text: some 50 microseconds a sentence."""
    texts = [passage.between(*span) for span in passage.sentences]
    signs = [sum(bit << place for place, bit in enumerate(_signs(text))) for text in texts]
    return Marks(tuple(tuple(terms(text)) for text in texts), np.array(signs, dtype=np.uint16))


def signs_of(marks: Sequence[Marks]) -> dict[str, NDArray[np.bool_]]:
    """For each of NAMES, whether each sentence of all the passages has it."""
    signs = np.concatenate([each.signs for each in marks])
    return {name: (signs >> place & 1).astype(np.bool_) for place, name in enumerate(NAMES)}


@cache
def version() -> str:
    """Names the code that makes marks: those of another version are made again."""
    sources = (Path(__file__).with_name(name).read_bytes() for name in ("traits.py", "words.py"))
    return sha256(b"".join(sources)).hexdigest()[:12]


def _signs(text: str) -> tuple[bool, ...]:
    return *(look(text) for look in LOOKS.values()), *offered(text)
