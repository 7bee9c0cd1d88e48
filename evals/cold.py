"""`python -m evals.cold`: from nothing running to the first streamed word and the answer, and where the time goes.

Each repeat is a process of its own over an index that exists; beside it stands the import that is avoided.
A benchmark: it prints medians and fails nothing.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median

from index.settings import load_settings

QUESTION = "How many more troops is the Pentagon sending to Poland?"
BASELINE = "import sentence_transformers"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the median seconds of each step, cumulative from the start of the process."""
    parser = argparse.ArgumentParser(prog="python -m evals.cold", description="Measure the cold start.")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--one", type=float, metavar="STARTED", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one is not None:
        print(json.dumps(_one(given.one)))
        return 0
    runs = [json.loads(_timed(["-m", "evals.cold", "--one"], stamped=True)[1]) for _ in range(given.repeats + 1)][1:]
    for step in runs[0]:
        times = [run[step] for run in runs]
        print(f"{step:24} {median(times):6.2f} s  (of {len(times)}: {min(times):.2f} to {max(times):.2f})")
    baseline = [_timed(["-c", BASELINE])[0] for _ in range(given.repeats)]
    print(f"{'beside it: ' + BASELINE:24} {median(baseline):6.2f} s")
    return 0


def _timed(arguments: list[str], stamped: bool = False) -> tuple[float, str]:
    started = time.time()
    stamp = [str(started)] if stamped else []
    done = subprocess.run([sys.executable, *arguments, *stamp], capture_output=True, text=True, check=True)
    return time.time() - started, done.stdout


def _one(started: float) -> dict[str, float]:
    steps = {"interpreter": time.time() - started}
    from rag.build import open_assistant

    steps["imports"] = time.time() - started
    assistant = open_assistant(load_settings())
    steps["library and model opened"] = time.time() - started
    for answer in assistant.answer(QUESTION):
        if answer.hits:
            steps.setdefault("passages found", time.time() - started)
        if answer.draft:
            steps.setdefault("first word", time.time() - started)
    steps["answer"] = time.time() - started
    return steps


if __name__ == "__main__":
    sys.exit(main())
