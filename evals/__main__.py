"""`python -m evals`: ask the fixed questions, print the table, write the report, fail when a gate fails.

A gate is a bound of gates.toml, or the last accepted run: no measure may have fallen, but by chance. With `--mutants`
the gate itself is put to the test as well. Exit codes: 0 all gates hold, 1 a gate fails, 2 the person's mistake.
"""

import argparse
import json
import operator
import sys
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from evals.baseline import ask_baseline, judged, untaught
from evals.cases import REPORTED, SPLITS, Case, load_cases
from evals.compare import Comparison, accept, compare, load_accepted
from evals.given_gold import ask_given_gold
from evals.measures import READERS, Figure, Outcome, summary
from evals.mutants import Readings, survivors
from evals.planted import ask_liar
from evals.report import page
from evals.results import Summary, beside_baseline, results
from evals.run import ask_cases, held_open, kinds, sample, side_by_side, timed
from index.errors import UserError
from index.settings import Settings, add_no_adapter, load_settings
from rag.build import open_model

GATES = Path(__file__).with_name("gates.toml")
BOUNDS = {"at_least": operator.ge, "at_most": operator.le}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen splits; returns the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    flags = {name: getattr(given, name) for name in ("model", "adapter", "threshold", "evidence")}
    other = any(value is not None for value in flags.values())
    if other and (given.accept or given.mutants):
        parser.error("what is accepted, or broken, is the product as it stands, without flags that change it")
    if given.mutants and {*given.splits} != {*REPORTED}:
        parser.error(f"mutants are asked the questions of these splits: {' '.join(REPORTED)}")
    try:
        settings = load_settings(flags)
        with held_open(given.splits, settings):
            failures = _evaluated(given, settings, as_it_stands=not other)
    except UserError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    for failure in failures:
        print(f"GATE FAILED: {failure}")
    return 1 if failures else 0


def _evaluated(given: argparse.Namespace, settings: Settings, as_it_stands: bool) -> list[str]:
    """Asks and prints all, writes the report; a line for each gate that fails."""
    replies: dict[str, str] = {}
    readings = Readings()
    with readings.kept() if given.mutants else nullcontext():
        cases = {split: load_cases(split) for split in given.splits}
        done = side_by_side(lambda split, some, shared: _run(split, some, shared, replies), cases, settings)
    outcomes = {split: timed(split, of, settings) for split, of in done.items()}
    figures = {split: summary(asked) for split, asked in outcomes.items()}
    everything = [outcome for asked in outcomes.values() for outcome in asked]
    _print_table(figures)
    for split, asked in outcomes.items():
        _print_kinds(split, asked)
    _print_baseline(everything)
    comparison = compare(load_accepted(outcomes), everything) if as_it_stands else None
    _print_comparison(comparison)
    failures = failed_gates(figures, tomllib.loads(GATES.read_text(encoding="utf-8")))
    if given.accept:
        accept(outcomes)
    elif comparison:
        failures += comparison.failures
    if given.mutants:
        with readings.kept():
            failures += survivors(everything, load_accepted(outcomes), settings)
    whole = results(settings, outcomes, figures, comparison, replies, failures)
    _write(given.report or settings.index.cache / "evals" / "report.json", whole)
    return failures


