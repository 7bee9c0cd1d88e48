"""`python -m ui.feedback`: the judged answers as candidate evaluation cases, one JSON object a line.

A line has the form of evals/cases; what an answer that helped said, and the quotes it rests on, stand in as what is
wanted. A person reads them before they become cases: nothing here is known to be right.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from index.errors import UserError
from index.settings import load_settings
from ui.conversations import NAME, Conversations, Judged
from ui.render import name_of


def case_of(judged: Judged) -> dict[str, Any]:
    """A judged answer as a candidate case, with the verdict and the whole answer beside it."""
    answer = judged.answer
    helped = judged.verdict == "up"
    cited = [{"source": name_of(c.source), "quote": c.quote} for c in answer.cited]
    return {
        "id": f"feedback-{judged.number:04}",
        "kind": "feedback",
        "question": answer.question,
        "history": [{"role": turn.role, "text": turn.text} for turn in judged.before.history()],
        "standalone": answer.standalone if answer.standalone != answer.question else "",
        "answers": [[answer.text]] if helped and not answer.refused else [],
        "gold": cited if helped else [],
        "why": judged.comment,
        "verdict": judged.verdict,
        "answer": answer.text,
        "refused": answer.refused,
        "citations": [c | {"source": name_of(c["source"])} for c in answer.to_json()["citations"]],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the candidate cases; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ui.feedback", description=str(__doc__).split("\n")[0])
    parser.add_argument("--home", help="folder of the index and everything kept")
    parser.add_argument("--verdict", choices=("up", "down"), help="only those that were judged so")
    given = parser.parse_args(arguments)
    try:
        home = load_settings({"home": given.home}).index.home
        if not (home / NAME).exists():
            raise UserError(f"no conversations in {home}; they are kept once something was asked on the page")
        for judged in Conversations(home).judged():
            if given.verdict in (None, judged.verdict):
                print(json.dumps(case_of(judged)))
    except UserError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
