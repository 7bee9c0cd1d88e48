"""A conversation as HTML: questions, cited sentences, quotes, refusals. Pure functions; all data is escaped here.

Questions, model output, document text and file names are data, never markup: each passes through `esc`. Buttons carry a
span of a document in `data-` attributes; what they open is rendered by `panes`.
"""

from collections.abc import Collection, Sequence
from html import escape
from typing import NamedTuple

from index.types import Hit, Passage, place, section_of
from rag.types import Answer, Citation, Sentence
from ui.chat import Exchange

TIP_CHARACTERS = 320
NEAREST_CHARACTERS = 420
LONG_WORD = 24
GONE = "no longer in the library"
GONE_HTML = f'<span class="fn-gone">This document is {GONE}.</span>'


class Tools(NamedTuple):
    """What can be done with an exchange, as HTML: beside its question, beside what it was read as, at its foot."""

    question: str = ""
    read_as: str = ""
    foot: str = ""


NO_TOOLS = Tools()


def esc(text: str) -> str:
    """Text made safe for HTML, in elements and in quoted attributes; half surrogates cannot be sent and become '?'."""
    return escape(text.encode("utf-8", "replace").decode("utf-8"), quote=True)


def name_of(source: str) -> str:
    """The file name of a path, whichever the system it came from."""
    return source.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or source


