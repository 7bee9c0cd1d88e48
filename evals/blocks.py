"""The written blocks of evidence with questions (evals/training), and how a question on one is varied by chance."""

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TRAINING = Path(__file__).with_name("training")
NUMBERS, MONTHS, DAYS = (
    tuple(words.split())
    for words in (
        "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty",
        "January February March April May June July August September October November December",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    )
)


@dataclass(frozen=True)
class Item:
    """A question, the sentences that answer it (none: nothing does) and the answer in their words."""

    question: str
    support: frozenset[int]
    short: str
    kind: str


@dataclass(frozen=True)
class Block:
    """Sentences with the questions on them; `domain` says what they are about, such as "council minutes"."""

    evidence: tuple[str, ...]
    items: tuple[Item, ...]
    domain: str = ""


def load_blocks(folder: Path) -> list[Block]:
    """The blocks of every file, in order."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    return [_block(json.loads(line)) for line in lines]


def _block(given: dict[str, Any]) -> Block:
    items = (Item(i["question"], frozenset(i["support"]), i["short"], i["kind"]) for i in given["items"])
    return Block(tuple(given["evidence"]), tuple(items), given.get("domain", ""))


def slipped(question: str, chooser: random.Random) -> str:
    """The question as it may be typed: at times in lower case, at times with a slip of the finger."""
    if chooser.random() < 0.15:
        question = question.lower().rstrip("?")
    if chooser.random() < 0.08 and len(question) > 12:
        i = chooser.randrange(1, len(question) - 2)
        slip = chooser.choice((question[i + 1] + question[i], "", question[i] * 2))
        question = question[:i] + slip + question[i + 2 :]
    return question


def swapped(question: str, said: str, held: str, chooser: random.Random) -> str | None:
    """A near miss: a number, month or day that the question shares with `said`, which answers it, exchanged for one
    that `held`, the evidence, lacks; None where there is nothing to exchange."""
    words = re.findall(r"\w[\w.,:]*\w|\w", question)
    options = [(word, other) for word in words if word in said for other in _rivals(word) if other not in held]
    if not options:
        return None
    word, other = chooser.choice(options)
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", other, question)


def _rivals(word: str) -> list[str]:
    """Other words of the same family: numbers near by, months, days."""
    if word.isdecimal():
        return [str(int(word) + step) for step in (-10, -2, -1, 1, 2, 10) if int(word) + step > 0]
    return [other for family in (NUMBERS, MONTHS, DAYS) if word in family for other in family if other != word]
