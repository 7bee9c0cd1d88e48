"""`python -m evals.adapter_train`: teaches the default language model to read, and writes rag/adapter.gguf.

It learns to read several sentences, to read one alone, and to make a follow-up question stand alone
(evals/adapter_tasks.py); what branches share is computed once. A twelfth of the written blocks and conversations is
held out and judged beside the dev split; no other split is read. An interrupted run goes on after its last checkpoint.
"""

import argparse
import itertools
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import torch

from evals.adapter_examples import Variation, case_item
from evals.adapter_model import SEED, Learner, Packed, joined
from evals.adapter_tasks import Task, load_followups, reading, reading_alone, rewritings
from evals.asked import asked_cases
from evals.blocks import TRAINING, Block, load_blocks
from rag.assistant import MOST_CHARACTERS, TAUGHT_READS
from rag.context import context
from rag.models import ADAPTER, DEFAULT, PACKAGED

Written = TypeVar("Written")
HELD_OUT, HELD = 12, 5  # of so many blocks this one
TOKENS, RATE, RANK = 1_100_000, 3e-4, 16
STEP = 900  # tokens in one step, or more: longer rows use the processor better
WARM = 8_000  # tokens over which the rate rises
CHECKPOINT = 200_000  # tokens
LONGEST = 1000  # tokens of a task


def split(written: Sequence[Written]) -> tuple[list[Written], list[Written]]:
    """What is learned from, and what is held out."""
    return [one for n, one in enumerate(written) if n % HELD_OUT != HELD], list(written[HELD::HELD_OUT])


def held_tasks(blocks: Sequence[Block], talks: Sequence[Task]) -> dict[str, Sequence[Task]]:
    """What is judged, by what it is, from blocks and conversations that nothing is learned from."""
    chooser = random.Random(SEED)
    return {
        "several": [reading(block) for block in blocks],
        "alone": [task for block in blocks for task in reading_alone(block, chooser)],
        "rewritten": talks,
    }


def dev_tasks() -> list[Task]:
    """The dev cases, each on what was really found for it."""
    tasks = []
    for asked in asked_cases("dev"):
        evidence = asked.evidence[:TAUGHT_READS]
        text = context(evidence, asked.question, MOST_CHARACTERS)
        if item := case_item(asked, text, evidence):
            tasks.append(reading(Block((text,), (item,))))
    return tasks


def _steps(learner: Learner, blocks: Sequence[Block], talks: Sequence[Task], seed: int) -> Iterator[list[Packed]]:
    """What each step learns from, pass after pass."""
    cases = asked_cases("train")
    for number in itertools.count(seed):
        step: list[Packed] = []
        for row in map(learner.pack, Variation(blocks, cases, number, talks).stream()):
            step += [row] if len(row.ids) <= LONGEST else []
            if sum(len(one.ids) for one in step) >= STEP:
                yield step
                step = []


def _stepped(learner: Learner, optimiser: torch.optim.Optimizer, packed: Packed, rate: float) -> float:
    """Learn from one step; its loss before."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    loss = learner.loss(packed)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(learner.parameters, 1.0)
    optimiser.step()
    optimiser.zero_grad()
    return float(loss.detach())


def _judged(learner: Learner, held: Mapping[str, Sequence[Task]], share: int = 1) -> dict[str, dict[str, float]]:
    """How well each of the held-out things is done, looking at one in `share` of them."""
    figures = {what: learner.judge(tasks[::share]) for what, tasks in held.items()}
    figures["alone"] |= learner.first(held["alone"][::share])
    return figures


def _told(figures: dict[str, dict[str, float]]) -> str:
    return "; ".join(
        f"{what}: " + ", ".join(f"{name} {value:.3f}" for name, value in values.items())
        for what, values in figures.items()
    )


def _record(
    given: argparse.Namespace, blocks: Sequence[Block], done: int, figures: dict[str, float], whole: bool
) -> None:
    """Add the figures of reading several sentences to the file of runs, if one is given; those of checkpoints make a
    curve."""
    if given.record:
        examples = sum(len(block.items) for block in blocks[: given.blocks])
        run = {"base": given.base, "rank": given.rank, "rate": given.rate, "examples": examples, "tokens": done}
        with given.record.open("a", encoding="utf-8") as record:
            record.write(json.dumps(run | {"start": bool(given.start), "curve": not whole} | figures) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, judge, write."""
    given = _parser().parse_args(arguments)
    learner = Learner(given.base, given.rank, given.start)
    blocks, held_blocks = split(load_blocks(given.data))
    talks, held_talks = split(rewritings(load_followups()))
    held = held_tasks(held_blocks, held_talks)
    random.Random(given.seed).shuffle(blocks)
    optimiser = torch.optim.AdamW(learner.parameters, lr=given.rate, weight_decay=0.01)
    saved, done, steps = given.out.with_suffix(".pt"), 0, 0
    if saved.exists():
        state = torch.load(saved)
        learner.model.load_state_dict(state["model"], strict=False)
        optimiser.load_state_dict(state["optimiser"])
        done = state["done"]
    told = done
    for step in _steps(learner, blocks[: given.blocks], talks, given.seed + done):
        packed = joined(step)
        rate = given.rate * min(1.0, (done + 1) / WARM) * max(0.05, 1 - done / given.tokens)
        loss = _stepped(learner, optimiser, packed, rate)
        done, steps = done + len(packed.ids), steps + 1
        if steps % 20 == 0:
            print(f"{done} tokens, loss {loss:.3f}", flush=True)
        if done - told >= CHECKPOINT:
            told = done
            kept = {n: p for n, p in learner.model.state_dict().items() if "lora_" in n}
            torch.save({"model": kept, "optimiser": optimiser.state_dict(), "done": done}, saved)
            figures = _judged(learner, held, 4)
            print(f"  held out: {_told(figures)}", flush=True)
            _record(given, blocks, done, figures["several"], whole=False)
        if done >= given.tokens:
            break
    if given.mean:
        learner.halve_the_way()
    learner.write(given.out)
    figures = _judged(learner, held, given.share)
    print(_told(figures | ({"dev": learner.judge(dev_tasks())} if given.share == 1 else {})))
    _record(given, blocks, done, figures["several"], whole=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.adapter_train", description="Teach a model to read.")
    parser.add_argument("--data", type=Path, default=TRAINING, help="folder of written blocks")
    parser.add_argument("--out", type=Path, default=ADAPTER, help="the adapter to write")
    parser.add_argument("--start", type=Path, help="an adapter of the same model and rank to go on from")
    parser.add_argument("--mean", action="store_true", help="write the mean of where it began and where it ended")
    parser.add_argument("--seed", type=int, default=SEED, help="another order of what is learned from")
    parser.add_argument("--base", choices=PACKAGED, default=DEFAULT, help=f"the model to teach ({DEFAULT})")
    parser.add_argument("--blocks", type=int, help="learn from so many blocks only (for a learning curve)")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="when to stop")
    parser.add_argument("--share", type=int, default=1, help="judge by one in so many of what is held out, without dev")
    parser.add_argument("--record", type=Path, help="a file of runs to add this one's figures to")
    parser.add_argument("--rank", type=int, default=RANK)
    parser.add_argument("--rate", type=float, default=RATE, help="learning rate at its highest")
    return parser


if __name__ == "__main__":
    sys.exit(main())
