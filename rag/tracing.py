"""What the trace of an answer tells of its evidence and of the checks of its draft. Pure."""

from collections.abc import Sequence

from index.types import Evidence
from rag.rerank import ANOTHER
from rag.types import Candidate, Check
from rag.verify import Judgement

SHOWN_CANDIDATES = 8
# Scores besides the ranking's, as they are told.
SAID = ((ANOTHER, "for another year or number"), ("reader", "by the reader"), ("alone", "read alone"))


def check(text: str, judgement: Judgement, astray: bool) -> Check:
    """How a part of the draft was judged; what is `astray` is of another sentence than the best, and not shown."""
    if judgement.accepted and astray:
        return Check(
            text, False, "borne out, but by another sentence than the best, and the small reader sees otherwise"
        )
    return Check(text, judgement.accepted, judgement.reason)


def candidates(ranked: Sequence[Evidence], evidence: Sequence[Evidence]) -> tuple[Candidate, ...]:
    """The best sentences, with whether they are among the `evidence` that was read, and why."""
    kept = len(evidence)
    return tuple(
        Candidate(item, position < kept, _why(item, position, kept))
        for position, item in enumerate(ranked[:SHOWN_CANDIDATES])
    )


def _why(item: Evidence, position: int, kept: int) -> str:
    place = f"among the best {kept}" if position < kept else f"ranked {position + 1}"
    told = [f"{name} {item.parts[part]:+.1f}" for part, name in SAID if item.parts.get(part)]
    return "; ".join([place, *told])
