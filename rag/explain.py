"""An answer as plain text: what is said with its sources, and why. Pure; prints nothing."""

from index.show import shown
from index.types import place, section_of
from rag.compose import marked
from rag.types import Answer, Citation

NEAREST = 3
QUOTE_CHARACTERS = 300


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


def explained(answer: Answer) -> str:
    """The trace: what was searched, found, kept, dropped and why, and where the time went."""
    trace = answer.trace
    lines = ["", f"searched:   {shown(trace.searched)}"]
    lines += [f"spelling:   {shown(typed)} → {shown(meant)}" for typed, meant in trace.mended.items()]
    verdict = "refused" if answer.refused else "answered"
    lines.append(f"confidence: {trace.confidence:.2f} ({verdict}; the threshold is {trace.threshold:.2f})")
    lines += [f"  {name}: {value:.2f}" for name, value in trace.signs.items()]
    lines.append("evidence:")
    for candidate in trace.candidates:
        mark = "+" if candidate.kept else "-"
        text = _shortened(candidate.evidence.text)
        lines.append(f"  {mark} {candidate.evidence.score:6.2f} {text} ({candidate.reason})")
    lines.append(f"model:      {shown(trace.model)}")
    for check in trace.checks:
        lines.append(f"  draft {'accepted' if check.accepted else 'rejected'}: {shown(check.draft)} ({check.reason})")
    lines.append("seconds:    " + ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in trace.seconds.items()))
    return "\n".join(lines)


def _quote(citation: Citation) -> tuple[str, str]:
    where = _where(citation.source, citation.page, citation.section)
    return f"[{citation.number}] {where}", f"    “{_shortened(citation.quote)}”"


def _where(source: str, page: int | None, section: str) -> str:
    return shown(", ".join(part for part in (source, place(page, section)) if part))


def _shortened(text: str) -> str:
    line = shown(" ".join(text.split()))
    return line if len(line) <= QUOTE_CHARACTERS else line[: QUOTE_CHARACTERS - 1] + "…"
