"""An answer as plain text: what is said with its sources, and why; the why also as tables. Pure; prints nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from index.show import shown
from index.types import Hit, place, section_of
from rag.compose import marked
from rag.types import Answer, Candidate, Check, Citation

NEAREST = 3
QUOTE_CHARACTERS = 300
# The two scores that search brings, as they are told and as the index calls them; what is absent from its parts is 0.
BOTH = {"meaning": "dense", "words": "bm25"}


def printed(answer: Answer) -> str:
    """The answer with its numbered citations, or the refusal with the nearest passages."""
    lines = [shown(marked(answer))]
    if answer.standalone != answer.question:
        lines.append(f"(read as: {shown(answer.standalone)})")
    lines += [f"({shown(answer.note)})"] if answer.note else []
    lines += [line for citation in answer.cited for line in ("", *_quote(citation))]
    if answer.close:
        lines += ["", "Also close:", *(line for citation in answer.close for line in _quote(citation))]
    if answer.refused and answer.hits:
        lines += ["", "Nearest passages (they do not answer the question):"]
        for hit in answer.hits[:NEAREST]:
            passage = hit.passage
            where = _where(passage.source, passage.page, section_of(passage.sections, passage.start))
            lines.append(f"  - {where}: {_shortened(passage.text)}")
    return "\n".join(lines)


@dataclass(frozen=True)
class Table:
    """One part of why an answer is what it is: rows of text under heads that may be empty."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(answer: Answer) -> tuple[Table, ...]:
    """What was searched, found, kept, dropped and why, and where the time went; the same wherever it is shown.

    The text of documents and models is in them as it is: whoever shows it makes it safe.
    """
    trace = answer.trace
    verdict = "refused" if answer.refused else "answered"
    sure = (f"{trace.confidence:.2f}", f"{verdict}; the threshold is {trace.threshold:.2f}")
    by_score = ("score", *BOTH)
    return (
        Table("searched", (), ((trace.searched,),)),
        Table("spelling", ("typed", "read as"), tuple(trace.mended.items())),
        Table("confidence", (), (sure, *((name, f"{value:.2f}") for name, value in trace.signs.items()))),
        Table("passages", (*by_score, "place", "text"), tuple(_passage_row(hit) for hit in answer.hits)),
        Table("evidence", ("", *by_score, "sentence", "why"), tuple(_evidence_row(c) for c in trace.candidates)),
        Table("model", (), ((trace.model,),)),
        Table("checks", ("verdict", "draft", "why"), tuple(_check_row(check) for check in trace.checks)),
        Table("seconds", ("stage", "seconds"), tuple((name, f"{s:.2f}") for name, s in trace.seconds.items())),
    )


def explained(answer: Answer) -> str:
    """The same as text for a terminal."""
    by_title = {table.title: [[shown(cell) for cell in row] for row in table.rows] for table in tables(answer)}
    sure, *signs = by_title["confidence"]
    lines = ["", f"searched:   {by_title['searched'][0][0]}"]
    lines += [f"spelling:   {typed} → {meant}" for typed, meant in by_title["spelling"]]
    lines += [f"confidence: {sure[0]} ({sure[1]})", *(f"  {name}: {value}" for name, value in signs)]
    lines.append(f"passages:   (score, {', '.join(BOTH)})")
    lines += [f"  {' '.join(f'{n:>6}' for n in numbers)} {where}" for *numbers, where, _ in by_title["passages"]]
    lines.append(f"evidence:   (score, {', '.join(BOTH)})")
    for mark, *numbers, text, why in by_title["evidence"]:
        lines.append(f"  {mark} {' '.join(f'{n:>6}' for n in numbers)} {text} ({why})")
    lines.append(f"model:      {by_title['model'][0][0]}")
    lines += [f"  draft {verdict}: {draft} ({why})" for verdict, draft, why in by_title["checks"]]
    lines.append("seconds:    " + ", ".join(" ".join(row) for row in by_title["seconds"]))
    return "\n".join(lines)


def _passage_row(hit: Hit) -> tuple[str, ...]:
    passage = hit.passage
    where = _where(passage.source, passage.page, section_of(passage.sections, passage.start))
    return *_scores(hit.score, hit.parts), where, _shortened(passage.text)


def _evidence_row(candidate: Candidate) -> tuple[str, ...]:
    item = candidate.evidence
    mark = "+" if candidate.kept else "-"
    return mark, *_scores(item.score, item.parts), _shortened(item.text), candidate.reason


def _check_row(check: Check) -> tuple[str, ...]:
    return "accepted" if check.accepted else "rejected", check.draft, check.reason


def _scores(score: float, parts: Mapping[str, float]) -> tuple[str, ...]:
    return f"{score:.2f}", *(f"{parts.get(name, 0.0):.2f}" if parts else "" for name in BOTH.values())


def _quote(citation: Citation) -> tuple[str, str]:
    where = _where(citation.source, citation.page, citation.section)
    return f"[{citation.number}] {where}", f"    “{_shortened(citation.quote)}”"


def _where(source: str, page: int | None, section: str) -> str:
    return shown(", ".join(part for part in (source, place(page, section)) if part))


def _shortened(text: str) -> str:
    line = shown(" ".join(text.split()))
    return line if len(line) <= QUOTE_CHARACTERS else line[: QUOTE_CHARACTERS - 1] + "…"
