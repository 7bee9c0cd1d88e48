"""Catalogue entries in any number without embedding them: real sentences recombined, their words and vectors varied.

Each document made takes its sentences from one real document. The rarer a word is there, the likelier a made-up one
stands in its place, so that the vocabulary grows as in real text (Zipf, Heaps); vectors get noise. It is no language:
good for measuring time and space, not for judging answers.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue
from index.marks import marks_of
from index.rows import Entry
from index.types import Document, Passage
from index.words import STOP_WORDS

LENGTH = 800  # characters from which a passage is full
PASSAGES = 40  # in one document
SHORTEST = 60  # characters of a sentence that is worth taking
COMMON, KEPT = 0.02, 0.5  # words in this share of the real passages, or more, stay so often
SPREAD, TAIL = 200, 0.8  # of the ranks of the made-up words: P(rank > r) = (1 + r / SPREAD) ** -TAIL
LAST = 5_000_000  # rank
NOISE = 0.75  # length of the noise beside a unit vector: what is made lies at a cosine of 0.8 to what was
_SYLLABLES = [consonant + vowel for consonant in "bdfghjklmnprstv" for vowel in "aeiou"]


@dataclass(frozen=True)
class Sentence:
    """A real sentence, split into words (at odd places) and what is between; `keep` is how likely each word stays."""

    parts: Sequence[str]
    keep: Sequence[float]


@dataclass(frozen=True)
class Topic:
    """The sentences of one real document; `vectors` has the shape (sentences, d)."""

    sentences: Sequence[Sentence]
    vectors: NDArray[np.float32]


def topics(catalogues: Sequence[Catalogue]) -> list[Topic]:
    """What the documents of the catalogues are made of, as material."""
    texts: list[list[str]] = []
    vectors: list[NDArray[np.float32]] = []
    passages: list[str] = []
    for catalogue in catalogues:
        for info in catalogue.documents():
            found = catalogue.passages_of(info.id)
            rows = catalogue.sentence_vectors(list(found))
            passages += [passage.text for passage in found.values()]
            spans = [(p, start, end) for p in found.values() for start, end in p.sentences]
            long = np.array([end - start >= SHORTEST for _, start, end in spans])
            texts.append([p.between(a, b) for p, a, b in spans if b - a >= SHORTEST])
            vectors.append(np.concatenate([rows[number] for number in found])[long])
    count = Counter(word for text in passages for word in set(re.findall(r"\w+", text.lower())))
    keep = {word: KEPT * min(1.0, n / (COMMON * len(passages))) for word, n in count.items()} | dict.fromkeys(
        STOP_WORDS, 1.0
    )
    return [Topic([_sentence(text, keep) for text in each], rows) for each, rows in zip(texts, vectors, strict=True)]


def made(material: Sequence[Topic], count: int, seed: int = 0) -> Iterator[tuple[Document, list[Entry]]]:
    """Documents with their entries, of `count` passages in all; the same ones for the same seed."""
    chance, noise = random.Random(seed), np.random.default_rng(seed)
    for number, first in enumerate(range(0, count, PASSAGES)):
        yield _document(material, f"/made/{number}.txt", min(PASSAGES, count - first), chance, noise)


def _document(
    material: Sequence[Topic], source: str, count: int, chance: random.Random, noise: np.random.Generator
) -> tuple[Document, list[Entry]]:
    topic = chance.choice(material)
    passages = [_picked(topic, chance) for _ in range(count)]
    texts = [[_varied(topic.sentences[row], chance) for row in rows] for rows in passages]
    document = Document(source, "\n\n".join(" ".join(sentences) for sentences in texts))
    start, entries = 0, []
    for rows, sentences in zip(passages, texts, strict=True):
        ends = np.cumsum([len(sentence) + 1 for sentence in sentences]) + start
        spans = [(int(end) - len(sentence) - 1, int(end) - 1) for end, sentence in zip(ends, sentences, strict=True)]
        text = " ".join(sentences)
        passage = Passage(document.id, source, start, start + len(text), None, text, tuple(spans))
        vectors = _shifted(topic.vectors[rows], noise)
        entries.append(Entry(passage, marks_of(passage), _unit(vectors.sum(axis=0)), vectors))
        start += len(text) + 2
    return document, entries


def _picked(topic: Topic, chance: random.Random) -> list[int]:
    """Rows of sentences that fill a passage."""
    rows, length = [], 0
    while length < LENGTH:
        rows.append(chance.randrange(len(topic.sentences)))
        length += sum(map(len, topic.sentences[rows[-1]].parts))
    return rows


def _varied(sentence: Sentence, chance: random.Random) -> str:
    parts = list(sentence.parts)
    for place, keep in enumerate(sentence.keep):
        if keep < 1 and chance.random() >= keep:
            rank = int(SPREAD * (chance.paretovariate(TAIL) - 1)) % LAST
            word = parts[2 * place + 1]
            parts[2 * place + 1] = str(rank) if word.isdigit() else _like(word, _word(rank))
    return "".join(parts)


def _sentence(text: str, keep: dict[str, float]) -> Sentence:
    parts = re.split(r"(\w+)", text)
    return Sentence(parts, [keep[word.lower()] for word in parts[1::2]])


@lru_cache(maxsize=1 << 16)
def _word(rank: int) -> str:
    """A word of its own for each rank: two syllables for the commonest, more for the others."""
    number, word = rank + len(_SYLLABLES), ""
    while number:
        number, syllable = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[syllable]
    return word


def _like(pattern: str, word: str) -> str:
    return word.capitalize() if pattern[0].isupper() else word


def _shifted(vectors: NDArray[np.float32], noise: np.random.Generator) -> NDArray[np.float32]:
    """Unit vectors near those given."""
    return _unit(vectors + NOISE * _unit(noise.standard_normal(vectors.shape, dtype=np.float32)))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit
