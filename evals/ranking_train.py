"""Learns the weights of index/ranking.json: from the cases of the train split, and from the training blocks.

The cases are few and of a kind (short sister documents); the blocks, laid out as documents, add a variety of topics.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.cases import Case, gold_spans, load_cases
from evals.chunking import FUSED
from evals.measures import Span, overlap
from evals.ranking_examples import Posed, Written, long_documents, short_documents
from evals.run import library_of, synced
from index import ranking
from index.features import FEATURES, describe
from index.library import Library
from index.search import gather
from index.settings import Settings
from index.types import Document

PENALTY = 2e-2  # L2; a tenth or ten times of it changed no recall by more than a point
BLOCKS = 0.5  # what all questions on short documents weigh, and all on long ones, where the cases weigh 1
EVERY_SHORT, EVERY_LONG = 3, 6  # one question in so many: more of them changed nothing
LONG = 4  # libraries of one long document
HARDEST = 100  # sentences kept of a block's pool, besides the gold
DEPTHS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Example:
    """A question's pool: the features of its sentences, and for each thing that is needed the rows that hold it."""

    topic: str
    table: NDArray[np.float64]
    gold: list[list[int]]


@dataclass(frozen=True)
class Group:
    """Examples that together weigh `weight`."""

    examples: Sequence[Example]
    weight: float


def learn_ranking(settings: Settings) -> None:
    """Learn, write the weights, and print what they reach; each topic of the train split also left out in turn."""
    train, dev = (of_cases(split, settings) for split in ("train", "dev"))
    blocks = [Group(examples, BLOCKS) for examples in (_short(settings), _long(settings))]
    weights = learned([Group(_complete(train), 1.0), *blocks])
    about = {"weight": weights.weight, "mean": weights.mean, "spread": weights.spread}
    rounded = {name: [round(float(x), 4) for x in values] for name, values in about.items()}
    ranking.WEIGHTS.write_text(json.dumps({"features": FEATURES, **rounded}, indent=1) + "\n", encoding="utf-8")
    ranking.learned_weights.cache_clear()
    left_out = []
    for topic in sorted({example.topic for example in train}):
        others = learned([Group([e for e in _complete(train) if e.topic != topic], 1.0), *blocks])
        left_out.append(recalls([e for e in train if e.topic == topic], others))
    rows = {
        "train, topic left out": np.vstack(left_out),
        "train": recalls(train, weights),
        "dev": recalls(dev, weights),
    }
    for name, hits in rows.items():
        print(f"ranking, {name}: gold in the best {DEPTHS}: " + " / ".join(f"{x:.1%}" for x in hits.mean(axis=0)))


def of_cases(split: str, settings: Settings) -> list[Example]:
    """One example for each answerable case of the split; where something needed was not proposed, no row holds it."""
    with library_of(split, settings) as library:
        documents = _by_name(library)
        cases = [case for case in load_cases(split) if case.answerable]
        given = ((_question(case), gold_spans(case, documents), case.topic) for case in cases)
        return [example for each in given if (example := _example(library, *each))]


def recalls(examples: Sequence[Example], weights: ranking.Weights) -> NDArray[np.bool_]:
    """For each example whether everything needed is among the best k sentences, for each k of DEPTHS."""
    hits = []
    for example in examples:
        order = np.argsort(-weights.score(example.table), kind="stable")
        hits.append([all(set(order[:k].tolist()) & set(rows) for rows in example.gold) for k in DEPTHS])
    return np.array(hits)


def _complete(examples: Sequence[Example]) -> list[Example]:
    return [example for example in examples if all(example.gold)]


def _short(settings: Settings) -> list[Example]:
    return _of_documents("blocks", short_documents(), EVERY_SHORT, settings)


def _long(settings: Settings) -> list[Example]:
    libraries = enumerate(long_documents(LONG))
    return [e for k, each in libraries for e in _of_documents(f"blocks-{k}", each, EVERY_LONG, settings)]


@contextmanager
def laid_out(name: str, documents: Sequence[Written], settings: Settings) -> Iterator[Library]:
    """A library of written documents, known by this name."""
    folder = settings.index.cache / "evals" / "written" / name
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents:
        (folder / document.source).write_text(document.text, encoding="utf-8")
    with synced(name, folder, settings) as library:
        yield library


