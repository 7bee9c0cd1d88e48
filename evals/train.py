"""`python -m evals.train`: learns the weights of index/ranking.json and rag/confidence.json from the train split.

Neither ever sees the cases of the other splits. The dev split is printed beside it, to tell learning from memorising.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.cases import Case, gold_spans, load_cases
from evals.measures import overlap
from evals.run import library_of, run_split
from index import ranking
from index.features import FEATURES, describe
from index.search import gather
from index.settings import NO_ADAPTER, Settings, load_settings
from rag import confidence

Example = tuple[NDArray[np.float64], list[list[int]]]
RANKING_PENALTY = 2e-2  # L2; a tenth or ten times of it changed no recall by more than a point
CONFIDENCE_PENALTY = 10.0
TRAINED = ("reader", "model")  # signs of networks that saw the train split, and are too sure there
COVERAGES = (0.97, 0.95, 0.9, 0.8, 0.7, 0.5)


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn the named models (all, in order) and write them beside the code that uses them."""
    parser = argparse.ArgumentParser(prog="python -m evals.train", description="Learn the shipped weights.")
    parser.add_argument("what", nargs="*", choices=[*LEARNERS], default=[*LEARNERS], help="which models (all)")
    for what in parser.parse_args(arguments).what:
        LEARNERS[what](load_settings())
    return 0


def _learn_ranking(settings: Settings) -> None:
    train, dev = (_examples(split, settings) for split in ("train", "dev"))
    stacked = np.vstack([table for table, _ in train])
    mean, spread = stacked.mean(axis=0), stacked.std(axis=0) + 1e-6
    weight = _softmax_regression([((table - mean) / spread, gold) for table, gold in train])
    about = {"features": FEATURES, "weight": weight, "mean": mean, "spread": spread}
    rounded = {k: v if k == "features" else [round(float(x), 4) for x in v] for k, v in about.items()}
    ranking.WEIGHTS.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
    ranking.learned_weights.cache_clear()
    for name, examples in (("train", train), ("dev", dev)):
        tops = [_recall(examples, (weight / spread), k) for k in (1, 2, 5)]
        print(f"ranking, {name}: gold sentences in the best 1/2/5: " + " ".join(f"{top:.1%}" for top in tops))


def _examples(split: str, settings: Settings) -> list[Example]:
    """For each answerable case: the features of its pool's sentences, and the rows that hold each needed thing."""
    examples = []
    with library_of(split, settings) as library:
        documents = {Path(d.source).name: d for info in library.documents() for d in [library.document(info.id)]}
        encoder = library.encoder
        for case in (c for c in load_cases(split) if c.answerable):
            pool = gather(library.catalogue, library.vectors, encoder, _question(case), None)
            if pool.pool is None:
                continue
            spans = [(p.document_id, a, b) for p in pool.pool.passages for a, b in p.sentences]
            gold = [
                [row for row, span in enumerate(spans) if any(overlap(span, g) for g in one)]
                for one in gold_spans(case, documents)
            ]
            if all(gold):
                examples.append((describe(pool.query, pool.pool), gold))
    return examples


def _question(case: Case) -> str:
    return case.standalone or case.question


def _softmax_regression(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Weights that make the gold sentences likely among their pool (listwise softmax, L2), by L-BFGS.

    Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach" (2007), with top-one probabilities.
    """
    import torch

    tables = [torch.tensor(table) for table, _ in examples]
    weight = torch.zeros(tables[0].shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        total = RANKING_PENALTY * (weight * weight).sum()
        for table, (_, gold) in zip(tables, examples, strict=True):
            likely = torch.log_softmax(table @ weight, 0)
            for rows in gold:
                total = total - torch.logsumexp(likely[rows], 0) / (len(gold) * len(examples))
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    result: NDArray[np.float64] = weight.detach().numpy()
    return result


def _recall(examples: Sequence[Example], weight: NDArray[np.float64], k: int) -> float:
    """The share of cases whose every needed thing is among the k best sentences."""
    hits = []
    for table, gold in examples:
        best = set(np.argsort(-(table @ weight), kind="stable")[:k].tolist())
        hits.append(all(best & set(rows) for rows in gold))
    return float(np.mean(hits))


def _learn_taught(settings: Settings) -> None:
    _learn_confidence(settings, "taught")


def _learn_untaught(settings: Settings) -> None:
    answer = settings.answer.model_copy(update={"adapter": NO_ADAPTER})
    _learn_confidence(settings.model_copy(update={"answer": answer}), "untaught")


def _learn_confidence(settings: Settings, which: str) -> None:
    """Two steps: the plain signs are weighed on train, then their sum and the TRAINED ones against each other on dev (a
    number each).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    train, dev = (_signs(split, settings) for split in ("train", "dev"))
    trained = [name for name in TRAINED if name in train[0][0]]
    names = [name for name in train[0][0] if name not in trained]
    table, known = _table(train, names)
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
    plain = LogisticRegression(C=1 / CONFIDENCE_PENALTY, class_weight="balanced", max_iter=1000)
    plain.fit((table - mean) / spread, known)
    table, known = _table(dev, names)
    readings, _ = _table(dev, trained)
    both = np.column_stack([plain.decision_function((table - mean) / spread), readings])
    joined = LogisticRegression(class_weight="balanced").fit(both, known)
    share, *own = joined.coef_[0]
    signs = {name: (share * w, m, s) for name, w, m, s in zip(names, plain.coef_[0], mean, spread, strict=True)}
    signs |= {name: (weight, 0.0, 1.0) for name, weight in zip(trained, own, strict=True)}
    bias = joined.intercept_[0] + share * plain.intercept_[0]
    rounded = {name: [round(float(x), 4) for x in values] for name, values in signs.items()}
    about = json.loads(confidence.WEIGHTS.read_text(encoding="utf-8"))
    about[which] = {"bias": round(float(bias), 4), "signs": rounded}
    confidence.WEIGHTS.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    sure = joined.predict_proba(both)[:, 1]
    columns = [("all signs", sure), *zip(["plain signs", *trained], both.T, strict=True)]
    for what, scores in columns:
        print(f"confidence, {which}, dev, {what}: area under the ROC curve {roc_auc_score(known, scores):.3f}")
    for coverage in COVERAGES:
        threshold = float(np.quantile(sure[known], 1 - coverage))
        refused = float(np.mean(sure[~known] < threshold))
        print(f"  threshold {threshold:.3f}: {coverage:.0%} of answerable answered, {refused:.0%} of the rest refused")


def _signs(split: str, settings: Settings) -> list[tuple[dict[str, float], bool]]:
    outcomes = run_split(split, settings)
    return [(dict(o.answer.trace.signs), o.case.answerable) for o in outcomes if o.answer.trace.signs]


def _table(
    examples: Sequence[tuple[dict[str, float], bool]], names: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.array([[values[n] for n in names] for values, _ in examples]), np.array([known for _, known in examples])


LEARNERS = {"ranking": _learn_ranking, "confidence": _learn_taught, "untaught": _learn_untaught}


if __name__ == "__main__":
    sys.exit(main())
