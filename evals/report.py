"""The report as one page of HTML that needs nothing else: tables and plots of what evals/results.py gives.

Pure functions. Whatever comes from documents, questions or models is escaped where it enters the page.
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from evals import curves
from evals.curves import Point, Rated
from evals.markup import Raw, drawing, section, table
from evals.measures import BASELINE, PASSAGE_DEPTHS, SEARCHES, SENTENCE_DEPTHS, figure
from evals.plots import PERCENT, Axis, BarValue, Series, bars, lines, stacks
from evals.report_reading import reading

STYLE = Path(__file__).with_name("report.css")
TURNS = {"first turn": False, "later turns": True}
THRESHOLDS = tuple(n / 10 for n in range(11))
MOST_CASES = 6  # of each list of cases
WHAT_IS_FOUND = {
    "sentence": "sentences, ranked",
    "passage": "passages, ranked",
    "words": "passages by words alone",
    "vectors": "passages by vectors alone",
}
DEPTHS = {
    "sentence": SENTENCE_DEPTHS,
    "passage": PASSAGE_DEPTHS,
    **dict.fromkeys(SEARCHES, PASSAGE_DEPTHS),
}
Case = Mapping[str, Any]


def page(results: Mapping[str, Any]) -> str:
    """The whole page."""
    cases = [case for split in results["splits"].values() for case in split["cases"]]
    body = [
        _top(results, cases),
        _figures(results),
        _changes(results["comparison"]),
        _baseline(results["baseline"], cases),
        _confidence(cases, results["threshold"]),
        _retrieval(results["splits"]),
        _kinds(cases),
        reading(cases, results["learning"]),
        _slowest(cases),
        _worst(cases),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Footnote: evaluation</title>'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head>\n<body><main>\n"
        + "\n".join(body)
        + "\n</main></body></html>\n"
    )


def _top(results: Mapping[str, Any], cases: Sequence[Case]) -> str:
    failures = results["failures"]
    said = f"Gates that fail: {len(failures)}" if failures else "All gates hold"
    listed = "".join(f"<li>{escape(line)}</li>" for line in failures)
    counts = ", ".join(f"{len(split['cases'])} of {escape(name)}" for name, split in results["splits"].items())
    return (
        "<h1>Footnote<sup>1</sup> evaluation</h1>"
        f'<p class="soft">{len(cases)} questions ({counts}); model {escape(results["label"] or results["model"])}; '
        f"threshold {results['threshold']:.2f}</p>"
        f'<div class="verdict {"bad" if failures else "good"}">{said}{f"<ul>{listed}</ul>" if failures else ""}</div>'
    )


def _figures(results: Mapping[str, Any]) -> str:
    splits = results["splits"]
    names = next(iter(splits.values()))["figures"]
    rows = [[name, *(_cell(name, split["figures"][name]) for split in splits.values())] for name in names]
    return section(
        "Figures", "Means with their 95 % intervals and the number of cases each is of.", table(["", *splits], rows)
    )


def _cell(name: str, given: Mapping[str, float]) -> Raw:
    if not given["count"]:
        return Raw("–")
    form = "{:.2f} s" if name == "seconds" else "{:.1%}"
    value, low, high = (form.format(given[key]) for key in ("value", "low", "high"))
    return Raw(f"{value} <small>[{low}, {high}] n={given['count']}</small>")


def _changes(comparison: Mapping[str, Any] | None) -> str:
    if comparison is None:
        return section("Against the last accepted run", "Not compared: this run was made with other settings.", "")
    left = [f"{what}: {', '.join(comparison[what])}" for what in ("added", "removed", "altered") if comparison[what]]
    about = (
        f"{comparison['compared']} cases side by side. p is how likely so great a loss is by chance alone; what fails "
        f"allows for the number of comparisons. {'Left out — ' + '; '.join(left) + '.' if left else ''}"
    )
    changes = comparison["changes"]
    moved = [change for change in changes if change["fell"] or change["rose"]]
    shown = _moves(moved) if moved else "<p>No case has changed.</p>"
    rest = f"<details><summary>All {len(changes)} comparisons</summary>{_moves(changes)}</details>"
    return section("Against the last accepted run", about, shown + rest)


def _moves(changes: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            f"{change['name']}, {change['group']}",
            change["count"],
            f"{change['before']:.1%}",
            f"{change['now']:.1%}",
            change["fell"],
            change["rose"],
            f"{change['chance']:.2g}",
            "real loss" if change["failed"] else "",
        ]
        for change in changes
    ]
    marks = ["bad" if change["failed"] else "" for change in changes]
    return table(["", "cases", "accepted", "now", "fell", "rose", "p", ""], rows, marks)


def _baseline(beside: Mapping[str, Any] | None, cases: Sequence[Case]) -> str:
    if beside is None:
        return ""
    asked = [case["measures"] for case in cases if BASELINE in case["measures"]]
    rows, cells = [], []
    for tone, (name, key) in enumerate((("Footnote", "correct"), ("plain prompt", BASELINE)), 1):
        value = figure([measures[key] for measures in asked])
        rows.append((name, [BarValue(tone, value.value, value.low, value.high, f"{value.value:.0%}")]))
        cells.append([name, value.count, f"{value.value:.1%}"])
    about = (
        f"Answer text right on the same {beside['count']} questions: Footnote beside the same model, as it came, given "
        f"the three best passages in a plain prompt. Footnote alone is right on {beside['better']}, the plain prompt "
        f"alone on {beside['worse']} (p = {beside['p']:.2g})."
    )
    plot = drawing(
        "Answer text is right", "", [], bars("Footnote and the baseline", rows), table(["", "cases", "right"], cells)
    )
    return section("Beside a plain prompt", about, plot)


def _confidence(cases: Sequence[Case], threshold: float) -> str:
    rated = {
        name: [Rated(case["confidence"], case["answerable"]) for case in cases if case["later"] == later]
        for name, later in TURNS.items()
    }
    return section(
        "Confidence",
        "What is answered and what is refused follows from one number per question.",
        f'<div class="pair">{_risk(rated, threshold)}{_calibration(rated)}</div>',
    )


def _risk(rated: Mapping[str, Sequence[Rated]], threshold: float) -> str:
    series, rows = [], []
    both = {name: cases for name, cases in rated.items() if curves.risk_coverage(cases)}
    for tone, (name, cases) in enumerate(both.items(), 1):
        points, here = curves.risk_coverage(cases), curves.at(threshold, cases)
        label = f"{name} ({len(cases)} cases, area {curves.area(points):.2f})"
        mark = (here.coverage, here.risk, f"{threshold:.2f}")
        series.append(Series(label, tone, _corners(points), marks=[mark], dots=False))
        rows += [
            [f"{name}, threshold {t:.1f}", f"{p.coverage:.0%}", f"{p.risk:.0%}"]
            for t in THRESHOLDS
            for p in [curves.at(t, cases)]
        ]
    plot = lines(
        "Share of near misses answered against share of answerable questions answered",
        Axis("answerable questions answered", PERCENT),
        Axis("near misses answered", PERCENT),
        series,
        diagonal=True,
    )
    numbers = table(["", "answerable answered", "near misses answered"], rows)
    about = "As the threshold falls, left to right; lower is better. Dotted: chance. Large dots: the threshold in use."
    return drawing("Risk and coverage", about, series, plot, numbers)


def _corners(points: Sequence[Point]) -> list[tuple[float, float]]:
    return [(point.coverage, point.risk) for point in points]


def _calibration(rated: Mapping[str, Sequence[Rated]]) -> str:
    series, rows = [], []
    for tone, (name, cases) in enumerate(rated.items(), 1):
        bins = curves.calibration(cases)
        points = [(one.confidence, one.answerable.value) for one in bins]
        whiskers = [(one.answerable.low, one.answerable.high) for one in bins]
        series.append(Series(f"{name} ({len(cases)} cases)", tone, points, whiskers))
        rows += [[f"{name}, about {b.confidence:.2f}", b.answerable.count, f"{b.answerable.value:.0%}"] for b in bins]
    plot = lines(
        "Share of questions that the documents answer, by confidence",
        Axis("confidence", tuple((n / 5, f"{n / 5:.1f}") for n in range(6))),
        Axis("truly answerable", PERCENT),
        series,
        diagonal=True,
    )
    about = "Bins of equally many questions, with 95 % intervals; on the dotted line confidence would be a frequency."
    return drawing("Calibration", about, series, plot, table(["", "cases", "answerable"], rows))


def _retrieval(splits: Mapping[str, Any]) -> str:
    plots = []
    for split, given in splits.items():
        series: list[Series] = []
        rows: list[list[str]] = []
        for tone, (what, depths) in enumerate(DEPTHS.items(), 1):
            found = [(float(k), given["figures"][f"{what} recall@{k}"]) for k in depths]
            points = [(k, one["value"]) for k, one in found if one["count"]]
            whiskers = [(one["low"], one["high"]) for _, one in found if one["count"]]
            # Side by side, or the intervals would hide each other.
            beside = [(k + (tone - len(DEPTHS) / 2 - 0.5) / 20, value) for k, value in points]
            series.append(Series(WHAT_IS_FOUND[what], tone, beside, whiskers))
            rows += [[f"{WHAT_IS_FOUND[what]}, best {k:.0f}", f"{value:.1%}"] for k, value in points]
        axis = Axis("best k looked at", ((0.7, ""), *((float(k), str(k)) for k in range(1, 6)), (5.3, "")))
        plot = lines(f"Recall by k, {split}", axis, Axis("all that is needed is found", PERCENT), series)
        plots.append(drawing(f"Recall by k, {split}", "", series, plot, table(["", "recall"], rows)))
    about = "Share of answerable questions for which the best k hold all that the answer needs, with 95 % intervals."
    return section("Retrieval", about, f'<div class="pair">{"".join(plots)}</div>')


def _kinds(cases: Sequence[Case]) -> str:
    answerable: dict[str, list[Case]] = {}
    near: dict[str, list[Case]] = {}
    for case in cases:
        kind = "follow-up" if case["later"] else case["kind"].removeprefix("near_").replace("_", " ")
        (answerable if case["answerable"] else near).setdefault(kind, []).append(case)
    right = _by_kind(
        "Answerable questions", answerable, ("correct", "held"), ("answer is right", "or the quotes hold it")
    )
    refused = _by_kind("Near misses", near, ("refused",), ("refused",))
    return section("By kind of question", "With 95 % intervals.", f'<div class="pair">{right}{refused}</div>')


def _by_kind(title: str, groups: Mapping[str, Sequence[Case]], measures: Sequence[str], names: Sequence[str]) -> str:
    rows, cells = [], []
    for kind, group in sorted(groups.items()):
        values = [figure([case["measures"][name] for case in group]) for name in measures]
        rows.append(
            (
                f"{kind} ({len(group)})",
                [BarValue(tone, v.value, v.low, v.high, f"{v.value:.0%}") for tone, v in enumerate(values, 1)],
            )
        )
        cells.append([kind, len(group), *(f"{value.value:.0%}" for value in values)])
    key = [Series(name, tone, ()) for tone, name in enumerate(names, 1)]
    return drawing(title, "", key, bars(title, rows), table(["", "cases", *names], cells))


def _slowest(cases: Sequence[Case]) -> str:
    timed = [case for case in cases if case["seconds"]]
    slow = sorted(timed, key=lambda case: -case["seconds"])[:MOST_CASES]
    stages = list(dict.fromkeys(stage for case in slow for stage in case["stages"]))
    rows = [(case["id"], [case["stages"].get(stage, 0.0) for stage in stages]) for case in slow]
    key = [Series(stage, tone, ()) for tone, stage in enumerate(stages, 1)]
    numbers = table(["", *stages], [[name, *(f"{seconds:.2f}" for seconds in row)] for name, row in rows])
    plot = drawing("Seconds by stage", "", key, stacks("Seconds by stage of the slowest cases", stages, rows), numbers)
    about = f"Of the {len(timed)} that were asked once more with nothing beside them."
    return section("Slowest cases", about, plot + "".join(_case(case) for case in slow))


def _worst(cases: Sequence[Case]) -> str:
    sure = sorted((case for case in cases if not case["refused"]), key=lambda case: -case["confidence"])
    wrong = [case for case in sure if case["answerable"] and not case["measures"]["held"]]
    answered = [case for case in sure if not case["answerable"]]
    return section(
        "Surest mistakes", "Answered with the answer neither in the text nor in any quote.", _cases(wrong)
    ) + section("Surest answers to near misses", "The documents do not answer these; Footnote did.", _cases(answered))


def _cases(cases: Sequence[Case]) -> str:
    return "".join(_case(case) for case in cases[:MOST_CASES]) or '<p class="soft">None.</p>'


def _case(case: Case) -> str:
    wanted = " and ".join(" / ".join(group) for group in case["wanted"]) or f"a refusal: {case['why']}"
    told = {"wanted": wanted, "answer": case["answer"], "quotes": " … ".join(case["quotes"])}
    if case["baseline"]:
        told["plain prompt"] = case["baseline"]
    listed = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in told.items())
    took = f", {case['seconds']:.2f} s" if case["seconds"] else ""
    return (
        f'<details class="case"><summary>{escape(case["question"])} <span class="soft">{escape(case["id"])}, '
        f"{escape(case['kind'])}, confidence {case['confidence']:.2f}{took}</span></summary>"
        f"<dl>{listed}</dl><pre>{escape(case['trace'])}</pre></details>"
    )
