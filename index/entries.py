"""A document in, its catalogue entries out: split, embedded, and its words stemmed."""

from typing import TYPE_CHECKING

from index.catalogue import Entry
from index.split import passages
from index.types import Document
from index.words import terms

if TYPE_CHECKING:
    from index.embed import Encoder


def entries_of(document: Document, encoder: "Encoder") -> list[Entry]:
    """The passages with their vectors and those of their sentences; all in one call, each distinct text once."""
    found = passages(document, encoder.count_tokens, encoder.max_tokens)
    sentences = [[document.text[start:end] for start, end in passage.sentences] for passage in found]
    texts = list(dict.fromkeys([p.text for p in found] + [text for each in sentences for text in each]))
    row = {text: number for number, text in enumerate(texts)}
    vectors = encoder.encode(texts)
    return [
        Entry(passage, terms(passage.text), vectors[row[passage.text]], vectors[[row[text] for text in each]])
        for passage, each in zip(found, sentences, strict=True)
    ]
