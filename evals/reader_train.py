"""`python -m evals.reader_train`: trains the small reader on evals/training/*.jsonl and the cases of the train split.

A tenth of the blocks is held out to tell learning from memorising and to calibrate; the dev split is printed beside it;
no other split is read. Each epoch varies every example afresh from a fixed seed; an interrupted run goes on after its
last whole epoch. Writes reader.npz: what training changed, eight bits a weight.
"""

import argparse
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from evals.blocks import TRAINING, load_blocks
from evals.cases import SPLITS, Case, gold_spans, holds, load_cases
from evals.measures import touched
from evals.reader_contexts import FORMS, context
from evals.reader_examples import Example, Variation, examples
from evals.run import documents_by_name, library_of
from index.convert import packaged
from index.settings import load_settings
from index.types import Evidence
from rag.reader import INPUTS, WEIGHTS, network, open_tokenizer, pack, padded

HELD_OUT = 10  # one block in so many
EPOCHS, RATE, BATCH, SEED = 3, 1.2e-4, 16, 7
FROZEN = 2  # the lowest layers, like the embeddings, stay as they are: less to compute, nothing to ship
WARM = 0.06  # share of the steps in which the rate rises


@dataclass(frozen=True)
class Pair:
    """What the network is shown: a question, a text, whether that answers, and the spans [start, end) that do."""

    question: str
    text: str
    answers: bool
    spans: tuple[tuple[int, int], ...]
    block: int


def paired(example: Example) -> Pair:
    """The example's sentences as one text."""
    text, spans = "", []
    for number, sentence in enumerate(example.sentences):
        shorts = example.shorts if number in example.support else ()
        found = [(len(text) + at, len(short)) for short in shorts if (at := sentence.find(short)) >= 0]
        spans += [(start, start + length) for start, length in found]
        text += sentence + " "
    return Pair(example.question, text.rstrip(), bool(example.support), tuple(spans), example.block)


@dataclass(frozen=True)
class Asked:
    """A case with the question as searched, where its answers stand, and what was really found."""

    case: Case
    question: str
    gold: list[list[tuple[str, int, int]]]
    evidence: list[Evidence]


def asked_cases(split: str) -> list[Asked]:
    """The cases of the split that found anything; those to learn from look in the documents of their split alone, so
    that no word of a document of another split is learned from."""
    with library_of(split, load_settings()) as library:
        documents = documents_by_name(library)
        own = [document.id for name, document in documents.items() if name.startswith(SPLITS[split])]
        asked = []
        for case in load_cases(split):
            question = case.standalone or case.question
            found = list(library.find(question, own if split == "train" else None).evidence[:12])
            asked += [Asked(case, question, gold_spans(case, documents), found)] if found else []
        return asked


def case_pair(asked: Asked, evidence: Sequence[Evidence], form: str, block: int) -> Pair | None:
    """The case on the text that `form` makes of the evidence; None when that holds only a part of the answer."""
    case = asked.case
    text, places = context(evidence, form)
    seen = touched(places, asked.gold)
    yes_no = case.kind == "yesno"
    if case.answerable and all(seen) and (yes_no or holds(text, case.answers)):
        spans = () if yes_no else tuple(span for group in case.answers for span in longest(text, group))
        return Pair(asked.question, text, True, spans, block)
    partly = case.answerable and (any(seen) or holds(text, case.answers))
    return None if partly else Pair(asked.question, text, False, (), block)


def longest(text: str, group: Sequence[str]) -> list[tuple[int, int]]:
    """All places [start, end) of the longest variant that the text holds."""
    for variant in sorted(group, key=len, reverse=True):
        words = r"\s+".join(re.escape(word) for word in variant.split())
        if spans := [m.span() for m in re.finditer(rf"(?<!\w){words}(?!\w)", text, re.I)]:
            return spans
    return []


def case_pairs(cases: Sequence[Asked], seed: int) -> list[Pair]:
    """Each case in one of the forms in which it may be asked, at times with its best evidence not found."""
    chooser, pairs = random.Random(seed), []
    for number, asked in enumerate(cases):
        lost = 0 if chooser.random() < 0.8 else chooser.randint(1, 4)
        if pair := case_pair(asked, asked.evidence[lost:] or asked.evidence, chooser.choice(FORMS), -1 - number):
            pairs.append(pair)
    return pairs


def batches(pairs: Sequence[Pair], seed: int) -> list[list[Pair]]:
    """Batches of whole blocks of like length, so that a question meets its near misses and little is padded."""
    chooser, by_block = random.Random(seed), dict[int, list[Pair]]()
    for pair in pairs:
        by_block.setdefault(pair.block, []).append(pair)
    blocks = sorted(by_block.values(), key=lambda block: max(len(p.text) for p in block) + 60 * chooser.random())
    flat = [pair for block in blocks for pair in block]
    made = [flat[i : i + BATCH] for i in range(0, len(flat), BATCH)]
    chooser.shuffle(made)
    return made


