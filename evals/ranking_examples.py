"""What the ranking learns from besides the cases: the training blocks laid out as documents, short sisters and long.

Knows nothing of how a ranking is learned.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from evals.blocks import TRAINING, Block, Item, load_blocks

SEED = 11
SISTERS = 6  # blocks of a short document, when enough share a domain
MIXED = (15, 40)  # blocks of a mixed document
_ENDED = re.compile(r"[.!?:;”\"')\]]\s*$")


@dataclass(frozen=True)
class Posed:
    """A question on a written document, with the words of each sentence that is needed to answer it."""

    item: Item
    source: str
    needed: tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """A document: its file name, its text and the questions on it."""

    source: str
    text: str
    posed: tuple[Posed, ...]


def short_documents() -> list[Written]:
    """The blocks as documents of 3 to 15 kB: sister documents of one domain each, the rest mixed."""
    chooser = random.Random(SEED)
    groups: dict[str, list[Block]] = {}
    for block in load_blocks(TRAINING):
        groups.setdefault(block.domain, []).append(block)
    documents, rest = [], []
    for domain, blocks in groups.items():
        chooser.shuffle(blocks)
        if len(blocks) < SISTERS:
            rest += blocks
            continue
        parts = max(1, round(len(blocks) / SISTERS))
        documents += [_document(f"{domain} {2021 + k}", blocks[k::parts], chooser) for k in range(parts)]
    chooser.shuffle(rest)
    while rest:
        taken, rest = rest[: (size := chooser.randint(*MIXED))], rest[size:]
        documents.append(_document(f"{taken[0].domain} and more {len(rest)}", taken, chooser))
    return documents


def long_documents(count: int) -> list[list[Written]]:
    """The blocks in `count` libraries of one long document each."""
    chooser = random.Random(SEED)
    blocks = load_blocks(TRAINING)
    chooser.shuffle(blocks)
    return [[_document(f"collected papers {k}", blocks[k::count], chooser)] for k in range(count)]


def _document(name: str, blocks: Sequence[Block], chooser: random.Random) -> Written:
    """The blocks in order under the document's title, every other document with a heading over each."""
    source = re.sub(r"\W+", "_", name) + ".md"
    headed = chooser.random() < 0.5
    parts = [f"# {name[0].upper()}{name[1:]}"]
    for block in blocks:
        heading = f"## {block.domain[0].upper()}{block.domain[1:]}\n\n" if headed else ""
        parts.append(heading + _paragraph(block.evidence))
    posed = tuple(
        Posed(item, source, tuple(block.evidence[i] for i in sorted(item.support)))
        for block in blocks
        for item in block.items
        if item.support
    )
    return Written(source, "\n\n".join(parts) + "\n", posed)


def _paragraph(sentences: Sequence[str]) -> str:
    """Prose in one line; what does not end like a sentence (rows, lines of a log) in a line of its own."""
    prose = all(_ENDED.search(sentence) for sentence in sentences)
    return (" " if prose else "\n").join(sentences)