def many(count: int, thing: str) -> str:
    """'1 page', '1,234 pages'."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def shortened(text: str, characters: int) -> str:
    """The first words of `text`, white space folded, with an ellipsis where something was left out."""
    folded = " ".join(text.split())
    if len(folded) <= characters:
        return folded
    return folded[:characters].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def place_text(source: str, where: str) -> str:
    """Where words stand: 'report.pdf, page 3'."""
    return name_of(source) + (f", {where}" if where else "")


def place_html(source: str, where: str) -> str:
    """As `place_text`, for the eye; the name is isolated because its letters may run from right to left."""
    within = f'<span class="fn-page"><bdi>{esc(where)}</bdi></span>' if where else ""
    return f'<span class="fn-place"><bdi title="{esc(source)}">{esc(name_of(source))}</bdi>{within}</span>'


def span_data(document: str, start: int, end: int) -> str:
    """The attributes by which the page asks for the source of a quote."""
    return f'data-document="{esc(document)}" data-start="{start}" data-end="{end}"'


def exchange_html(exchange: Exchange, number: int, gone: Collection[str] = (), tools: Tools = NO_TOOLS) -> str:
    """A question and all that is known of its answer. `gone` are documents that were removed since."""
    answer = exchange.answer
    read_as = ""
    if answer.standalone.strip() != answer.question.strip():
        read_as = f'<p class="fn-read-as">read as: <q>{esc(answer.standalone)}</q></p>{tools.read_as}'
    body = _refusal(answer) if answer.refused else _answer(answer, gone) + _draft(answer, exchange)
    return (
        f'<article class="fn-exchange" data-state="{exchange.state}" data-number="{number}" '
        f'aria-label="Question {number}">'
        f'<h2 class="fn-question"><span class="fn-hidden">You asked: </span>{esc(answer.question)}</h2>'
        f"{tools.question}{read_as}"
        f'<div class="fn-answer">{body}{_read(answer)}{_note(exchange)}</div>'
        f"{_notes(answer, gone)}{_meta(exchange)}{tools.foot}</article>"
    )


def _read(answer: Answer) -> str:
    return f'<p class="fn-read-as">{esc(answer.note)}</p>' if answer.note else ""


def _answer(answer: Answer, gone: Collection[str]) -> str:
    if not answer.sentences:
        return ""
    by_number = {citation.number: citation for citation in answer.citations}
    return f'<p class="fn-sentences">{" ".join(_sentence(s, by_number, gone) for s in answer.sentences)}</p>'


def _sentence(sentence: Sentence, by_number: dict[int, Citation], gone: Collection[str]) -> str:
    chips = "".join(chip(by_number[n], gone) for n in sentence.citations if n in by_number)
    head, _, last = sentence.text.rpartition(" ")
    if not chips or len(last) > LONG_WORD:
        return f'<span class="fn-sentence">{esc(sentence.text)}{chips}</span>'
    # The last word and its marks stay on one line: a mark alone at the start of a line belongs to nothing.
    return f'<span class="fn-sentence">{esc(head)} <span class="fn-tail">{esc(last)}{chips}</span></span>'


def chip(citation: Citation, gone: Collection[str] = ()) -> str:
    """The small numbered mark that ends a sentence; the script shows its quote and opens its source."""
    where = place_text(citation.source, place(citation.page, citation.section))
    where += f" ({GONE})" if citation.document in gone else ""
    label = f"Footnote {citation.number}: open {where}"
    return (
        f'<button type="button" class="fn-chip" {span_data(citation.document, citation.start, citation.end)} '
        f'data-tip="{esc(shortened(citation.quote, TIP_CHARACTERS))}" '
        f'data-place="{esc(where)}" '
        f'aria-label="{esc(label)}">{citation.number}</button>'
    )


def _notes(answer: Answer, gone: Collection[str]) -> str:
    """The verbatim quotes, numbered as the marks are; apart from them those that merely came close."""
    close = '<h3 class="fn-near-head">Also close <span>the answer does not rest on these</span></h3>'
    return _quotes(answer.cited, "Quotes this answer rests on", gone) + (
        close + _quotes(answer.close, "Quotes that came close", gone) if answer.close else ""
    )


def _quotes(citations: Sequence[Citation], label: str, gone: Collection[str]) -> str:
    if not citations:
        return ""
    items = "".join(
        f'<li><button type="button" class="fn-note" {span_data(c.document, c.start, c.end)}>'
        f'<span class="fn-number"><span class="fn-hidden">Footnote </span>{c.number}</span>'
        f'<span class="fn-note-body"><q>{esc(c.quote)}</q>{place_html(c.source, place(c.page, c.section))}'
        f"{GONE_HTML if c.document in gone else ''}</span></button></li>"
        for c in citations
    )
    return f'<ol class="fn-notes" aria-label="{label}">{items}</ol>'


def _draft(answer: Answer, exchange: Exchange) -> str:
    """What the model is writing. Hidden from screen readers: it would be read out word by word and then change."""
    if exchange.state != "working" or not answer.draft:
        return ""
    tag = '<span class="fn-tag">draft, not yet checked</span>'
    return f'<p class="fn-draft" aria-hidden="true">{tag}{esc(answer.draft)}</p>'


def stage_html(text: str) -> str:
    """What is being done just now."""
    return f'<p class="fn-stage" role="status"><span class="fn-dots" aria-hidden="true"></span>{esc(text)}</p>'


def _note(exchange: Exchange) -> str:
    if exchange.state == "working":
        return stage_html(exchange.note)
    if exchange.state == "stopped":
        kept = "what is above was checked" if exchange.answer.sentences else "nothing was checked yet"
        return f'<p class="fn-stopped" role="status">Stopped: {kept}.</p>'
    if exchange.state == "failed":
        return f'<p class="fn-fault" role="alert">{esc(exchange.note)}</p>'
    return f'<p class="fn-fault" role="status">{esc(exchange.note)}</p>' if exchange.note else ""


def _refusal(answer: Answer) -> str:
    """Not an error: an honest 'no', and what came nearest, marked as such."""
    said = answer.text or "Your documents do not answer this."
    return (
        '<div class="fn-refusal"><p class="fn-refusal-head">Not in your documents</p>'
        f"<p>{esc(said)}</p></div>{_nearest(answer.hits)}"
    )


def _place_of(passage: Passage) -> str:
    return place(passage.page, section_of(passage.sections, passage.start))


def _nearest(hits: Sequence[Hit]) -> str:
    if not hits:
        return ""
    items = "".join(
        f'<li><button type="button" class="fn-near" '
        f"{span_data(h.passage.document_id, h.passage.start, h.passage.end)}>"
        f'<span class="fn-near-text">{esc(shortened(h.passage.text, NEAREST_CHARACTERS))}</span>'
        f"{place_html(h.passage.source, _place_of(h.passage))}</button></li>"
        for h in hits
    )
    head = "Nearest passages <span>not an answer, only what came closest</span>"
    return f'<h3 class="fn-near-head">{head}</h3><ul class="fn-nearest">{items}</ul>'


def _meta(exchange: Exchange) -> str:
    """How long it took and which model wrote it."""
    trace = exchange.answer.trace
    if exchange.state != "done" or not trace.seconds:
        return ""
    parts = [f"{sum(trace.seconds.values()):.1f} s", *([trace.model] if trace.model else [])]
    return f'<p class="fn-meta">{esc(" · ".join(parts))}</p>'


def empty_html(documents: int | None, questions: Sequence[str] = ()) -> str:
    """What a fresh conversation shows: what this is and how to use it, and `questions` to begin with.

    `documents` is None while that is not known.
    """
    first = "Add files with the button above, then ask." if documents == 0 else "Ask a question about your documents."
    steps = (
        ("Cited", "Every sentence of an answer ends with a numbered mark. Select it to read the source in its place."),
        ("Checked", "A sentence that its source does not bear out is not shown."),
        ("Honest", "When the documents do not answer, you are told so, and shown what came nearest."),
        ("Private", "Files, questions and answers stay on this machine."),
    )
    items = "".join(f"<li><strong>{head}</strong><span>{text}</span></li>" for head, text in steps)
    return f'<div class="fn-empty"><p class="fn-empty-head">{first}</p>{_first(questions)}<ul>{items}</ul></div>'


def _first(questions: Sequence[str]) -> str:
    if not questions:
        return ""
    items = "".join(
        f'<li><button type="button" class="fn-suggestion" data-question="{esc(q)}"><bdi>{esc(q)}</bdi></button></li>'
        for q in questions
    )
    return f'<h2 class="fn-start-head">To begin with</h2><ol class="fn-suggestions">{items}</ol>'