def _of_documents(name: str, documents: Sequence[Written], every: int, settings: Settings) -> list[Example]:
    """Examples of written documents, in a library of their own."""
    with laid_out(name, documents, settings) as library:
        known = _by_name(library)
        posed = [posed for document in documents for posed in document.posed][::every]
        given = ((one.item.question, _needed(one, known[one.source]), one.source) for one in posed)
        examples = [e for each in given if (e := _example(library, *each))]
        return [_hardest(example) for example in _complete(examples)]


def _needed(posed: Posed, document: Document) -> list[list[Span]]:
    starts = [document.text.index(words) for words in posed.needed]
    ends = (start + len(words) for start, words in zip(starts, posed.needed, strict=True))
    return [[(document.id, start, end)] for start, end in zip(starts, ends, strict=True)]


def _example(library: Library, question: str, needed: Sequence[Sequence[Span]], topic: str) -> Example | None:
    """None when nothing at all was proposed."""
    gathered = gather(library.catalogue, library.vectors, library.encoder, question, None)
    if gathered.pool is None:
        return None
    spans = [(p.document_id, a, b) for p in gathered.pool.passages for a, b in p.sentences]
    gold = [[row for row, span in enumerate(spans) if any(overlap(span, g) for g in one)] for one in needed]
    return Example(topic, describe(gathered.query, gathered.pool), gold)


def _hardest(example: Example) -> Example:
    """The example with the sentences alone that the fixed fusion ranks highest, and the gold."""
    scores = example.table @ np.array([FUSED.get(name, 0.0) for name in FEATURES])
    gold = {row for rows in example.gold for row in rows}
    kept = sorted({*np.argsort(-scores, kind="stable")[:HARDEST].tolist(), *gold})
    place = {row: position for position, row in enumerate(kept)}
    return Example(example.topic, example.table[kept], [[place[row] for row in rows] for rows in example.gold])


def _by_name(library: Library) -> dict[str, Document]:
    return {Path(d.source).name: d for info in library.documents() for d in [library.document(info.id)]}


def _question(case: Case) -> str:
    return case.standalone or case.question


def learned(groups: Sequence[Group]) -> ranking.Weights:
    """Weights that make the gold sentences likely among their pool (listwise softmax, L2), by L-BFGS.

    Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach" (2007), with top-one probabilities.
    """
    import torch

    stacked = np.vstack([example.table for group in groups for example in group.examples])
    mean, spread = stacked.mean(axis=0), stacked.std(axis=0) + 1e-6
    rows = torch.tensor((stacked - mean) / spread, dtype=torch.float32)
    pools, golds = _segments([len(e.table) for g in groups for e in g.examples]), list(_golds(groups))
    gold_rows = torch.tensor([row for _, found, _ in golds for row in found])
    gold_owner = _segments([len(found) for _, found, _ in golds])
    gold_pool = torch.tensor([pool for pool, _, _ in golds])
    counts = torch.tensor([share for _, _, share in golds])
    weight = torch.zeros(rows.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weight], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        scores = rows @ weight
        likely = _log_sum(scores[gold_rows], gold_owner) - _log_sum(scores, pools)[gold_pool]
        total = PENALTY * (weight * weight).sum() - (counts * likely).sum()
        total.backward()
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return ranking.Weights(weight.detach().numpy().astype(np.float64), mean, spread)


def _golds(groups: Sequence[Group]) -> Iterator[tuple[int, list[int], float]]:
    """Each needed thing of each example: the example's number, the rows of all tables that hold it, what it weighs."""
    number = offset = 0
    for group in groups:
        for example in group.examples:
            for rows in example.gold:
                share = group.weight / (len(group.examples) * len(example.gold))
                yield number, [offset + row for row in rows], share
            number, offset = number + 1, offset + len(example.table)


def _segments(lengths: Sequence[int]) -> Any:
    import torch

    return torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))


def _log_sum(scores: Any, segments: Any) -> Any:
    """The log of the sum of exp(scores) of each segment."""
    import torch

    count = int(segments[-1]) + 1
    top = torch.full((count,), -torch.inf).scatter_reduce(0, segments, scores.detach(), "amax")
    return top + torch.log(torch.zeros(count).index_add(0, segments, torch.exp(scores - top[segments])))
