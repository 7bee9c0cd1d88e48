"""The written training examples of the reader, and further ones made of them by chance from a fixed seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evals.blocks import Block, slipped, swapped


@dataclass(frozen=True)
class Example:
    """A question on sentences; `support` are those that answer it, `shorts` the words that do (none of a yes or no)."""

    question: str
    sentences: tuple[str, ...]
    support: frozenset[int]
    shorts: tuple[str, ...]
    block: int


def examples(block: Block, number: int) -> list[Example]:
    """The written examples of a block, which is known by its number."""
    made = []
    for item in block.items:
        whole = any(item.short in sentence for sentence in block.evidence)
        shorts = (item.short,) if whole else tuple(part.strip() for part in item.short.split(";"))
        said = shorts if item.short and item.kind != "yesno" else ()
        made.append(Example(item.question, block.evidence, item.support, said, number))
    return made


class Variation:
    """Makes other examples of those given: fewer, more or other sentences, misspelt, lower case, swapped words."""

    def __init__(self, blocks: Sequence[Sequence[Example]], seed: int) -> None:
        self._blocks = blocks
        self._random = random.Random(seed)

    def of(self, example: Example) -> Iterator[Example]:
        """The example, varied, and at times further ones that changed evidence or a changed word made unanswerable."""
        chance = self._random.random
        yield self._typed(self._among_others(example))
        if not example.support:
            return
        nothing = replace(example, support=frozenset(), shorts=())
        if chance() < 0.12:
            rest = tuple(s for i, s in enumerate(example.sentences) if i not in example.support)
            yield self._typed(self._among_others(replace(nothing, sentences=rest)))
        if chance() < 0.04:
            yield self._typed(replace(nothing, sentences=self._other().sentences))
        held = " ".join(example.sentences[i] for i in example.support)
        if chance() < 0.2 and (question := swapped(example.question, held, held, self._random)):
            yield self._typed(self._among_others(replace(nothing, question=question)))

    def _other(self) -> Example:
        return self._random.choice(self._random.choice(self._blocks))

    def _among_others(self, example: Example) -> Example:
        """Some sentences without support dropped, some of another block put before, between or after."""
        chance = self._random.random
        kept = [(i in example.support, s) for i, s in enumerate(example.sentences)]
        if chance() < 0.35:
            kept = [pair for pair in kept if pair[0] or chance() < 0.7] or kept
        if chance() < 0.35:
            others = self._other().sentences
            first = self._random.randrange(len(others))
            place = self._random.choice((0, len(kept), self._random.randint(0, len(kept))))
            kept[place:place] = [(False, s) for s in others[first : first + self._random.randint(1, 3)]]
        support = frozenset(i for i, (supports, _) in enumerate(kept) if supports)
        return replace(example, sentences=tuple(s for _, s in kept), support=support)

    def _typed(self, example: Example) -> Example:
        return replace(example, question=slipped(example.question, self._random))
