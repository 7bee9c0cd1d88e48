"""The page: its parts and what happens when they are used. Knows nothing of rendering a part or answering a question.

Every handler is private: the page has no programming interface; `rag.ask --json` is that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import UserError
from ui import panes, render
from ui.assistant import Opening, told
from ui.changes import Changes
from ui.chat import LOADING, Chat, Desk, Halt, ask
from ui.documents import view_button
from ui.folders import Folders
from ui.parts import PRIVATE, told_by
from ui.parts import html as _html
from ui.scope import Scope
from ui.wire_documents import LIMITS, VIEWS, Around, Backing, Shelf, lay_out, wire

HERE = Path(__file__).parent
QUESTION_CHARACTERS = 2_000

THEME = gr.themes.Base(
    # Names of fonts the machine may have; plain strings, so that nothing is fetched.
    font=["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "sans-serif"],
    font_mono=["ui-monospace", "Consolas", "DejaVu Sans Mono", "monospace"],
)
CSS = "".join((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "documents.css"))
HEAD = "".join(f"<script>{(HERE / name).read_text(encoding='utf-8')}</script>" for name in ("page.js", "documents.js"))

OPENS = "footnote.sources(element, trigger, 'open');"
FOLLOWS = OPENS + " footnote.follow(element, watch);"
SHOWS = "footnote.evidence(element, watch);"
REPORTS = "footnote.reports(element, trigger, watch, 'dismiss', 'halt', 'renew');"


@dataclass(frozen=True)
class Parts:
    """The parts of the page that handlers read and write."""

    chat: gr.State
    halt: gr.State
    status: gr.HTML
    documents: gr.HTML
    view: gr.HTML
    files: gr.UploadButton
    fresh: gr.Button
    reports: gr.HTML
    past: gr.HTML
    live: gr.HTML
    box: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    limits: gr.HTML
    evidence: gr.HTML
    shelf: Shelf

    @property
    def talk(self) -> list[Any]:
        """What the growing conversation is written to."""
        return [self.chat, self.halt, self.past, self.live, self.ask, self.stop, self.box, self.evidence]


def build(opening: Opening, uploads: Path, limit: str, folders: Folders | None = None) -> gr.Blocks:
    """The page over an assistant on its way. Files handed in are kept in `uploads`; `limit` is told of their size.

    Only with `folders` can folders of this machine be pointed to.
    """
    page = gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))
    with page:
        parts = _lay_out(limit, with_folders=folders is not None)
        _wire_talk(parts, opening)
        _wire_sources(parts, opening)
        _wire_documents(page, parts, opening)
        around = Around(parts.view, parts.reports, parts.files, parts.limits, parts.evidence, parts.documents)
        wire(parts.shelf, around, Backing(opening, uploads, folders, Changes()))
    return page


def _lay_out(limit: str, with_folders: bool) -> Parts:
    chat, halt = gr.State(Chat()), gr.State()
    with gr.Column(elem_id="fn-frame"):
        with gr.Row(elem_id="fn-bar"):
            _html("brand", '<h1 class="fn-brand">Footnote<sup aria-hidden="true">1</sup></h1>')
            status = _html("status", panes.status_html(LOADING))
            documents = _html("documents", script=OPENS)
            view = _html("view", view_button(), VIEWS)
            files = gr.UploadButton("Add files", file_count="multiple", size="sm", elem_id="fn-files")
            fresh = gr.Button("New chat", size="sm", elem_id="fn-fresh")
        reports = _html("reports", script=REPORTS)
        with gr.Row(elem_id="fn-main"):
            with gr.Column(elem_id="fn-left"):
                with gr.Column(elem_id="fn-talk"):
                    past = _html("past", script=OPENS)
                    live = _html("live", render.empty_html(None), FOLLOWS)
                limits = _html("asked", script=LIMITS)
                with gr.Row(elem_id="fn-composer"):
                    box = gr.Textbox(
                        label="Your question",
                        placeholder="Ask your documents …",
                        lines=1,
                        max_lines=6,
                        max_length=QUESTION_CHARACTERS,
                        autofocus=True,
                        container=False,
                        elem_id="fn-box",
                        scale=1,
                    )
                    ask_button = gr.Button("Ask", variant="primary", elem_id="fn-ask", min_width=72, scale=0)
                    stop = gr.Button("Stop", variant="stop", elem_id="fn-stop", min_width=72, scale=0, visible=False)
                _html(
                    "limit",
                    f'<p class="fn-limit">Files up to {render.esc(limit)}. Everything stays on this machine.</p>',
                )
            with gr.Column(elem_id="fn-right"):
                evidence = _html("evidence", panes.NO_EVIDENCE, SHOWS)
        shelf = lay_out(limit, with_folders)
    return Parts(
        chat, halt, status, documents, view, files, fresh, reports, past, live, box, ask_button, stop, limits, evidence,
        shelf,
    )  # fmt: skip


def _talk(chat: Chat, **updates: Any) -> list[Any]:
    """The conversation as updates of `Parts.talk`: its last exchange and the buttons, and what else is given."""
    last = len(chat.exchanges) - 1
    ask_button, stop = gr.update(visible=not chat.working), gr.update(visible=chat.working)
    live = updates.get("live") or render.exchanges_html(chat, last, last + 1)
    halt, past, box, evidence = (updates.get(name, gr.skip()) for name in ("halt", "past", "box", "evidence"))
    return [chat, halt, past, live, ask_button, stop, box, evidence]


def _wire_talk(parts: Parts, opening: Opening) -> None:
    desk = Desk()

    def asked(question: str, chat: Chat, scope: Scope) -> Iterator[list[Any]]:
        if not question.strip():
            return
        chat, halt = chat.settled(), Halt()
        # What is finished goes to `past` once, so that a long conversation is not sent again with every word.
        first = {"halt": halt, "past": render.exchanges_html(chat, 0, len(chat.exchanges)), "box": ""}
        for now in ask(chat, question.strip(), opening, desk, halt, scope):
            if not now.exchanges:
                yield cleared(halt)
            elif now.working:
                yield _talk(now, **first)
            else:
                yield _talk(now, **_first_source(now, opening))
            first = {}

    def stopped(halt: Halt | None) -> None:
        # Not by gradio's `cancels`: what was already on its way to the browser would be shown after the stop.
        if halt:
            halt.stop = True

    def cleared(halt: Halt | None) -> list[Any]:
        if halt:
            halt.forget = halt.stop = True
        return _talk(Chat(), past="", live=render.empty_html(_count(opening)), box="", evidence=panes.NO_EVIDENCE)

    gr.on([parts.box.submit, parts.ask.click], asked, [parts.box, parts.chat, parts.shelf.scope], parts.talk, **PRIVATE)
    parts.stop.click(stopped, parts.halt, None, **PRIVATE)
    parts.fresh.click(cleared, parts.halt, parts.talk, **PRIVATE)


def _first_source(chat: Chat, opening: Opening) -> dict[str, str]:
    """The evidence pane with the first quote of the last answer, if it has one."""
    first = next(iter(chat.exchanges[-1].answer.citations), None)
    return {"evidence": _source(opening, first.document, first.start, first.end)} if first else {}


def _source(opening: Opening, document: str, start: int, end: int) -> str:
    try:
        return panes.evidence_html(opening.wait().library.document(document), start, end)
    except (UserError, KeyError):
        return panes.gone_html("This document is no longer in the library.")
    except Exception as error:  # one source fails, the page goes on
        return panes.gone_html(told(error))


def _wire_sources(parts: Parts, opening: Opening) -> None:
    def opened(event: gr.EventData) -> str:
        named = told_by(event)
        document, start, end = (named.get(key) for key in ("document", "start", "end"))
        if not (isinstance(document, str) and isinstance(start, int) and isinstance(end, int)):
            return panes.gone_html("This source could not be found.")
        return _source(opening, document, start, end)

    for part in (parts.past, parts.live, parts.documents, parts.shelf.list):
        part.open(opened, None, parts.evidence, **PRIVATE)


def _count(opening: Opening) -> int | None:
    return len(opening.wait().library.documents()) if opening.settled and not opening.fault else None


def _wire_documents(page: gr.Blocks, parts: Parts, opening: Opening) -> None:
    timer = gr.Timer(0.5)

    def refreshed(chat: Chat) -> list[Any]:
        if not opening.settled:
            return [gr.skip()] * 4
        off = gr.Timer(active=False)
        if opening.fault:
            return [panes.status_html(opening.fault, fault=True), "", gr.skip(), off]
        documents = opening.wait().library.documents()
        empty = gr.skip() if chat.exchanges else render.empty_html(len(documents))
        return ["", panes.documents_html(documents), empty, off]

    shown = [parts.status, parts.documents, parts.live, timer]
    timer.tick(refreshed, parts.chat, shown, **PRIVATE)
    page.load(refreshed, parts.chat, shown, **PRIVATE)
    parts.shelf.list.change(refreshed, parts.chat, shown, **PRIVATE)  # a fresh conversation tells how to begin
