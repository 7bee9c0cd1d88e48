"""What a model is taught to do, as texts with what is wanted after each: read several sentences, read one alone, and
make a follow-up question stand alone. Knows nothing of tokens or models.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals.blocks import Block, Item
from index.words import terms
from rag.prompts import UNKNOWN, alone, rewriting, taught
from rag.types import Turn

FOLLOWUPS = Path(__file__).with_name("followups.jsonl")
# Of how many questions of a block single sentences are read in one pass, of those without an answer at most so many,
# and how many sentences without the answer for each: those most like the question. Else "unknown" would be nearly all.
MOST_ASKED, MOST_NEAR, TEMPTING = 6, 2, 2
NAME = re.compile(r"^\[[^\]]+\] ")


@dataclass(frozen=True)
class Task:
    """A text that several branches share, each of which goes on from its end: (what is said, what is wanted then)."""

    shared: str
    branches: tuple[tuple[str, str], ...]


def reading(block: Block) -> Task:
    """The evidence once, then each question."""
    prompts = [str(taught(" ".join(block.evidence), item.question)[0].content) for item in block.items]
    return _branched(prompts, "Question", [item.short or UNKNOWN for item in block.items])


def reading_alone(block: Block, chooser: random.Random) -> Iterator[Task]:
    """For some questions: the question once, then each of some sentences: what answers, what is like it, and others."""
    lines = named(block.evidence)
    items = chooser.sample(block.items, len(block.items))
    near = [item for item in items if not item.support][:MOST_NEAR]
    for item in [*near, *(item for item in items if item.support)][:MOST_ASKED]:
        chosen = [(n, wanted) for n in _chosen(block, item, chooser) if (wanted := said_alone(block, item, n))]
        if chosen:
            yield sentences_alone(item.question, [(lines[n], wanted) for n, wanted in chosen])


def sentences_alone(question: str, sentences: Sequence[tuple[str, str]]) -> Task:
    """The question once, then each sentence with what is wanted of it."""
    prompts = [str(alone(sentence, question)[0].content) for sentence, _ in sentences]
    return _branched(prompts, "Text", [wanted for _, wanted in sentences])


def _branched(prompts: Sequence[str], mark: str, wanted: Sequence[str]) -> Task:
    """Prompts that are alike up to the line that begins with the mark, with what is wanted after each."""
    shared = prompts[0].index(f"\n{mark}:") + 1
    return Task(prompts[0][:shared], tuple(zip((prompt[shared:] for prompt in prompts), wanted, strict=True)))


def said_alone(block: Block, item: Item, number: int) -> str:
    """What one sentence of the evidence answers; empty where that cannot be told."""
    sentence, parts = block.evidence[number], item.short.split("; ") if item.short else []
    if number not in item.support:
        # What happens to hold the words of the answer may answer too.
        return "" if item.kind != "yesno" and any(part in sentence for part in parts) else UNKNOWN
    if item.kind == "yesno":
        return item.short if len(item.support) == 1 else ""
    return item.short if item.short in sentence else "; ".join(part for part in parts if part in sentence)


def named(lines: Sequence[str]) -> list[str]:
    """Each line under the name that the last one before it was given, if any."""
    name, told = "", []
    for line in lines:
        if found := NAME.match(line):
            name, line = found.group(), line[found.end() :]
        told.append(name + line)
    return told


def _chosen(block: Block, item: Item, chooser: random.Random) -> list[int]:
    """The sentences to read for a question, in random order."""
    asked = Counter(terms(item.question))
    others = [n for n in range(len(block.evidence)) if n not in item.support]
    chooser.shuffle(others)
    others.sort(key=lambda n: -sum((asked & Counter(terms(block.evidence[n]))).values()))
    chosen = [*item.support, *others[:TEMPTING]]
    chooser.shuffle(chosen)
    return chosen


@dataclass(frozen=True)
class FollowUp:
    """A question in a conversation, and the same as a person would have asked it alone."""

    history: tuple[Turn, ...]
    question: str
    standalone: str


def load_followups() -> list[FollowUp]:
    """The written follow-ups, in order."""
    given = map(json.loads, FOLLOWUPS.read_text(encoding="utf-8").splitlines())
    return [
        FollowUp(tuple(Turn(t["role"], t["text"]) for t in one["history"]), one["question"], one["standalone"])
        for one in given
    ]


def rewritings(followups: Sequence[FollowUp]) -> list[Task]:
    """One task for each conversation: what was said once, then each question that followed on it."""
    tasks: dict[str, Task] = {}
    for one in followups:
        prompt = str(rewriting(one.history, one.question)[0].content)
        at = prompt.index("\nFollow-up:") + 1
        task = tasks.get(prompt[:at], Task(prompt[:at], ()))
        tasks[prompt[:at]] = replace(task, branches=(*task.branches, (prompt[at:], one.standalone)))
    return list(tasks.values())
