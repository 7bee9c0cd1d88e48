"""`python -m evals.models`: which model, prompt and amount of evidence reads best, over the same evidence in one run.

Only drafting is compared: what is retrieved is the same for all, and what is shown follows from the checks.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from evals.cases import Case, holds, load_cases
from evals.measures import figure
from evals.run import library_of
from index.errors import UserError
from index.settings import Settings, load_settings
from index.types import Evidence
from rag.build import open_model
from rag.prompts import READ, STOP, reading
from rag.verify import judge

Prompt = Callable[[Sequence[str], str], list[BaseMessage]]


def plain(evidence: Sequence[str], question: str) -> list[BaseMessage]:
    """The prompt without examples."""
    return [SystemMessage(READ), HumanMessage(f"Text: {' '.join(evidence)}\nQuestion: {question}\nAnswer:")]


PROMPTS: dict[str, Prompt] = {"examples": reading, "plain": plain}


class Row(NamedTuple):
    """One drafted case: whether the draft was right, whether it passed the checks, and the seconds it took."""

    right: bool
    accepted: bool
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each combination."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        cases = [pair for split in given.splits for pair in _with_evidence(split, settings)]
        print("model      prompt    evidence  draft right          accepted  right when accepted  seconds (median)")
        for name in given.models:
            for prompt in given.prompts:
                for k in given.evidence:
                    _print(name, prompt, k, _drafted(name, PROMPTS[prompt], k, cases, settings))
    except UserError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    return 0


def _with_evidence(split: str, settings: Settings) -> list[tuple[Case, list[Evidence]]]:
    with library_of(split, settings) as library:
        return [
            (case, library.evidence(case.standalone or case.question, 8))
            for case in load_cases(split)
            if case.answerable and case.kind != "yesno"
        ]


def _drafted(
    name: str, prompt: Prompt, k: int, cases: Sequence[tuple[Case, list[Evidence]]], settings: Settings
) -> list[Row]:
    model = open_model(settings.answer.model_copy(update={"model": name}), settings.index)
    rows = []
    for case, found in cases:
        question, evidence = case.standalone or case.question, found[:k]
        started = time.perf_counter()
        draft = str(model.invoke(prompt([e.text for e in evidence], question), stop=list(STOP)).content).strip()
        seconds = time.perf_counter() - started
        rows.append(Row(holds(draft, case.answers), judge(draft, question, evidence).accepted, seconds))
    return rows


def _print(name: str, prompt: str, k: int, rows: Sequence[Row]) -> None:
    right = figure([float(row.right) for row in rows])
    accepted = [row for row in rows if row.accepted]
    precise = sum(row.right for row in accepted) / len(accepted) if accepted else float("nan")
    print(
        f"{name:10} {prompt:9} {k:8}  {right.value:5.1%} [{right.low:.0%}, {right.high:.0%}]  "
        f"{len(accepted) / len(rows):8.1%}  {precise:19.1%}  {median(row.seconds for row in rows):.2f}",
        flush=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.models", description="Compare models, prompts and evidence.")
    parser.add_argument("--splits", nargs="+", default=["dev", "seed"])
    parser.add_argument("--models", nargs="+", default=["gemma3", "smollm2"], help="names or GGUF files")
    parser.add_argument("--prompts", nargs="+", choices=PROMPTS, default=["examples", "plain"])
    parser.add_argument("--evidence", nargs="+", type=int, default=[1, 2, 3, 5], help="sentences given to the model")
    return parser


if __name__ == "__main__":
    sys.exit(main())
