"""`python -m evals.train`: learns the weights of index/ranking.json and rag/confidence.json from the train split.

Neither ever sees the cases of the splits that are reported. What is reached on dev is printed beside it.
"""

import argparse
import json
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evals.cases import Case, load_cases
from evals.ranking_train import learn_ranking
from evals.run import ask_cases, held_open, side_by_side
from index.settings import NO_ADAPTER, Settings, load_settings
from rag import confidence
from rag.rerank import ANOTHER, OTHER

CONFIDENCE_PENALTY = 10.0
TRAINED = ("reader", "model", "alone")  # signs of networks that saw the train split, and are too sure there
# Log odds of what is too rare among the cases to be weighed on them: as among the written blocks (rag/rerank.py).
FIXED = {ANOTHER: -OTHER}
COVERAGES = (0.97, 0.95, 0.9, 0.8, 0.7, 0.5)


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn the named models (all, in order) and write them beside the code that uses them."""
    parser = argparse.ArgumentParser(prog="python -m evals.train", description="Learn the shipped weights.")
    parser.add_argument("what", nargs="*", choices=[*LEARNERS], default=[*LEARNERS], help="which models (all)")
    for what in parser.parse_args(arguments).what:
        LEARNERS[what](load_settings())
    return 0


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

    cases = {split: load_cases(split) for split in ("train", "dev")}
    with held_open(cases, settings):
        train, dev = side_by_side(_signs, cases, settings).values()
    trained = [name for name in TRAINED if name in train[0][0]]
    names = [name for name in train[0][0] if name not in trained and name not in FIXED]
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
    signs |= {name: (weight, 0.0, 1.0) for name, weight in [*zip(trained, own, strict=True), *FIXED.items()]}
    bias = joined.intercept_[0] + share * plain.intercept_[0]
    rounded = {name: [round(float(x), 4) for x in values] for name, values in signs.items()}
    about = json.loads(confidence.WEIGHTS.read_text(encoding="utf-8"))
    about[which] = {"bias": round(float(bias), 4), "signs": rounded}
    confidence.WEIGHTS.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    fixed, _ = _table(dev, list(FIXED))
    sure = 1 / (1 + np.exp(-joined.decision_function(both) - fixed @ list(FIXED.values())))
    columns = [("all signs", sure), *zip(["plain signs", *trained], both.T, strict=True)]
    for what, scores in columns:
        print(f"confidence, {which}, dev, {what}: area under the ROC curve {roc_auc_score(known, scores):.3f}")
    for coverage in COVERAGES:
        threshold = float(np.quantile(sure[known], 1 - coverage))
        refused = float(np.mean(sure[~known] < threshold))
        print(f"  threshold {threshold:.3f}: {coverage:.0%} of answerable answered, {refused:.0%} of the rest refused")


def _signs(split: str, cases: Sequence[Case], settings: Settings) -> list[tuple[dict[str, float], bool]]:
    outcomes = ask_cases(split, cases, settings)
    return [(dict(o.answer.trace.signs), o.case.answerable) for o in outcomes if o.answer.trace.signs]


def _table(
    examples: Sequence[tuple[dict[str, float], bool]], names: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.array([[values[n] for n in names] for values, _ in examples]), np.array([known for _, known in examples])


LEARNERS = {"ranking": learn_ranking, "confidence": _learn_taught, "untaught": _learn_untaught}


if __name__ == "__main__":
    sys.exit(main())
