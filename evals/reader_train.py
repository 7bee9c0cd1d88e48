"""`python -m evals.reader_train`: trains the small reader on evals/training/*.jsonl and the cases of the train split.

It learns which of several sentences answer a question, that none of them may, and where the answer stands in one. A
twelfth of the blocks is held out to tell learning from memorising and to calibrate; how it orders the sentences of the
dev split is printed beside it; no other split is read. Each epoch varies every example afresh from a fixed seed; an
interrupted run goes on after its last whole epoch. Writes reader.npz: what training changed, eight bits a weight.
"""

import argparse
import random
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from evals.adapter_train import split
from evals.asked import Asked, asked_cases, longest
from evals.blocks import TRAINING, load_blocks
from evals.measures import overlap, recalls, touched
from evals.precision import computing
from evals.ranking_examples import short_documents
from evals.ranking_train import laid_out
from evals.reader_examples import Candidate, Line, Posed, Variation, posed_of
from index.convert import packaged
from index.settings import Settings, load_settings
from index.types import Evidence
from rag.reader import INPUTS, WEIGHTS, network, open_tokenizer, pack, padded, unpacked
from rag.rerank import pair, standing

EPOCHS, RATE, ROWS, SEED = 1, 1.2e-4, 28, 7
FROZEN = 2  # the lowest layers, like the embeddings, stay as they are: less to compute, nothing to ship
WARM = 0.04  # share of the steps in which the rate rises
FOUND_FOR = 2  # for one question in so many of the blocks the search is asked too
FOUND = 12  # best sentences of a search
CASES = 4  # how often the cases are seen in an epoch
SPANS = 0.5  # what finding the words of the answer counts beside finding the sentence
DEPTHS = (1, 2, 3, 5, 8)


def written(settings: Settings, data: Path) -> tuple[list[Posed], list[Posed]]:
    """The questions of the blocks, those to learn from with what a search over all blocks as documents finds."""
    blocks, held = split(load_blocks(data))
    found = _found(settings, {item.question for block in blocks for item in block.items})
    return [one for block in blocks for one in posed_of(block, found)], [
        one for block in held for one in posed_of(block, {})
    ]


def _found(settings: Settings, wanted: Collection[str]) -> Mapping[str, Sequence[Line]]:
    """What the search finds for one in FOUND_FOR of the questions, all the written blocks laid out as documents."""
    documents = short_documents()
    posed = [posed.item.question for document in documents for posed in document.posed]
    questions = [question for question in posed if question in wanted][::FOUND_FOR]
    with laid_out("blocks", documents, settings) as library:
        return {question: [line(item) for item in library.find(question).evidence[:FOUND]] for question in questions}


def line(item: Evidence) -> Line:
    """A sentence that was found, as it is shown to the reader."""
    return Line(*standing(item), item.text)


def of_case(asked: Asked) -> Posed | None:
    """The case on what was found for it; None where that lacks a part of the answer."""
    gold = [place for one in asked.gold for place in one]
    places = [(item.passage.document_id, item.start, item.end) for item in asked.evidence]
    support = frozenset(n for n, place in enumerate(places) if any(overlap(place, g) for g in gold))
    if asked.case.answerable and not all(touched(places, asked.gold)):
        return None
    variants = [variant for group in asked.case.answers for variant in group]
    texts = [asked.evidence[n].text for n in support]
    spans = {text[a:b] for text in texts for variant in variants for a, b in longest(text, [variant])}
    shorts = () if asked.case.kind == "yesno" else tuple(spans)
    return Posed(asked.question, tuple(map(line, asked.evidence)), support, shorts)


def batches(lists: Sequence[Sequence[Candidate]], seed: int) -> list[list[Sequence[Candidate]]]:
    """Whole lists of like length together, so that little is padded; at most about ROWS candidates each."""
    chooser = random.Random(seed)
    length = [max((len(c.asked) + len(c.text) for c in one), default=0) + 40 * chooser.random() for one in lists]
    made: list[list[Sequence[Candidate]]] = [[]]
    for number in sorted(range(len(lists)), key=length.__getitem__):
        if sum(map(len, made[-1])) + len(lists[number]) > ROWS:
            made.append([])
        made[-1].append(lists[number])
    chooser.shuffle(made)
    return [batch for batch in made if batch]


