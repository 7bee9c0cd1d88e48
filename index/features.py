"""What is known about how well each sentence of a pool of passages answers a question, as a table of numbers.

Knows nothing of where the pool came from, nor of how much each feature counts (index/ranking.py).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.scoring import Scores, bm25, idf, zscores
from index.traits import KINDS, asked, asks_several, is_bullet, is_heading, is_lead, is_row, is_title, offered
from index.types import Passage
from index.words import name_in_words, terms

# Passages this close in one document follow each other.
ADJACENT = 200  # characters


@dataclass(frozen=True)
class Pool:
    """Candidate passages with their neighbours, in document order, and what is needed to score them.

    `vectors` is (passages, d); `sentence_vectors` is (sentences, d), all sentences of all passages in order;
    `frequencies` is the number of passages that hold each query term, of `total` in the whole index.
    """

    passages: Sequence[Passage]
    vectors: NDArray[np.float32]
    sentence_vectors: NDArray[np.float32]
    frequencies: Mapping[str, int]
    total: int


@dataclass(frozen=True)
class Query:
    """A question as the index sees it: its unit vector, its terms (spelling mended) and its words."""

    text: str
    vector: NDArray[np.float32]
    terms: tuple[str, ...]


FEATURES = (
    "dense",
    "bm25",
    "passage dense",
    "passage bm25",
    "window dense",
    "coverage",
    "context coverage",
    "passage coverage",
    "document coverage",
    "title",
    "length",
    "novelty",
    "row",
    "heading",
    "lead",
    "bullet",
    "dense of what stands above",
    "coverage with what stands above",
    "several asked, bullet",
    *(f"asked {kind}, offered" for kind in KINDS),
    *(f"not asked {kind}, offered" for kind in KINDS),
)


def describe(query: Query, pool: Pool) -> NDArray[np.float64]:
    """The features of every sentence of the pool, in order, shape (sentences, len(FEATURES)); no pool may be empty."""
    texts = [p.text[a - p.start : b - p.start] for p in pool.passages for a, b in p.sentences]
    owner = np.repeat(np.arange(len(pool.passages)), [len(p.sentences) for p in pool.passages])
    sentence_terms = [sentence_words(text) for text in texts]
    passage_terms = [[term for i in rows for term in sentence_terms[i]] for rows in _rows_of(owner, len(pool.passages))]
    follows = [_follows(a, b) for a, b in pairwise(pool.passages)]
    continued = _continued(owner, follows)

    own = bm25(query.terms, passage_terms, pool.frequencies, pool.total)
    passage_dense = zscores((pool.vectors @ query.vector).astype(np.float64))
    passage_bm25 = zscores(_with_neighbours(own, follows))
    sentence_bm25 = zscores(bm25(query.terms, sentence_terms, pool.frequencies, pool.total))
    dense = zscores((pool.sentence_vectors @ query.vector).astype(np.float64))
    window = zscores((_windows(pool.sentence_vectors, continued) @ query.vector).astype(np.float64))

    weigh = _Coverage(query, pool)
    bags = [frozenset(words) for words in sentence_terms]
    above = _above(texts, continued)
    bullets = np.array([is_bullet(text) for text in texts], dtype=np.float64)
    passage_bags = [frozenset(words) for words in passage_terms]
    columns = [
        dense,
        sentence_bm25,
        passage_dense[owner],
        passage_bm25[owner],
        window,
        weigh.all(bags),
        weigh.all(_contexts(bags, owner)),
        weigh.all(passage_bags)[owner],
        weigh.all(_document_bags(pool.passages, passage_bags))[owner],
        np.array([is_title(text) for text in texts], dtype=np.float64),
        np.log1p([len(words) for words in sentence_terms]),
        np.log1p([len(bag.difference(query.terms)) for bag in bags]),
        np.array([is_row(text) for text in texts], dtype=np.float64),
        np.array([is_heading(text) for text in texts], dtype=np.float64),
        np.array([is_lead(text) for text in texts], dtype=np.float64),
        bullets,
        np.array([max((dense[i] for i in rows), default=0.0) for rows in above]),
        weigh.all([bag.union(*(bags[i] for i in rows)) for bag, rows in zip(bags, above, strict=True)]),
        bullets * asks_several(query.text),
    ]
    kinds = np.array([offered(text) for text in texts], dtype=np.float64)
    wanted = np.array(asked(query.text), dtype=np.float64)
    return np.column_stack([*columns, kinds * wanted, kinds * (1 - wanted)])


@lru_cache(maxsize=1 << 15)
def sentence_words(text: str) -> tuple[str, ...]:
    """The terms of one sentence; kept, since the same sentences are candidates again and again."""
    return tuple(terms(text))


class _Coverage:
    """The share of the query's terms, weighted by idf, that a bag of terms holds."""

    def __init__(self, query: Query, pool: Pool) -> None:
        self._idf = {term: idf(pool.frequencies.get(term, 0), pool.total) for term in query.terms}
        self._sum = sum(self._idf.values()) or 1.0

    def all(self, bags: Sequence[frozenset[str]]) -> Scores:
        return np.array([sum(w for term, w in self._idf.items() if term in bag) for bag in bags]) / self._sum


