"""`python -m evals.chunking FOLDER`: how much of the wanted text is in the first characters that a search brings.

FOLDER is a chunking benchmark: corpora/NAME.md and questions.csv, each row a question, its corpus and the exact spans
that answer it (JSON with start_index and end_index). Each corpus is an index of its own. Nothing here is learned from.
"""

import argparse
import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evals.measures import figure
from evals.run import synced
from index.errors import UserError
from index.features import FEATURES, describe
from index.ranking import in_order, learned_weights
from index.search import gather
from index.settings import Settings, load_settings

BUDGET = 4000  # characters retrieved
# The ranking that needs no learning, as the baseline: z(dense s) + 0.5 z(BM25 s) + z(dense p) + 1.5 z(BM25 p).
FUSED = {"dense": 1.0, "bm25": 0.5, "passage dense": 1.0, "passage bm25": 1.5}
Span = tuple[int, int]


class Question(NamedTuple):
    """A question with the [start, end) spans of its corpus that answer it."""

    text: str
    corpus: str
    gold: list[Span]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the mean share of gold characters for each corpus and way of ranking, with its 95 % interval."""
    parser = argparse.ArgumentParser(prog="python -m evals.chunking", description="Measure retrieval at a budget.")
    parser.add_argument("folder", type=Path, help="folder with corpora/ and questions.csv")
    parser.add_argument("--characters", type=int, default=BUDGET, help=f"how much is retrieved ({BUDGET})")
    given = parser.parse_args(arguments)
    try:
        questions = list(_questions(given.folder))
        rows = [row for name in _corpora(questions) for row in _measured(given, name, questions, load_settings())]
    except UserError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    print(f"share of gold characters among {given.characters} retrieved\n{'':24}" + "".join(f"{w:>22}" for w in WAYS))
    for name in [*_corpora(questions), "all"]:
        shares = np.array([share for corpus, share in rows if name in (corpus, "all")])
        figures = [figure(column.tolist()) for column in shares.T]
        print(f"{name:24}" + "".join(f"{f.value:>9.1%} [{f.low:.1%}, {f.high:.1%}]" for f in figures))
    return 0


def _questions(folder: Path) -> Iterator[Question]:
    try:
        with (folder / "questions.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                gold = [(int(g["start_index"]), int(g["end_index"])) for g in json.loads(row["references"])]
                yield Question(row["question"], row["corpus_id"], gold)
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"cannot read {folder / 'questions.csv'}: {error}") from error


def _corpora(questions: Sequence[Question]) -> list[str]:
    return sorted({question.corpus for question in questions})


def _measured(
    given: argparse.Namespace, name: str, questions: Sequence[Question], settings: Settings
) -> Iterator[tuple[str, list[float]]]:
    """The shares of each question on this corpus, in the order of WAYS."""
    path = given.folder / "corpora" / f"{name}.md"
    with synced(f"chunking-{name}", path, settings) as library:
        document = library.document(library.documents()[0].id)
        if document.text != path.read_text(encoding="utf-8"):
            raise UserError(f"{path} is not kept as it is, so that the spans of the questions do not fit it")
        for question in (q for q in questions if q.corpus == name):
            gathered = gather(library.catalogue, library.vectors, library.encoder, question.text, None)
            if gathered.pool is None:
                yield name, [0.0] * len(WAYS)
                continue
            spans = [span for passage in gathered.pool.passages for span in passage.sentences]
            table = describe(gathered.query, gathered.pool)
            orders = [np.argsort(-way(table), kind="stable") for way in WAYS.values()]
            yield name, [_share(_first((spans[i] for i in o), given.characters), question.gold) for o in orders]


def _first(spans: Iterator[Span], budget: int) -> list[Span]:
    """As many of the spans as the budget holds, the last one cut."""
    kept = []
    for start, end in spans:
        if budget <= 0:
            break
        kept.append((start, min(end, start + budget)))
        budget -= end - start
    return kept


def _share(found: Sequence[Span], gold: Sequence[Span]) -> float:
    """The share of the gold characters that lie in one of the found spans, which do not overlap."""
    shared = math.fsum(max(0, min(b, d) - max(a, c)) for a, b in gold for c, d in found)
    return shared / sum(b - a for a, b in gold)


def _fused(table: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.array([FUSED.get(name, 0.0) for name in FEATURES])
    scores: NDArray[np.float64] = table @ weights
    return scores


WAYS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "dense alone": lambda table: table[:, FEATURES.index("dense")],
    "fused": _fused,
    "learned": lambda table: in_order(learned_weights().score(table), table),
}


if __name__ == "__main__":
    sys.exit(main())