def failed_gates(figures: Mapping[str, Summary], gates: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[str]:
    """A line for each gate that does not hold; gates of splits that were not run are left out."""
    return [
        f"{split}: {name} is {figures[split][name].value:.3f}, the gate is {bound.replace('_', ' ')} {wanted}"
        for split, limits in gates.items()
        if split in figures
        for name, limit in limits.items()
        for bound, wanted in limit.items()
        if not BOUNDS[bound](figures[split][name].value, wanted)
    ]


def _write(report: Path, whole: Mapping[str, Any]) -> None:
    """The report as JSON, and as a page of the same name beside it."""
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
    report.with_suffix(".html").write_text(page(whole), encoding="utf-8")
    print(f"\nreport: {report} and {report.with_suffix('.html').name}")


def _run(split: str, cases: Sequence[Case], settings: Settings, replies: dict[str, str]) -> list[Outcome]:
    """Cases asked of Footnote, of the baseline (into `replies`) and with a lying model; measures in one place."""

    def tick(outcome: Outcome) -> None:
        if sys.stderr.isatty():
            print(f"\r{split}: {outcome.case.id}\x1b[K", end="", file=sys.stderr, flush=True)

    outcomes = ask_cases(split, cases, settings, tick)
    used, as_it_came = open_model(settings.answer, settings.index), untaught(settings)
    sampled = {case.id for case in sample(load_cases(split))}
    few = [outcome for outcome in outcomes if outcome.case.id in sampled]
    said = ask_baseline(few, as_it_came, tick)
    read = ask_given_gold(split, outcomes, READERS[0], used, settings, tick)
    came = ask_given_gold(split, few, READERS[1], as_it_came, settings, tick)
    caught = ask_liar(split, [outcome.case for outcome in few], settings)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    replies |= said
    further = (judged(few, said), read, came, caught)
    return [
        replace(o, measures={**o.measures, **dict(one for of in further for one in of.get(o.case.id, {}).items())})
        for o in outcomes
    ]


def _print_table(figures: Mapping[str, Summary]) -> None:
    print(f"{'':22}" + "".join(f"{split:>28}" for split in figures))
    for name in next(iter(figures.values())):
        print(f"{name:22}" + "".join(f"{_shown(name, summary[name]):>28}" for summary in figures.values()))


def _shown(name: str, figure: Figure) -> str:
    if name == "seconds":
        return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}] n={figure.count}"
    return f"{figure.value:.1%} [{figure.low:.0%}, {figure.high:.0%}] n={figure.count}"


def _print_kinds(split: str, outcomes: Sequence[Outcome]) -> None:
    print(f"\n{split}, by kind{'':10}  cases  correct   held  refused")
    for kind, group in sorted(kinds(outcomes).items()):
        part = summary(group)
        cells = [part[name].value for name in ("correct", "held")]
        refused = sum(o.measures["refused"] for o in group) / len(group)
        print(
            f"  {kind:22} {len(group):5}  "
            + "  ".join(f"{value:6.1%}" for value in [*cells, refused]).replace("nan%", "   -")
        )


def _print_baseline(outcomes: Sequence[Outcome]) -> None:
    beside = beside_baseline(outcomes)
    if beside:
        print(
            f"\nbeside a plain prompt over the three best passages, {beside['count']} cases: "
            f"right {beside['footnote']:.1%} against {beside['baseline']:.1%} (p = {beside['p']:.2g})"
        )


def _print_comparison(comparison: Comparison | None) -> None:
    if comparison is None:
        print("\nnot compared with the accepted run: other settings were given")
        return
    moved = [change for change in comparison.changes if change.fell or change.rose]
    print(f"\nbeside the accepted run, {comparison.compared} cases: {'fell and rose' if moved else 'none has changed'}")
    for change in moved:
        told = f"{change.before:6.1%} -> {change.now:6.1%}  -{change.fell} +{change.rose}  p = {change.chance:.2g}"
        print(f"  {change.group:12} {change.name:22} {told}")
    for what in ("added", "removed", "altered"):
        if ids := getattr(comparison, what):
            print(f"  left out, {what}: {', '.join(ids)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals", description="Ask fixed questions, judge the answers.")
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=REPORTED, help="which questions (seed test)")
    parser.add_argument("--model", help="a GGUF file, gemma3, smollm2, or provider:name of a LangChain chat model")
    add_no_adapter(parser)
    parser.add_argument("--evidence", help="evidence sentences given to the model")
    parser.add_argument("--threshold", help="confidence below which the answer is a refusal")
    parser.add_argument("--report", type=Path, help="where to write the JSON report; the page goes beside it")
    parser.add_argument("--accept", action="store_true", help="keep this run as what later ones must not lose to")
    parser.add_argument("--mutants", action="store_true", help="then break the product in known ways: gates must fail")
    return parser


if __name__ == "__main__":
    sys.exit(main())
