"""`python -m evals`: ask the fixed questions, print the table, write the report, fail when a gate fails.

Exit codes: 0 all gates hold, 1 a gate fails, 2 the person's mistake.
"""

import argparse
import json
import operator
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.cases import SPLITS
from evals.measures import Figure, Outcome, summary
from evals.run import kinds, run_split
from index.errors import UserError
from index.settings import Settings, load_settings

GATES = Path(__file__).with_name("gates.toml")
BOUNDS = {"at_least": operator.ge, "at_most": operator.le}
Summary = dict[str, Figure]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen splits; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings({"model": given.model, "threshold": given.threshold, "evidence": given.evidence})
        outcomes = {split: _run(split, settings) for split in given.splits}
    except UserError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    figures = {split: summary(done) for split, done in outcomes.items()}
    _print_table(figures)
    for split, done in outcomes.items():
        _print_kinds(split, done)
    report = given.report or settings.index.cache / "evals" / "report.json"
    _write(report, settings, outcomes, figures)
    print(f"\nreport: {report}")
    failures = failed_gates(figures, tomllib.loads(GATES.read_text(encoding="utf-8")))
    for failure in failures:
        print(f"GATE FAILED: {failure}")
    return 1 if failures else 0


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


def _run(split: str, settings: Settings) -> list[Outcome]:
    done = 0

    def tick(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            print(f"\r{split}: {done} {outcome.case.id}\x1b[K", end="", file=sys.stderr, flush=True)

    outcomes = run_split(split, settings, tick)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return outcomes


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


def _write(
    report: Path, settings: Settings, outcomes: Mapping[str, Sequence[Outcome]], figures: Mapping[str, Summary]
) -> None:
    report.parent.mkdir(parents=True, exist_ok=True)
    splits = {
        split: {
            "figures": {name: vars(figure) for name, figure in figures[split].items()},
            "cases": [_case_json(outcome) for outcome in done],
        }
        for split, done in outcomes.items()
    }
    about: dict[str, Any] = {"model": settings.answer.model or "default", "threshold": settings.answer.threshold}
    report.write_text(json.dumps(about | {"splits": splits}, ensure_ascii=False, indent=1), encoding="utf-8")


def _case_json(outcome: Outcome) -> dict[str, Any]:
    trace = outcome.answer.trace
    return {
        "id": outcome.case.id,
        "kind": outcome.case.kind,
        "question": outcome.case.question,
        "standalone": outcome.answer.standalone,
        "wanted": outcome.case.answers,
        "answer": outcome.answer.text,
        "refused": outcome.answer.refused,
        "quotes": [citation.quote for citation in outcome.answer.citations],
        "confidence": round(trace.confidence, 4),
        "checks": [vars(check) for check in trace.checks],
        "seconds": round(outcome.seconds, 3),
        "measures": dict(outcome.measures),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals", description="Ask fixed questions, judge the answers.")
    parser.add_argument(
        "--splits", nargs="+", choices=SPLITS, default=["seed", "test"], help="which questions (seed test)"
    )
    parser.add_argument("--model", help="a GGUF file, gemma3, smollm2, or provider:name of a LangChain chat model")
    parser.add_argument("--evidence", help="evidence sentences given to the model")
    parser.add_argument("--threshold", help="confidence below which the answer is a refusal")
    parser.add_argument("--report", type=Path, help="where to write the JSON report")
    return parser


if __name__ == "__main__":
    sys.exit(main())