def _rows_of(owner: NDArray[np.intp], passages: int) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(passages)]
    for row, passage in enumerate(owner):
        rows[passage].append(row)
    return rows


def _follows(a: Passage, b: Passage) -> bool:
    return a.document_id == b.document_id and b.start - a.end < ADJACENT


def _with_neighbours(scores: Scores, follows: Sequence[bool]) -> Scores:
    """Each passage's score plus half of its neighbours': an answer often stands beside the words that were asked."""
    total = scores.copy()
    for left, follow in enumerate(follows):
        if follow:
            total[left] += scores[left + 1] / 2
            total[left + 1] += scores[left] / 2
    return total


def _continued(owner: NDArray[np.intp], follows: Sequence[bool]) -> list[bool]:
    """For each sentence whether it continues the one before it: in the same passage, or in the one that follows."""
    return [False, *(left == right or follows[left] for left, right in pairwise(owner.tolist()))]


def _windows(vectors: NDArray[np.float32], continued: Sequence[bool]) -> NDArray[np.float32]:
    """Unit vectors of each sentence together with the one before it, which often names what "it" is."""
    joined = vectors.copy()
    for row, continues in enumerate(continued):
        if continues:
            joined[row] += vectors[row - 1]
    norms = np.linalg.norm(joined, axis=1, keepdims=True)
    unit: NDArray[np.float32] = joined / np.maximum(norms, 1e-9)
    return unit


def _contexts(bags: Sequence[frozenset[str]], owner: NDArray[np.intp]) -> list[frozenset[str]]:
    """Each sentence's terms with those of the sentence before it and of its passage's first (often the heading)."""
    first: dict[int, frozenset[str]] = {}
    contexts = []
    for row, bag in enumerate(bags):
        passage = int(owner[row])
        before = bags[row - 1] if row and owner[row - 1] == passage else frozenset()
        contexts.append(bag | before | first.setdefault(passage, bag))
    return contexts


def _above(texts: Sequence[str], continued: Sequence[bool]) -> list[tuple[int, ...]]:
    """For each sentence the rows that say what it is about: the heading over it, the line that leads to it, and the
    head of its table."""
    above: list[tuple[int, ...]] = []
    heading = lead = head = None
    for row, (text, continues) in enumerate(zip(texts, continued, strict=True)):
        if not continues:
            heading = lead = head = None
        if is_heading(text):
            heading, lead = row, None
        if is_lead(text):
            lead = row
        if not is_row(text):
            head = None
        elif head is None:
            head = row
        above.append(tuple(i for i in (heading, lead, head) if i is not None and i != row))
    return above


def _document_bags(passages: Sequence[Passage], bags: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """For each passage the terms of all candidates of its document and of the file's name."""
    whole: dict[str, set[str]] = defaultdict(set)
    for passage, bag in zip(passages, bags, strict=True):
        if passage.document_id not in whole:
            whole[passage.document_id].update(terms(name_in_words(passage.source)))
        whole[passage.document_id] |= bag
    frozen = {document: frozenset(bag) for document, bag in whole.items()}
    return [frozen[passage.document_id] for passage in passages]
