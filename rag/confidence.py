"""How sure Footnote is that the documents answer: a logistic model over a few plain signs.

Its weights (confidence.json) are learned by `python -m evals.train`, never on the questions it is reported on.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from index.search import Found
from index.traits import KINDS, asked, offered
from index.types import Evidence
from index.words import terms
from rag.rerank import standing

WEIGHTS = Path(__file__).with_name("confidence.json")
LOOKED_AT = 3  # the best sentences
_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][\w’'-]*|\b\w*\d\w*")


def signs(
    question: str, found: Found, read: Evidence, accepted: bool, drafted: str, said: Mapping[str, float]
) -> dict[str, float]:
    """What speaks for and against an answer; the names are those of the learned weights. `found` has some evidence.

    `read` is the best sentence as it was read, `said` what was found in it: whether it speaks of another figure than
    the question, and log odds of an answer, as the small reader ("reader") and a taught model ("alone") see it by
    itself, and of what that model reads together ("model").
    """
    best = found.evidence[:LOOKED_AT]
    scores = [item.score for item in found.evidence]
    sentence, passage = set(terms(best[0].text)), set(terms(best[0].passage.text))
    names = {term for name in _NAME.findall(question) for term in terms(name)}
    kinds = asked(question)
    around = {term for text in (read.text, *standing(read)) for term in terms(text)}
    return {
        **said,
        "sentence coverage": _coverage(found.weights, sentence),
        "passage coverage": _coverage(found.weights, passage),
        "best coverage": _coverage(found.weights, {term for item in best for term in terms(item.text)}),
        "best score": scores[0],
        "share of best": _share(scores),
        "lead over fifth": scores[0] - scores[min(5, len(scores) - 1)],
        # "How long do seeds of barley keep?", where the sentence and what stands around it speak of wheat.
        "rarest word missing": max(
            (weight for term, weight in found.weights.items() if term not in around), default=0.0
        ),
        "missing words": math.fsum(weight for term, weight in found.weights.items() if term not in passage),
        "words": float(len(found.weights)),
        "names": float(len(names)),
        "names missing from passage": float(len(names - passage)),
        "names missing from sentence": float(len(names - sentence)),
        "unknown words": float(sum(term in found.strange for term in found.weights)),
        "kinds asked": float(sum(kinds)),
        "best offers what is asked": float(_offers(kinds, best[:1])),
        "draft accepted": float(accepted),
        "draft of its own words": float(bool(drafted) and not set(terms(drafted)) <= passage),
    }


def confidence(values: Mapping[str, float]) -> float:
    """The probability in (0, 1) that the evidence answers."""
    learned = _learned()["taught" if "model" in values else "untaught"]
    total = learned["bias"] + math.fsum(
        (values[name] - mean) / spread * weight for name, (weight, mean, spread) in learned["signs"].items()
    )
    return float(1 / (1 + math.exp(-total)))


@cache
def _learned() -> dict[str, Any]:
    return dict(json.loads(WEIGHTS.read_text(encoding="utf-8")))


def _coverage(weights: Mapping[str, float], held: set[str]) -> float:
    total = math.fsum(weights.values())
    return math.fsum(weight for term, weight in weights.items() if term in held) / total if total else 0.0


def _share(scores: Sequence[float]) -> float:
    return 1 / math.fsum(math.exp(score - scores[0]) for score in scores)


def _offers(kinds: Sequence[bool], evidence: Sequence[Evidence]) -> bool:
    given = [offered(item.text) for item in evidence]
    return all(any(row[position] for row in given) for position in range(len(KINDS)) if kinds[position])
