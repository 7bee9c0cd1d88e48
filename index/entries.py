"""A document in, its catalogue entries out: split, embedded, and its sentences marked."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from index.marks import marks_of
from index.rows import Entry
from index.split import passages
from index.types import Document, Passage

if TYPE_CHECKING:
    from index.embed import Encoder


SLAB = 64  # passages embedded at a time: enough to find texts of like length for a batch


def entries_of(
    document: Document, encoder: "Encoder", tell: Callable[[float], None] = lambda share: None
) -> list[Entry]:
    """The passages with their vectors and those of their sentences; `tell` hears what share of them is done."""
    found = passages(document, encoder.count_tokens, encoder.max_tokens)
    entries: list[Entry] = []
    for start in range(0, len(found), SLAB):
        entries += _embedded(document, found[start : start + SLAB], encoder)
        tell(len(entries) / len(found))
    return entries


def _embedded(document: Document, found: Sequence[Passage], encoder: "Encoder") -> list[Entry]:
    """All in one call, each distinct text once."""
    sentences = [[document.text[start:end] for start, end in passage.sentences] for passage in found]
    texts = list(dict.fromkeys([p.text for p in found] + [text for each in sentences for text in each]))
    row = {text: number for number, text in enumerate(texts)}
    vectors = encoder.encode(texts)
    return [
        Entry(passage, marks_of(passage), vectors[row[passage.text]], vectors[[row[text] for text in each]])
        for passage, each in zip(found, sentences, strict=True)
    ]
