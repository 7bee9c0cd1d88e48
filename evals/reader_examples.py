"""The written training examples of the reader, and further ones made of them by chance from a fixed seed."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

FAMILIES = tuple(
    words.split()
    for words in (
        "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty",
        "January February March April May June July August September October November December",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    )
)


@dataclass(frozen=True)
class Example:
    """A question on sentences; `support` are those that answer it, `shorts` the words that do (none of a yes or no)."""

    question: str
    sentences: tuple[str, ...]
    support: frozenset[int]
    shorts: tuple[str, ...]
    block: int


def load_blocks(folder: Path) -> list[list[Example]]:
    """The examples of each block of each file, in order."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    return [_block(number, json.loads(line)) for number, line in enumerate(lines)]


def _block(number: int, given: dict[str, Any]) -> list[Example]:
    evidence, examples = tuple(given["evidence"]), []
    for item in given["items"]:
        whole = any(item["short"] in sentence for sentence in evidence)
        shorts = [item["short"]] if whole else [part.strip() for part in item["short"].split(";")]
        said = tuple(shorts) if item["short"] and item["kind"] != "yesno" else ()
        examples.append(Example(item["question"], evidence, frozenset(item["support"]), said, number))
    return examples


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
        if chance() < 0.2 and (question := self._swapped(example)):
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

    def _swapped(self, example: Example) -> str | None:
        """A near miss: a number, month or day that question and support share, exchanged in the question alone."""
        held = " ".join(example.sentences[i] for i in example.support)
        words = re.findall(r"\w[\w.,:]*\w|\w", example.question)
        options = [(w, other) for w in words if w in held for other in rivals(w) if other not in held]
        if not options:
            return None
        word, other = self._random.choice(options)
        return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", other, example.question)

    def _typed(self, example: Example) -> Example:
        return replace(example, question=slipped(example.question, self._random))


def slipped(question: str, random_: random.Random) -> str:
    """The question as it may be typed: at times in lower case, at times with a slip of the finger."""
    chance = random_.random
    if chance() < 0.15:
        question = question.lower().rstrip("?")
    if chance() < 0.08 and len(question) > 12:
        i = random_.randrange(1, len(question) - 2)
        slip = random_.choice((question[i + 1] + question[i], "", question[i] * 2))
        question = question[:i] + slip + question[i + 2 :]
    return question


def rivals(word: str) -> list[str]:
    """Other words of the same family: numbers near by, months, days."""
    if word.isdecimal():
        return [str(int(word) + step) for step in (-10, -2, -1, 1, 2, 10) if int(word) + step > 0]
    return [other for family in FAMILIES if word in family for other in family if other != word]