class Trainer:
    """The network, its optimiser and its losses."""

    def __init__(self, base: Path) -> None:
        torch.manual_seed(SEED)
        self.model: Any = network(base)
        self._tokenizer = open_tokenizer(base / "tokenizer.json")
        body: Any = self.model.body
        for part in (body.embeddings, *body.encoder.layer[:FROZEN]):
            part.requires_grad_(False)
        for part in self.model.modules():  # so few passes cannot memorise; dropout would only cost time
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
        heads = [p for name, p in self.model.named_parameters() if not name.startswith("body.")]
        groups = [
            {"params": [p for p in body.parameters() if p.requires_grad], "lr": RATE},
            {"params": heads, "lr": 5 * RATE},
        ]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
        self._rates = [group["lr"] for group in self.optimiser.param_groups]

    def step(self, batch: Sequence[Pair], progress: float) -> float:
        """One update; `progress` in (0, 1] sets the learning rate: linear warm-up, then linear decay."""
        for group, rate in zip(self.optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * min(progress / WARM, (1 - progress) / (1 - WARM) + 0.02)
        answerable, spans, encodings = self.run(batch)
        wanted = torch.tensor([float(pair.answers) for pair in batch])
        loss = functional.binary_cross_entropy_with_logits(answerable, wanted) + _span_loss(spans, encodings, batch) / 2
        block = torch.tensor([pair.block for pair in batch])
        rivals = (block[:, None] == block) & (wanted[:, None] > wanted)
        if rivals.any():  # an answerable question should stand above the near misses of its own block
            loss = loss + functional.softplus(answerable - answerable[:, None])[rivals].mean() / 2
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return float(loss.detach())

    def run(self, batch: Sequence[Pair]) -> tuple[Any, Any, Any]:
        """The answerable logits, the span logits and the encodings of a batch."""
        encodings = self._tokenizer.encode_batch([(pair.question, pair.text) for pair in batch])
        feeds = padded(encodings)
        return (*self.model(*(torch.from_numpy(feeds[name]) for name in INPUTS)), encodings)

    def logits(self, pairs: Sequence[Pair]) -> Any:
        """The answerable logit of each pair."""
        with torch.no_grad():
            return np.concatenate([self.run(pairs[i : i + 32])[0].numpy() for i in range(0, len(pairs), 32)])


def _span_loss(spans: Any, encodings: Any, batch: Sequence[Pair]) -> Any:
    """Minus the log probability of any right start and any right end; of the first token where nothing answers."""
    allowed = [[sequence == 1 or i == 0 for i, sequence in enumerate(e.sequence_ids)] for e in encodings]
    mask = torch.tensor([row + [False] * (spans.shape[1] - len(row)) for row in allowed])
    likely, losses = torch.log_softmax(spans.masked_fill(~mask.unsqueeze(-1), -1e4), dim=1), [spans.sum() * 0]
    for row, (pair, encoding) in enumerate(zip(batch, encodings, strict=True)):
        ends = [(encoding.char_to_token(a, 1), encoding.char_to_token(b - 1, 1)) for a, b in pair.spans]
        found = [end for end in ends if None not in end] if pair.answers else [(0, 0)]
        sides = (0, 1) if found else ()
        losses += [-torch.logsumexp(likely[row, sorted({end[k] for end in found}), k], 0) for k in sides]
    return torch.stack(losses).sum() / max(1, len(losses) - 1)


def main() -> int:
    """Train, and write the weights."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=TRAINING)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    base, last = packaged(), options.out.with_suffix(".pt")
    blocks = [examples(block, number) for number, block in enumerate(load_blocks(options.data))]
    random.Random(0).shuffle(blocks)
    kept = len(blocks) // HELD_OUT
    held, blocks = [paired(example) for block in blocks[:kept] for example in block], blocks[kept:]
    cases, dev_cases = asked_cases("train"), asked_cases("dev")
    dev = [Pair(a.question, context(a.evidence, "window")[0], a.case.answerable, (), 0) for a in dev_cases]
    trainer, first = Trainer(base), 0
    if last.exists():
        state = torch.load(last)
        trainer.model.load_state_dict(state["model"])
        trainer.optimiser.load_state_dict(state["optimiser"])
        first = state["epoch"]
    for epoch in range(first, EPOCHS):
        vary = Variation(blocks, SEED + epoch)
        pairs = [paired(varied) for block in blocks for example in block for varied in vary.of(example)]
        todo = batches(pairs + case_pairs(cases, SEED + epoch), SEED + epoch)
        losses = [trainer.step(b, (epoch + (i + 1) / len(todo)) / EPOCHS) for i, b in enumerate(todo)]
        states = {"model": trainer.model.state_dict(), "optimiser": trainer.optimiser.state_dict()}
        torch.save({**states, "epoch": epoch + 1}, last)
        areas = [roc_auc_score([p.answers for p in some], trainer.logits(some)) for some in (held, dev)]
        told = f"area under the ROC curve: held out {areas[0]:.3f}, dev {areas[1]:.3f}"
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}; {told}", flush=True)
    line = LogisticRegression(C=1e3).fit(trainer.logits(held)[:, None], [pair.answers for pair in held])
    pack(trainer.model, base, float(line.coef_[0, 0]), float(line.intercept_[0]), options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
