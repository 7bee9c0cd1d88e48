"""The page: its parts and what happens when they are used. Knows nothing of rendering a part or answering a question.

Every handler is private; what programs may call is offered apart (`wire_api`).
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import UserError
from ui import panes, render
from ui.answers import QUESTION_CHARACTERS
from ui.api import Api
from ui.assistant import Opening, told
from ui.changes import Changes
from ui.chat import LOADING, Chat
from ui.conversations import Conversations
from ui.documents import view_button
from ui.folders import Folders
from ui.parts import PRIVATE, html, told_by
from ui.rail import MENU
from ui.show_talks import start_html
from ui.wire_api import expose
from ui.wire_documents import LIMITS, VIEWS, Around, Backing, Shelf, lay_out
from ui.wire_documents import wire as wire_documents
from ui.wire_tags import wire as wire_tags
from ui.wire_talks import ANSWERS, BEGINS, FOLLOWS, HANDS_OUT, LISTS, OPENS, TalkParts
from ui.wire_talks import wire as wire_talks

HERE = Path(__file__).parent

THEME = gr.themes.Base(
    # Names of fonts the machine may have; plain strings, so that nothing is fetched.
    font=["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "sans-serif"],
    font_mono=["ui-monospace", "Consolas", "DejaVu Sans Mono", "monospace"],
)
STYLES, SCRIPTS = ("style.css", "documents.css", "talks.css"), ("page.js", "documents.js", "talks.js")
CSS = "".join((HERE / name).read_text(encoding="utf-8") for name in STYLES)
HEAD = "".join(f"<script>{(HERE / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS)

SHOWS = "footnote.evidence(element, trigger, watch, 'draw');"
DRAWS = "footnote.drawn(element, watch);"
REPORTS = "footnote.reports(element, trigger, watch, 'dismiss', 'halt', 'renew');"


@dataclass(frozen=True)
class Parts:
    """The parts of the page that handlers read and write."""

    talk: TalkParts
    status: gr.HTML
    documents: gr.HTML
    view: gr.HTML
    files: gr.UploadButton
    reports: gr.HTML
    limits: gr.HTML
    drawn: gr.HTML
    shelf: Shelf


def build(api: Api, store: Conversations, uploads: Path, limit: str, folders: Folders | None = None) -> gr.Blocks:
    """The page over the assistant of `api`. Files handed in are kept in `uploads`; `limit` is told of their size.

    Only with `folders` can folders of this machine be pointed to.
    """
    opening = api.opening
    page = gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))
    with page:
        parts = _lay_out(limit, with_folders=folders is not None)
        wire_talks(parts.talk, api, store, partial(_source, opening), parts.shelf.scope)
        _wire_sources(parts, opening)
        _wire_documents(page, parts, opening)
        around = Around(parts.view, parts.reports, parts.files, parts.limits, parts.talk.evidence, parts.documents)
        backing = Backing(opening, uploads, folders, Changes())
        wire_documents(parts.shelf, around, backing)
        wire_tags(parts.shelf, around, backing)
        expose(api)
    return page


def _lay_out(limit: str, with_folders: bool) -> Parts:
    chat, halt = gr.State(Chat()), gr.State()
    with gr.Column(elem_id="fn-frame"):
        with gr.Row(elem_id="fn-bar"):
            html("menu", MENU, "talks.menu(element);")
            html("brand", '<h1 class="fn-brand">Footnote<sup aria-hidden="true">1</sup></h1>')
            status = html("status", panes.status_html(LOADING))
            documents = html("documents", script=OPENS)
            view = html("view", view_button(), VIEWS)
            files = gr.UploadButton("Add files", file_count="multiple", size="sm", elem_id="fn-files")
            fresh = gr.Button("New chat", size="sm", elem_id="fn-fresh")
        reports = html("reports", script=REPORTS)
        with gr.Row(elem_id="fn-main"):
            rail = html("rail", script=LISTS)
            with gr.Column(elem_id="fn-left"):
                with gr.Column(elem_id="fn-talk"):
                    past = html("past", script=ANSWERS)
                    live = html("live", script=FOLLOWS)
                    start = html("start", render.empty_html(None), BEGINS)
                limits = html("asked", script=LIMITS)
                box, ask_button, stop = _composer()
                limited = f"Files up to {render.esc(limit)}. Everything stays on this machine."
                html("limit", f'<p class="fn-limit">{limited}</p>')
            with gr.Column(elem_id="fn-right"):
                evidence = html("evidence", panes.NO_EVIDENCE, SHOWS)
        outbox, drawn = html("outbox", script=HANDS_OUT), html("drawn", script=DRAWS)
        shelf = lay_out(limit, with_folders)
    talk = TalkParts(chat, halt, past, live, start, box, ask_button, stop, fresh, evidence, rail, outbox)
    return Parts(talk, status, documents, view, files, reports, limits, drawn, shelf)


def _composer() -> tuple[gr.Textbox, gr.Button, gr.Button]:
    """Where a question is written, asked and stopped."""
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
    return box, ask_button, stop


def _source(opening: Opening, document: str, start: int, end: int) -> str:
    try:
        return panes.evidence_html(opening.wait().library.document(document), start, end)
    except (UserError, KeyError):
        return panes.gone_html("This document is no longer in the library.")
    except Exception as error:  # one source fails, the page goes on
        return panes.gone_html(told(error))


def _wire_sources(parts: Parts, opening: Opening) -> None:
    def opened(event: gr.EventData) -> str:
        span = _span(event)
        return _source(opening, *span) if span else panes.gone_html("This source could not be found.")

    def drawn(event: gr.EventData) -> str:
        span, number = _span(event), told_by(event).get("number")
        return _pages(opening, *span, number) if span and isinstance(number, int) else ""

    for part in (parts.talk.past, parts.talk.live, parts.documents, parts.shelf.list):
        part.open(opened, None, parts.talk.evidence, **PRIVATE)
    # A second request does not wait for the first: its source is what is looked at now.
    parts.talk.evidence.draw(drawn, None, parts.drawn, trigger_mode="multiple", **(PRIVATE | {"concurrency_limit": 2}))


def _span(event: gr.EventData) -> tuple[str, int, int] | None:
    """The span of a document that a script asks for, when it is one."""
    named = told_by(event)
    document, start, end = (named.get(key) for key in ("document", "start", "end"))
    if isinstance(document, str) and isinstance(start, int) and isinstance(end, int):
        return document, start, end
    return None


def _pages(opening: Opening, document: str, start: int, end: int, number: int) -> str:
    try:
        library = opening.wait().library
        images = library.page_images(document, start, end)
        return panes.pages_html(library.document(document), start, end, number, images)
    except Exception as error:  # the text is there
        return panes.no_pages_html(document, start, end, number, told(error))


def _wire_documents(page: gr.Blocks, parts: Parts, opening: Opening) -> None:
    timer = gr.Timer(0.5)

    def refreshed() -> list[Any]:
        if not opening.settled:
            return [gr.skip()] * 4
        off = gr.Timer(active=False)
        if opening.fault:
            return [panes.status_html(opening.fault, fault=True), "", gr.skip(), off]
        return ["", panes.documents_html(opening.wait().library.documents()), start_html(opening), off]

    shown = [parts.status, parts.documents, parts.talk.start, timer]
    timer.tick(refreshed, None, shown, **PRIVATE)
    page.load(refreshed, None, shown, **PRIVATE)
    parts.shelf.list.change(refreshed, None, shown, **PRIVATE)  # a fresh conversation tells how to begin
