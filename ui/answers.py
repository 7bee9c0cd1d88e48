"""What can be done with an answer, as HTML: copy it, ask why, judge it, ask again. Pure; all data is escaped.

Forms are rendered hidden and shown by the script; what they send is checked by whoever receives it.
"""

from collections.abc import Collection

from ui.chat import Chat, Exchange
from ui.markdown import answer_text
from ui.render import Tools, esc, exchange_html, span_data

COMMENT_CHARACTERS = 2_000
QUESTION_CHARACTERS = 2_000
THUMB = (
    "M7 10.5V20H3.5v-9.5zM7 10.5 11.5 3c1.6 0 2.7 1.2 2.7 2.7V9.5h4.6c1.3 0 2.2 1.2 1.9 2.4l-1.5 6.5"
    "c-.2 1-1 1.6-2 1.6H7"
)
VERDICTS = {"up": "This answer helped", "down": "This answer is wrong or does not help"}


def exchanges_html(chat: Chat, first: int, last: int, gone: Collection[str] = (), asked_again: bool = True) -> str:
    """The exchanges `first` up to `last` of a conversation, each with what can be done with it.

    Its last one can be asked again, unless `asked_again` says that more follows.
    """
    return "".join(
        exchange_html(e, n, gone, tools(e, n, asked_again and n == len(chat.exchanges)))
        for n, e in enumerate(chat.exchanges[first:last], start=first + 1)
    )


def tools(exchange: Exchange, number: int, last: bool) -> Tools:
    """What can be done with an exchange that has ended; only the last of a conversation can be asked again."""
    if exchange.state == "working":
        return Tools()
    answer = exchange.answer
    edit = _form("edit", "The question, as it should have been", answer.question) if last else ""
    correct = _correction(answer.standalone) if last else ""
    return Tools(edit, correct, _bar(exchange, number, last))


def _bar(exchange: Exchange, number: int, last: bool) -> str:
    buttons = ""
    if exchange.state == "done":
        copied = esc(answer_text(exchange.answer))
        why = span_data("", number, exchange.id)
        buttons += (
            f'<button type="button" data-act="copy" data-text="{copied}">Copy</button>'
            f'<button type="button" data-event="why" {why}>Why this answer?</button>'
        )
    if last:
        buttons += (
            '<button type="button" data-act="show" data-form="edit" aria-expanded="false">Edit question</button>'
            '<button type="button" data-act="retry">Ask again</button>'
        )
    kept = exchange.state == "done" and exchange.id
    judging = "".join(_thumb(verdict, exchange.verdict) for verdict in VERDICTS) if kept else ""
    return (
        f'<div class="fn-tools" role="group" aria-label="With answer {number}">{buttons}{judging}</div>'
        f"{_comment() if kept else ''}"
    )


def _thumb(verdict: str, given: str) -> str:
    return (
        f'<button type="button" class="fn-thumb" data-act="judge" data-verdict="{verdict}" '
        f'aria-pressed="{str(verdict == given).lower()}" aria-label="{VERDICTS[verdict]}" title="{VERDICTS[verdict]}">'
        f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{THUMB}"/></svg></button>'
    )


def _comment() -> str:
    return (
        '<form class="fn-form" data-form="comment" hidden>'
        '<label><span>What should be known of it? <small>Optional; stays on this machine.</small></span>'
        f'<textarea name="text" rows="2" maxlength="{COMMENT_CHARACTERS}"></textarea></label>'
        '<div><button type="submit">Keep the comment</button>'
        '<button type="button" data-act="hide">No comment</button></div></form>'
    )  # fmt: skip


def _correction(standalone: str) -> str:
    return (
        '<button type="button" class="fn-correct" data-act="show" data-form="correct" aria-expanded="false">'
        "Not what you meant? Correct it</button>"
        + _form("correct", "What you meant, as a question of its own", standalone)
    )


def _form(name: str, label: str, text: str) -> str:
    return (
        f'<form class="fn-form" data-form="{name}" hidden><label>{label}'
        f'<textarea name="text" rows="2" required maxlength="{QUESTION_CHARACTERS}">\n{esc(text)}</textarea></label>'
        '<div><button type="submit">Ask again</button><button type="button" data-act="hide">Cancel</button></div>'
        "</form>"
    )
