"""Whether this run is worse than the last accepted one: the same cases side by side, a loss told from chance by a test.

accepted.json holds the measures of each case and no text. Knows nothing of gates, reports or how cases are answered.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.cases import Case
from evals.measures import PLANTED, REWRITTEN, SEARCHES, WEIGHED, Outcome

ACCEPTED = Path(__file__).with_name("accepted.json")
# How likely a product as good as the accepted one may be to fail, over all comparisons of a run together.
SIGNIFICANCE = 0.05
# A mean that falls by no more than this is not worth failing for, however certain the fall.
LEAST_LOSS = 0.02
RESAMPLES = 20_000
DIGITS = 4  # of a measure, as it is kept
# Few, because each further comparison makes all of them less sharp. Of all these, more is better.
COMPARED = (
    "correct",
    "held",
    "answered",
    "near misses refused",
    "citation precision",
    "citation recall",
    "verbatim",
    PLANTED,
    "passage recall@5",
    "passage MRR",
    "sentence recall@1",
    "sentence recall@5",
    f"{WEIGHED} recall@1",
    *(f"{search} recall@5" for search in SEARCHES),
    REWRITTEN,
)
# Follow-ups are few: what breaks them alone would drown among all.
GROUPS: dict[str, Callable[[Case], bool]] = {"all": lambda case: True, "later turns": lambda case: bool(case.history)}


@dataclass(frozen=True)
class Record:
    """What is kept of one case: a digest of what was asked and known, and its measures."""

    digest: str
    measures: Mapping[str, float]


@dataclass(frozen=True)
class Change:
    """One measure of one group of `count` cases, before and now (means), with the cases that fell and that rose.

    `chance` is how likely so great a loss is where nothing is lost; `failed` allows for the number of comparisons.
    """

    group: str
    name: str
    count: int
    before: float
    now: float
    fell: int
    rose: int
    chance: float
    failed: bool = False

    def __str__(self) -> str:
        return (
            f"{self.group}: {self.name} fell from {self.before:.1%} to {self.now:.1%} "
            f"({self.fell} cases fell, {self.rose} rose of {self.count}; p = {self.chance:.2g})"
        )


@dataclass(frozen=True)
class Comparison:
    """All changes, and the ids of the cases that could not be compared."""

    changes: tuple[Change, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    altered: tuple[str, ...]
    compared: int

    @property
    def failures(self) -> list[str]:
        """A line for each real loss; and one when so little was compared that nothing is shown by its absence."""
        lost = [str(change) for change in self.changes if change.failed]
        left_out = len(self.removed) + len(self.altered)
        if self.compared <= left_out:
            lost.append(
                f"of {self.compared + left_out} accepted cases only {self.compared} can be compared: see that this run "
                "is good and accept it (python -m evals --accept)"
            )
        return lost


def compare(before: Mapping[str, Record], outcomes: Sequence[Outcome]) -> Comparison:
    """Compare `outcomes` with the records of the same cases, by id.

    Each measure is tested one-sidedly (`sign_test`, `randomisation_test`). Holm, "A simple sequentially rejective
    multiple test procedure" (1979), keeps the chance of any false alarm at SIGNIFICANCE though the measures hang
    together.
    """
    now = {o.case.id: o for o in outcomes}
    altered = [i for i, o in now.items() if i in before and before[i].digest != digest(o.case)]
    same = [o for i, o in now.items() if i in before and i not in altered]
    changes = [
        change
        for group, belongs in GROUPS.items()
        for name in COMPARED
        if (change := _change(group, name, before, [o for o in same if belongs(o.case)]))
    ]
    real = holm([change.chance for change in changes])
    judged = [
        Change(**(asdict(change) | {"failed": sure and change.before - change.now > LEAST_LOSS}))
        for change, sure in zip(changes, real, strict=True)
    ]
    added, removed = (i for i in now if i not in before), (i for i in before if i not in now)
    return Comparison(tuple(judged), tuple(added), tuple(removed), tuple(altered), len(same))


def _change(group: str, name: str, before: Mapping[str, Record], outcomes: Iterable[Outcome]) -> Change | None:
    both = [(merits(before[o.case.id].measures, o.case), merits(o.measures, o.case)) for o in outcomes]
    pairs = np.array([(was[name], now[name]) for was, now in both if name in was and name in now])
    if not len(pairs):
        return None
    differences = pairs[:, 1] - pairs[:, 0]
    whole = bool(np.isin(differences, (-1.0, 0.0, 1.0)).all())
    chance = sign_test(differences) if whole else randomisation_test(differences)
    fell, rose = int((differences < 0).sum()), int((differences > 0).sum())
    old, new = (float(mean) for mean in pairs.mean(axis=0))
    return Change(group, name, len(pairs), old, new, fell, rose, chance)


def merits(measures: Mapping[str, float], case: Case) -> dict[str, float]:
    """The measures that are compared, each turned so that more is better."""
    values = {name: round(measures[name], DIGITS) for name in COMPARED if name in measures}
    if "refused" in measures:
        refused = measures["refused"]
        values |= {"answered": 1 - refused} if case.answerable else {"near misses refused": refused}
    return values


def sign_test(differences: NDArray[np.float64]) -> float:
    """How likely at least so many falls are among the changed cases if falls and rises are equally likely; exact.

    McNemar, "Note on the sampling error of the difference between correlated proportions" (1947), one-sided.
    """
    fell, changed = int((differences < 0).sum()), int((differences != 0).sum())
    return sum(math.comb(changed, k) for k in range(fell, changed + 1)) / (1 << changed)


def randomisation_test(differences: NDArray[np.float64]) -> float:
    """How likely so great a total loss is if each case's difference were as likely to have the other sign.

    Pitman, "Significance tests which may be applied to samples from any populations" (1937); the one of the usual tests
    for comparing retrieval that Smucker, Allan and Carterette (2007) recommend. For 0/1 it is the sign test. By a
    fixed RESAMPLES of signs, so never below 1 / (RESAMPLES + 1).
    """
    changed = differences[differences != 0]
    signs = np.random.default_rng(0).choice((-1.0, 1.0), size=(RESAMPLES, len(changed)))
    as_low = int((signs @ changed <= changed.sum() + 1e-9).sum())
    return (as_low + 1) / (RESAMPLES + 1)


def holm(chances: Sequence[float]) -> list[bool]:
    """Which of these hold together at SIGNIFICANCE, in the order given."""
    order = sorted(range(len(chances)), key=lambda i: chances[i])
    held = [False] * len(chances)
    for rank, i in enumerate(order):
        if chances[i] > SIGNIFICANCE / (len(chances) - rank):
            break
        held[i] = True
    return held


def digest(case: Case) -> str:
    """Eight digits that change with what is asked or known of a case, so that a changed one is not compared."""
    gold = [(g.source, g.quote, g.alternative) for g in case.gold]
    turns = [(turn.role, turn.text) for turn in case.history]
    return hashlib.sha256(json.dumps([case.question, case.answers, gold, turns]).encode()).hexdigest()[:8]


def load_accepted(splits: Iterable[str], path: Path = ACCEPTED) -> dict[str, Record]:
    """The accepted records of these splits by case id; none where nothing was accepted."""
    if not path.exists():
        return {}
    kept = json.loads(path.read_text(encoding="utf-8"))
    return {
        i: Record(known, {n: v for n, v in zip(kept["measures"], values, strict=True) if v is not None})
        for split in splits
        for i, (known, *values) in kept["splits"].get(split, {}).items()
    }


def accept(outcomes: Mapping[str, Sequence[Outcome]], path: Path = ACCEPTED) -> None:
    """Keep these outcomes, by split, as what later runs are compared with; splits that are not given stay.

    One line a case, so that a change of it can be read.
    """
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"measures": [], "splits": {}}
    records = {split: load_accepted([split], path) for split in known["splits"]}
    for split, done in outcomes.items():
        records[split] = {o.case.id: Record(digest(o.case), o.measures) for o in done}
    names = sorted({name for kept in records.values() for record in kept.values() for name in record.measures})
    parts = [f"{json.dumps(split)}: {{\n{_lines(kept, names)}\n}}" for split, kept in sorted(records.items())]
    path.write_text(
        f'{{"measures": {json.dumps(names)},\n"splits": {{\n' + ",\n".join(parts) + "\n}}\n", encoding="utf-8"
    )


def _lines(records: Mapping[str, Record], names: Sequence[str]) -> str:
    rows: dict[str, list[Any]] = {
        i: [record.digest, *(_short(record.measures.get(name)) for name in names)] for i, record in records.items()
    }
    return ",\n".join(f"{json.dumps(i)}: {json.dumps(row, separators=(',', ':'))}" for i, row in rows.items())


def _short(value: float | None) -> float | None:
    return None if value is None else int(value) if value == int(value) else round(value, DIGITS)
