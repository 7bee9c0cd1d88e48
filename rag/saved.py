"""An answer as JSON that is kept, and read back: the shared JSON object, and beside it what `--explain` shows. Pure.

Values are read back as they were, but for the last digits of scores and times, and passages of evidence, of which only
the sentence is kept.
"""

from collections.abc import Mapping
from typing import Any

from index.types import Evidence, Hit, Passage, Section, evidence_json
from rag.types import Answer, Candidate, Check, Citation, Sentence, Trace

DIGITS = 4


def saved(answer: Answer) -> dict[str, Any]:
    """The answer as `to_json` has it, with its trace."""
    trace = answer.trace
    return answer.to_json() | {
        "trace": {
            "model": trace.model,
            "searched": trace.searched,
            "mended": dict(trace.mended),
            "confidence": round(trace.confidence, DIGITS),
            "threshold": trace.threshold,
            "signs": _rounded(trace.signs),
            "parts": [_rounded(hit.parts) for hit in answer.hits],
            "candidates": [
                evidence_json(c.evidence)
                | {"parts": _rounded(c.evidence.parts), "kept": c.kept, "reason": c.reason}
                for c in trace.candidates
            ],
            "checks": [vars(check) for check in trace.checks],
        }
    }  # fmt: skip


def restored(given: Mapping[str, Any]) -> Answer:
    """The answer that `saved` made this of. Raises KeyError, TypeError or ValueError where it is something else."""
    trace = given["trace"]
    passages = zip(given["passages"], trace["parts"], strict=True)
    return Answer(
        question=given["question"],
        standalone=given["standalone"],
        sentences=tuple(Sentence(s["text"], tuple(s["citations"])) for s in given["sentences"]),
        citations=tuple(Citation(**c) for c in given["citations"]),
        refused=given["refused"],
        hits=tuple(Hit(_passage(p), p["score"], parts) for p, parts in passages),
        trace=Trace(
            model=trace["model"],
            searched=trace["searched"],
            mended=trace["mended"],
            confidence=trace["confidence"],
            threshold=trace["threshold"],
            signs=trace["signs"],
            candidates=tuple(_candidate(c) for c in trace["candidates"]),
            checks=tuple(Check(**c) for c in trace["checks"]),
            seconds=given["seconds"],
        ),
        note=given.get("note", ""),
        done=True,
    )


def _candidate(given: Mapping[str, Any]) -> Candidate:
    evidence = Evidence(_passage(given), given["start"], given["end"], given["score"], given["parts"])
    return Candidate(evidence, given["kept"], given["reason"])


def _passage(given: Mapping[str, Any]) -> Passage:
    start, end, section = given["start"], given["end"], given.get("section")
    sections = (Section(start, section),) if section else ()
    place = (given["document"], given["source"], start, end, given["page"], given["text"])
    return Passage(*place, ((start, end),), sections)


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(float(value), DIGITS) for name, value in values.items()}
