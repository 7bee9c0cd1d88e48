"""Why an answer is what it is, as HTML: the tables that `--explain` prints. Pure; all data is escaped."""

from rag.explain import Table, tables
from ui.chat import Exchange
from ui.render import esc, span_data

HEADS = {
    "searched": "What was searched",
    "spelling": "Spelling that was mended",
    "confidence": "How sure it is, and from what signs",
    "passages": "Passages that were found",
    "evidence": "Sentences that were kept (+) and dropped (−)",
    "model": "Model",
    "checks": "What was drafted, and what the check made of it",
    "seconds": "Time",
}
LONG = frozenset(("sentence", "text", "draft"))  # heads of columns that take the room there is
KEPT = '<span class="fn-hidden">kept or dropped</span>'
SIGNS = {"-": "−"}  # a minus as wide as the plus
CLOSED = frozenset(("passages", "confidence"))  # long, and seldom the first thing one looks for


def why_html(exchange: Exchange, number: int) -> str:
    """The pane that tells why the answer of `exchange`, the `number`th, is what it is."""
    parts = "".join(_part(table) for table in tables(exchange.answer) if any(any(row) for row in table.rows))
    return (
        f'<section class="fn-source fn-why" {span_data("", number, exchange.id)}>'
        f'<h2 tabindex="-1" class="fn-source-head">Why this answer?'
        f'<span class="fn-page"><bdi>{esc(exchange.answer.question)}</bdi></span></h2>'
        '<button type="button" class="fn-back">Back to the answer</button>'
        f'<div class="fn-text" tabindex="0" role="region" aria-label="Why this answer?">{parts}</div></section>'
    )


def _part(table: Table) -> str:
    heads = table.heads or ("", "")
    head = "".join(f'<th scope="col">{esc(name) or KEPT}</th>' for name in table.heads)
    rows = (zip(row, heads, strict=False) for row in table.rows)
    body = "".join(f"<tr>{''.join(_cell(text, head) for text, head in row)}</tr>" for row in rows)
    shown = "" if table.title in CLOSED else " open"
    return (
        f"<details{shown}><summary>{HEADS[table.title]}</summary>"
        # What scrolls sideways must be reachable by keyboard.
        f'<div class="fn-table" tabindex="0" role="region" aria-label="{HEADS[table.title]}">'
        f'<table data-table="{table.title}">{f"<thead><tr>{head}</tr></thead>" if head else ""}'
        f"<tbody>{body}</tbody></table></div></details>"
    )


def _cell(text: str, head: str) -> str:
    number = text.replace(".", "", 1).lstrip("-").isdigit()
    kind = "fn-figure" if number else "fn-wide" if head in LONG else "fn-word"
    return f'<td class="{kind}" data-head="{head}"><bdi>{esc(SIGNS.get(text, text))}</bdi></td>'
