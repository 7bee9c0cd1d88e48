"""What the reader learns from: questions with sentences, of which some, one or none answers; varied for each pass.

The written blocks (evals/training), with sentences that the search finds for the same question among all of them, and
the cases of the train split with what was really found for them.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evals.adapter_tasks import named
from evals.blocks import Block, Item, slipped, swapped
from index.words import terms
from rag.rerank import asked_of

OWN, FOUND = 3, 3  # sentences beside what answers: of the same text, and found elsewhere
NEAR = 5  # sentences of a text that answers nothing
UNDER_NAME = 0.7  # how often a text stands under a name, as documents do


@dataclass(frozen=True)
class Line:
    """A sentence, the name of what it stands in and the sentence before it."""

    where: str
    before: str
    text: str


@dataclass(frozen=True)
class Posed:
    """A question with sentences: those at `support` answer, in the words `shorts` (none of a yes or no); `others` were
    found elsewhere and do not."""

    question: str
    lines: tuple[Line, ...]
    support: frozenset[int]
    shorts: tuple[str, ...] = ()
    others: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """What the network is shown, whether the text answers, and the spans [start, end) of the text that do."""

    asked: str
    text: str
    supports: bool
    spans: tuple[tuple[int, int], ...]


def posed_of(block: Block, found: Mapping[str, Sequence[Line]]) -> list[Posed]:
    """The questions of a block; `found` are lines that a search brings for a question, some of them the block's own."""
    lines = lines_of(block)
    own = {line.text for line in lines}
    made = []
    for item in block.items:
        shorts = _shorts(item, block)
        others = [line for line in found.get(item.question, ()) if line.text not in own]
        strangers = tuple(line for line in others if not any(short in line.text for short in shorts))
        made.append(Posed(item.question, tuple(lines), item.support, shorts, strangers))
    return made


def lines_of(block: Block) -> list[Line]:
    """The sentences of a block, each under the name that its text was given, else the block's domain."""
    lines: list[Line] = []
    for whole, text in zip(named(block.evidence), block.evidence, strict=True):
        name, _, rest = whole[1:].partition("] ") if whole.startswith("[") else ("", "", whole)
        before = lines[-1].text if lines and not text.startswith("[") else ""
        lines.append(Line(name or block.domain, before, rest))
    return lines


def _shorts(item: Item, block: Block) -> tuple[str, ...]:
    if not item.short or item.kind == "yesno":
        return ()
    return (item.short,) if any(item.short in text for text in block.evidence) else tuple(item.short.split("; "))


class Variation:
    """Makes lists of candidates of questions, other ones for each seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def of(self, posed: Posed) -> Iterator[list[Candidate]]:
        """The question on its sentences and some others, and at times one that nothing answers made of it."""
        if not posed.support:
            yield self._listed(posed, self._tempting(posed, NEAR))
            return
        yield self._listed(posed, [*posed.support, *self._tempting(posed, OWN)], self._some(posed.others, FOUND))
        said = " ".join(posed.lines[n].text for n in posed.support)
        if self._random.random() < 0.15 and (question := swapped(posed.question, said, said, self._random)):
            wrong = replace(posed, question=question, support=frozenset(), shorts=())
            yield self._listed(wrong, [*posed.support, *self._tempting(posed, NEAR - len(posed.support))])

    def _tempting(self, posed: Posed, count: int) -> list[int]:
        """Sentences that do not answer, most of them those most like the question."""
        asked = set(terms(posed.question))
        rest = [n for n in range(len(posed.lines)) if n not in posed.support]
        likeness = {n: len(asked & set(terms(posed.lines[n].text))) + 1.5 * self._random.random() for n in rest}
        return sorted(rest, key=lambda n: -likeness[n])[: max(0, count)]

    def _some(self, lines: Sequence[Line], count: int) -> list[Line]:
        return self._random.sample(lines, min(count, len(lines)))

    def _listed(self, posed: Posed, chosen: Sequence[int], others: Sequence[Line] = ()) -> list[Candidate]:
        question, bare = slipped(posed.question, self._random), self._random.random() >= UNDER_NAME
        shown = [(posed.lines[n], n in posed.support) for n in chosen] + [(line, False) for line in others]
        self._random.shuffle(shown)
        return [
            Candidate(
                asked_of(question, "" if bare else line.where, line.before),
                line.text,
                supports,
                tuple(_places(line.text, posed.shorts)) if supports else (),
            )
            for line, supports in shown
        ]


def _places(text: str, shorts: Sequence[str]) -> Iterator[tuple[int, int]]:
    return ((at, at + len(short)) for short in shorts if (at := text.find(short)) >= 0)
