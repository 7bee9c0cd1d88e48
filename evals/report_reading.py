"""The part of the report that is about the model alone: how it reads given the gold sentences, and what teaching
brought.

Pure functions over what evals/results.py gives; `learning` are the recorded runs of evals/adapter_train.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from evals.markup import drawing, section, table
from evals.measures import READ, READERS, figure
from evals.plots import PERCENT, Axis, BarValue, Series, bars, lines

Case = Mapping[str, Any]
Run = Mapping[str, Any]
NAMES = dict(zip(READERS, ("as it is used", "as it came"), strict=True))


def reading(cases: Sequence[Case], learning: Sequence[Run]) -> str:
    """The section; nothing where no case was read."""
    read = [case for case in cases if f"{READERS[0]}: {READ[0]}" in case["measures"]]
    if not read:
        return ""
    about = (
        "The short answer of the model given just the sentences that hold the answer, apart from search, checks and "
        "refusals: with what Footnote taught it, and, asked of a sample, as it came."
    )
    return section("Reading", about, f'<div class="pair">{_by_kind(read)}{_curve(learning)}</div>')


def _by_kind(cases: Sequence[Case]) -> str:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault("follow-up" if case["later"] else case["kind"], []).append(case)
    rows, cells = [], []
    for kind, group in [*sorted(groups.items()), ("all", list(cases))]:
        measures = [case["measures"] for case in group]
        names = {(reader, what): f"{reader}: {what}" for reader in READERS for what in READ}
        values = {key: figure([m[name] for m in measures if name in m]) for key, name in names.items()}
        right = [values[reader, "right"] for reader in READERS]
        shown = [BarValue(tone, v.value, v.low, v.high, f"{v.value:.0%}") for tone, v in enumerate(right, 1) if v.count]
        rows.append((f"{kind} ({len(group)})", shown))
        cells.append([kind, len(group), *(f"{v.value:.0%}" if v.count else "" for v in values.values())])
    key = [Series(name, tone, ()) for tone, name in enumerate(NAMES.values(), 1)]
    heads = ["", "cases", *(f"{what}, {NAMES[reader]}" for reader in READERS for what in READ)]
    return drawing("The answer is right, by kind of question", "", key, bars("Right", rows), table(heads, cells))


def _curve(learning: Sequence[Run]) -> str:
    """Exact answers and the area of "unknown" as the shipped adapter was taught; all recorded figures as a table."""
    shipped = sorted((run for run in learning if run["curve"]), key=lambda run: run["tokens"])
    measures = {"answer word for word": "exact", "area under the ROC curve of “unknown”": "area"}
    series = [
        Series(name, tone, [(run["tokens"] / 1000, run[key]) for run in shipped])
        for tone, (name, key) in enumerate(measures.items(), 1)
    ]
    most = max((run["tokens"] for run in shipped), default=1000) / 1000
    ticks = tuple((most * n / 5, f"{most * n / 5:.0f}") for n in range(6))
    plot = lines("By tokens learned from", Axis("thousand tokens", ticks), Axis("held-out blocks", PERCENT), series)
    heads = ["model", "rank", "rate", "examples", "tokens", "exact", "area", "refused where 90 % are answered"]
    rows = [
        [run["base"], run["rank"], run["rate"], run["examples"], run["tokens"]]
        + [f"{run[key]:.3f}" for key in ("exact", "area", "refused")]
        for run in learning
    ]
    about = "The shipped adapter, on blocks that it did not learn from; other runs are in the table."
    return drawing("Learning curve", about, series, plot, table(heads, rows))
