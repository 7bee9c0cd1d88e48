"""What the adapter learns from: blocks of evidence with questions, varied afresh for each pass, from a fixed seed.

The written blocks (evals/training) and the cases of the train split, with what was really found for them.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evals.adapter_tasks import NAME, Task, named, reading, reading_alone, sentences_alone
from evals.asked import Asked, longest
from evals.blocks import Block, Item, slipped, swapped
from evals.cases import fold
from evals.measures import touched
from index.types import Evidence
from rag.context import context
from rag.prompts import UNKNOWN

MOST_CHARACTERS = 2000
# How many other texts stand beside a block, by chance one of these: a search brings sentences of several documents.
STRANGERS = (0, 0, 0, 1, 1, 2, 3)
NAMED = 0.7  # how often texts stand under a name, as documents do
# The answers of these kinds of case are key words, not what a person would say; only their refusals teach.
KEYWORDS = frozenset(("why", "definition", "compare", "multi", "paraphrase", "what"))
MOST_ITEMS = 9
WHOLE, FEW = 0.3, 0.6  # up to which chance a block is read whole, a few of its sentences are; else one by one
BESIDE, UNANSWERED = 2, 3  # few sentences are so many, or those of one answer; of the questions they do not answer
FOUND_ALONE = 5  # sentences found for a case that are read one by one


class Variation:
    """Makes tasks of blocks and cases, other ones for each seed; `talks` are conversations to rewrite."""

    def __init__(self, blocks: Sequence[Block], cases: Sequence[Asked], seed: int, talks: Sequence[Task] = ()) -> None:
        self._blocks, self._cases, self._talks = blocks, cases, talks
        self._random = random.Random(seed)

    def stream(self) -> Iterator[Task]:
        """Every block and case once, varied, read whole or sentence by sentence, and every conversation; in random
        order."""
        todo: list[Block | Asked | Task] = [*self._blocks, *self._cases, *self._talks]
        self._random.shuffle(todo)
        for one in todo:
            if isinstance(one, Task):
                yield one
            elif isinstance(one, Asked):
                yield from self._together(self.of_case(one)) if self._random.random() < 0.5 else self.case_apart(one)
            elif (chance := self._random.random()) < FEW:
                yield from self._together(self.of(one) if chance < WHOLE else self.of_few(one))
            else:
                yield from reading_alone(self.apart(one), self._random)

    def _together(self, block: Block) -> Iterator[Task]:
        if block.items:
            yield reading(replace(block, items=block.items[:MOST_ITEMS]))

    def of(self, block: Block) -> Block:
        """Sentences dropped (with an answer's last support gone nothing answers), strangers added, questions mistyped
        or asked of another number, month or day."""
        gone = self._dropped(block)
        kept = [text for n, text in enumerate(block.evidence) if n not in gone]
        held = " ".join(kept)
        items = []
        for item in block.items:
            if not item.support & gone:
                items.append(self._typed(item))
                items += self._swapped(item, block, held)
            elif item.support <= gone and not _says(held, item):
                items.append(self._typed(_unanswered(item)))
        self._random.shuffle(items)
        return Block(tuple(self._beside(kept, block)), tuple(items))

    def of_few(self, block: Block) -> Block:
        """The sentences of one answer, or two, as the best of a search are read together: the questions that they
        answer, and some that they do not."""
        asked = self._random.choice(block.items)
        rest = [n for n in range(len(block.evidence)) if n not in asked.support]
        beside = self._random.sample(rest, min(len(rest), max(0, BESIDE - len(asked.support))))
        kept = {*asked.support, *beside}
        texts = _under_one_name(named(block.evidence), sorted(kept))
        held = " ".join(texts)
        answered = [item for item in block.items if item.support and item.support <= kept]
        near = [_unanswered(item) for item in block.items if not item.support & kept and not _says(held, item)]
        near += [miss for item in answered for miss in self._swapped(item, block, held)]
        near = self._random.sample(near, min(len(near), UNANSWERED))
        items = [self._typed(item) for item in [*answered, *near]]
        self._random.shuffle(items)
        lines = self._named(texts, block.domain) if self._random.random() < NAMED else texts
        return Block(tuple(lines), tuple(items))

    def apart(self, block: Block) -> Block:
        """The block's own sentences, each under its name or none of them, and near misses beside its questions."""
        held = " ".join(block.evidence)
        items = [made for item in block.items for made in (self._typed(item), *self._swapped(item, block, held))]
        lines = self._named(list(block.evidence), block.domain) if self._random.random() < NAMED else block.evidence
        return replace(block, evidence=tuple(named(lines)), items=tuple(items))

    def case_apart(self, asked: Asked) -> Iterator[Task]:
        """Some of the sentences that were found for a case, one by one; none where what they answer is not known."""
        texts = [context([item], asked.question, MOST_CHARACTERS) for item in asked.evidence]
        items = [case_item(asked, text, [item]) for text, item in zip(texts, asked.evidence, strict=True)]
        known = [(text, item.short or UNKNOWN) for text, item in zip(texts, items, strict=True) if item]
        if known and (not asked.case.answerable or any(said != UNKNOWN for _, said in known)):
            chosen = self._random.sample(known, min(FOUND_ALONE, len(known)))
            yield sentences_alone(slipped(asked.question, self._random), chosen)

    def _beside(self, kept: list[str], block: Block) -> list[str]:
        """The sentences among those of other texts, each text under its name, or none of them."""
        others = [self._random.choice(self._blocks) for _ in range(self._random.choice(STRANGERS))]
        texts = [(self._some(other.evidence), other) for other in others if other is not block]
        texts.insert(self._random.randint(0, len(texts)), (kept, block))
        named = self._random.random() < NAMED
        return [line for lines, owner in texts for line in (self._named(lines, owner.domain) if named else lines)]

    def _some(self, evidence: Sequence[str]) -> list[str]:
        first = self._random.randrange(len(evidence))
        return list(evidence[first : first + self._random.randint(1, 4)])

    def _named(self, lines: list[str], domain: str) -> list[str]:
        """The lines under a name as a file might have it, unless they name their documents themselves."""
        if not lines or any(line.startswith("[") for line in lines):
            return lines
        number = self._random.choice(
            ("", "", f" {self._random.randint(2015, 2026)}", f" {self._random.randint(1, 30)}")
        )
        return [f"[{domain}{number}] {lines[0]}", *lines[1:]]

    def _dropped(self, block: Block) -> set[int]:
        count, chance = len(block.evidence), self._random.random
        needed = sorted({n for item in block.items for n in item.support})
        gone = {self._random.choice(needed)} if count > 2 and needed and chance() < 0.25 else set()
        if chance() < 0.2:
            gone |= {n for n in range(count) if n not in needed and chance() < 0.5}
        return gone if len(gone) < count else set()

    def _swapped(self, item: Item, block: Block, held: str) -> list[Item]:
        """A near miss, at times: a number, month or day that question and support share, another in the question."""
        if not item.support or item.kind == "yesno" or self._random.random() >= 0.25:
            return []
        said = " ".join(block.evidence[n] for n in item.support)
        question = swapped(item.question, said, held, self._random)
        return [_unanswered(replace(item, question=question))] if question else []

    def _typed(self, item: Item) -> Item:
        return replace(item, question=slipped(item.question, self._random))

    def of_case(self, asked: Asked) -> Block:
        """What was found for a case, at times without its best, with its question and others of the same documents."""
        lost = 0 if self._random.random() < 0.85 else self._random.randint(1, 4)
        evidence = asked.evidence[lost:][: self._random.randint(3, 11)] or asked.evidence[:3]
        text = context(evidence, asked.question, MOST_CHARACTERS)
        topic = [a for a in self._cases if a.case.topic == asked.case.topic and a is not asked]
        items, strangers = [], 0
        for other in [asked, *self._random.sample(topic, min(25, len(topic)))]:
            item = case_item(other, text, evidence)
            if item is None or (other is not asked and not item.short and strangers > 1):
                continue
            strangers += other is not asked and not item.short
            items.append(self._typed(item))
        return Block((text,), tuple(items[:6]))


def case_item(asked: Asked, text: str, evidence: Sequence[Evidence]) -> Item | None:
    """The case as a question on this text; None when it holds only a part of the answer, or cannot be graded."""
    case = asked.case
    places = [(e.passage.document_id, e.start, e.end) for e in evidence]
    seen = touched(places, asked.gold)
    found = [longest(text, group) for group in case.answers]
    nothing = Item(asked.question, frozenset(), "", case.kind)
    if not case.answerable:
        return nothing
    if all(seen):
        yes_no = case.kind == "yesno" and fold(case.answers[0][0]) in ("yes", "no")
        if yes_no:
            return replace(nothing, support=frozenset({0}), short=fold(case.answers[0][0]))
        if case.kind in KEYWORDS or case.kind == "yesno" or not all(found):
            return None
        short = "; ".join(text[slice(*places[0])] for places in found)
        return replace(nothing, support=frozenset({0}), short=short)
    return None if any(seen) or all(found) or case.kind == "yesno" else nothing


def _says(held: str, item: Item) -> bool:
    """Whether a text happens to hold words of the answer, and so may give it, though it is not its support."""
    return item.kind != "yesno" and bool(item.short) and any(part in held for part in item.short.split("; "))


def _under_one_name(lines: Sequence[str], kept: Sequence[int]) -> list[str]:
    """The kept lines, each name before the first of those that stand under it."""
    told, last = [], ""
    for number in kept:
        name = found.group() if (found := NAME.match(lines[number])) else ""
        told.append(lines[number][len(name) :] if name == last else lines[number])
        last = name
    return told


def _unanswered(item: Item) -> Item:
    return replace(item, support=frozenset(), short="")
