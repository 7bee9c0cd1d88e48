"""What one run of the evaluation gave, as one JSON object: for programs to read and the page to be drawn from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from evals.compare import Comparison, sign_test
from evals.measures import BASELINE, Figure, Outcome
from index.settings import Settings
from rag.explain import explained

Summary = dict[str, Figure]
LEARNING = Path(__file__).with_name("learning.jsonl")  # recorded runs of evals/adapter_train.py


def results(
    settings: Settings,
    outcomes: Mapping[str, Sequence[Outcome]],
    figures: Mapping[str, Summary],
    comparison: Comparison | None,
    replies: Mapping[str, str],
    failures: Sequence[str],
) -> dict[str, Any]:
    """The whole run; `replies` are the baseline's by case id, `comparison` is None where nothing was compared."""
    models = {outcome.answer.trace.model for done in outcomes.values() for outcome in done} - {""}
    return {
        "model": settings.answer.model or "default",
        "label": ", ".join(sorted(models)),
        "threshold": settings.answer.threshold,
        "failures": list(failures),
        "learning": [json.loads(line) for line in LEARNING.read_text(encoding="utf-8").splitlines()],
        "comparison": asdict(comparison) if comparison else None,
        "baseline": beside_baseline([outcome for done in outcomes.values() for outcome in done]),
        "splits": {
            split: {
                "figures": {name: vars(figure) for name, figure in figures[split].items()},
                "cases": [case_json(outcome, replies.get(outcome.case.id)) for outcome in done],
            }
            for split, done in outcomes.items()
        },
    }


def beside_baseline(outcomes: Sequence[Outcome]) -> dict[str, Any] | None:
    """How many of the same cases Footnote and the baseline answer right, and how likely that is by chance."""
    both = [(o.measures["correct"], o.measures[BASELINE]) for o in outcomes if BASELINE in o.measures]
    if not both:
        return None
    pairs = np.array(both)
    better, worse = (int((pairs[:, i] > pairs[:, 1 - i]).sum()) for i in (0, 1))
    ours, theirs = (float(mean) for mean in pairs.mean(axis=0))
    chance = sign_test(pairs[:, 1] - pairs[:, 0])
    return {"count": len(both), "footnote": ours, "baseline": theirs, "better": better, "worse": worse, "p": chance}


def case_json(outcome: Outcome, baseline: str | None) -> dict[str, Any]:
    """One case with its answer, measures and trace."""
    case, answer, trace = outcome.case, outcome.answer, outcome.answer.trace
    return {
        "id": case.id,
        "kind": case.kind,
        "later": bool(case.history),
        "answerable": case.answerable,
        "question": case.question,
        "standalone": answer.standalone,
        "wanted": case.answers,
        "why": case.why,
        "answer": answer.text,
        "refused": answer.refused,
        "quotes": [citation.quote for citation in answer.citations],
        "baseline": baseline,
        "confidence": round(trace.confidence, 4),
        "checks": [vars(check) for check in trace.checks],
        "seconds": outcome.seconds and round(outcome.seconds, 3),
        "stages": {stage: round(seconds, 4) for stage, seconds in trace.seconds.items()},
        "trace": explained(answer).strip(),
        "measures": dict(outcome.measures),
    }