class Trainer:
    """The network, its optimiser and its losses; `start` are weights that were learned before, to go on from."""

    def __init__(self, base: Path, start: Path | None = None) -> None:
        torch.manual_seed(SEED)
        self.model: Any = unpacked(base, start)[0] if start else network(base)
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

    def step(self, batch: Sequence[Sequence[Candidate]], progress: float) -> float:
        """One update; `progress` in (0, 1] sets the learning rate: linear warm-up, then linear decay."""
        for group, rate in zip(self.optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * min(progress / WARM, (1 - progress) / (1 - WARM) + 0.02)
        rows = [candidate for one in batch for candidate in one]
        with computing():
            answerable, spans, encodings = self.run(rows)
        loss = _list_loss(answerable.float(), batch) + SPANS * _span_loss(spans.float(), encodings, rows)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return float(loss.detach())

    def run(self, rows: Sequence[Candidate]) -> tuple[Any, Any, Any]:
        """The answerable logits, the span logits and the encodings of some candidates."""
        encodings = self._tokenizer.encode_batch([(row.asked, row.text) for row in rows])
        feeds = padded(encodings)
        return (*self.model(*(torch.from_numpy(feeds[name]) for name in INPUTS)), encodings)

    def logits(self, rows: Sequence[Candidate]) -> Any:
        """The answerable logit of each candidate."""
        with torch.no_grad():
            return np.concatenate([self.run(rows[i : i + 32])[0].numpy() for i in range(0, len(rows), 32)])


def _list_loss(answerable: Any, batch: Sequence[Sequence[Candidate]]) -> Any:
    """Minus the log probability that each sentence that answers is chosen, or that none is, where nothing answers.

    A softmax over what does not answer, the sentence at hand and "none", whose logit is zero: so logits of different
    questions can be compared.
    """
    losses, at = [], 0
    for one in batch:
        logits, supports = answerable[at : at + len(one)], torch.tensor([c.supports for c in one])
        at += len(one)
        rest = torch.cat([logits[~supports], logits.new_zeros(1)]).logsumexp(0)
        right = logits[supports]
        losses.append((torch.logaddexp(rest, right) - right).mean() if supports.any() else rest)
    return torch.stack(losses).mean()


def _span_loss(spans: Any, encodings: Any, rows: Sequence[Candidate]) -> Any:
    """Minus the log probability of any right start and any right end; of the first token where nothing answers."""
    allowed = [[sequence == 1 or i == 0 for i, sequence in enumerate(e.sequence_ids)] for e in encodings]
    mask = torch.tensor([row + [False] * (spans.shape[1] - len(row)) for row in allowed])
    likely, losses = torch.log_softmax(spans.masked_fill(~mask.unsqueeze(-1), -1e4), dim=1), [spans.sum() * 0]
    for row, (candidate, encoding) in enumerate(zip(rows, encodings, strict=True)):
        ends = [(encoding.char_to_token(a, 1), encoding.char_to_token(b - 1, 1)) for a, b in candidate.spans]
        found = [end for end in ends if None not in end] if candidate.supports else [(0, 0)]
        sides = (0, 1) if found else ()
        losses += [-torch.logsumexp(likely[row, sorted({end[k] for end in found}), k], 0) for k in sides]
    return torch.stack(losses).sum() / max(1, len(losses) - 1)


def _judged(trainer: Trainer, held: Sequence[Sequence[Candidate]], dev: Sequence[Asked]) -> str:
    """How well it does, told."""
    from sklearn.metrics import roc_auc_score

    told = [trainer.logits(one) for one in held]
    answered = [any(c.supports for c in one) for one in held]
    first = [one[int(logits.argmax())].supports for one, logits in zip(held, told, strict=True)]
    right = np.mean([f for f, known in zip(first, answered, strict=True) if known])
    area = roc_auc_score(answered, [logits.max() for logits in told])
    return f"held out: right sentence first {right:.1%}, area {area:.3f}; dev: {_dev(trainer, dev)}"


def _dev(trainer: Trainer, dev: Sequence[Asked]) -> str:
    """Every gold sentence among the best of dev as ranked, by the reader alone, by the sum of both; and the area."""
    from sklearn.metrics import roc_auc_score

    rows: dict[str, list[list[float]]] = {"ranked": [], "reader": [], "both": []}
    known, sure = [], []
    for asked in dev:
        shown = [Candidate(*pair(asked.question, item), False, ()) for item in asked.evidence]
        told = trainer.logits(shown)
        known.append(asked.case.answerable)
        sure.append(float(told.max()))
        scores = np.array([item.score for item in asked.evidence])
        if asked.case.answerable:
            for name, by in (("ranked", scores), ("reader", told), ("both", scores + told)):
                order = np.argsort(-by, kind="stable")
                places = [asked.evidence[n] for n in order]
                spans = [(item.passage.document_id, item.start, item.end) for item in places]
                rows[name].append([*recalls(name, spans, asked.gold, DEPTHS).values()])
    told_rows = (f"{name} " + "/".join(f"{x:.0%}" for x in np.mean(hits, axis=0)) for name, hits in rows.items())
    return ", ".join(told_rows) + f", area {roc_auc_score(known, sure):.3f}"


def _lists(posed: Sequence[Posed], seed: int) -> Iterator[list[Candidate]]:
    vary = Variation(seed)
    return (made for one in posed for made in vary.of(one) if made)


def main() -> int:
    """Train, and write the weights."""
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=TRAINING)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    base, last = packaged(), options.out.with_suffix(".pt")
    posed, held_posed = written(load_settings(), options.data)
    cases = [made for asked in asked_cases("train") if (made := of_case(asked))]
    dev, held = asked_cases("dev"), [*_lists(held_posed, 0)]
    trainer, first = Trainer(base, options.start), 0
    if last.exists():
        state = torch.load(last)
        trainer.model.load_state_dict(state["model"])
        trainer.optimiser.load_state_dict(state["optimiser"])
        first = state["epoch"]
    print(f"{len(posed)} questions, {len(cases)} cases", flush=True)
    for epoch in range(first, options.epochs):
        todo = batches([*_lists([*posed, *cases * CASES], SEED + epoch)], SEED + epoch)
        losses = []
        for i, batch in enumerate(todo):
            losses.append(trainer.step(batch, (epoch + (i + 1) / len(todo)) / options.epochs))
            if (i + 1) % 500 == 0:
                print(f"{i + 1} of {len(todo)}: loss {np.mean(losses[-500:]):.3f}", flush=True)
        states = {"model": trainer.model.state_dict(), "optimiser": trainer.optimiser.state_dict()}
        torch.save({**states, "epoch": epoch + 1}, last)
        print(f"epoch {epoch + 1}: {_judged(trainer, held, dev)}", flush=True)
    rows = [candidate for one in held for candidate in one]
    fitted = LogisticRegression(C=1e3).fit(trainer.logits(rows)[:, None], [row.supports for row in rows])
    pack(trainer.model, base, float(fitted.coef_[0, 0]), float(fitted.intercept_[0]), options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
