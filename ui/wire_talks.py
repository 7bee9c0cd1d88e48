"""What happens in a conversation and in the list of them. Knows nothing of rendering a part or answering a question.

Whose conversations are meant is told by the log-in of each request. What a script sends is checked: a conversation is
only ever looked up among those of its owner, an exchange only in the conversation that is open.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from index.errors import UserError
from ui import panes
from ui.answers import QUESTION_CHARACTERS
from ui.api import Api
from ui.assistant import Opening, told
from ui.chat import Chat, Desk, Halt, ask
from ui.conversations import Conversations, Verdict
from ui.keeping import Keeper
from ui.markdown import chat_markdown, file_name
from ui.parts import PRIVATE, told_by
from ui.rail import outbox_html
from ui.scope import Scope
from ui.show_talks import NOTHING, Source, View
from ui.why import why_html

# gradio knows an event of a part by its name, which must stand in quotes in the part's script.
OPENS = "footnote.sources(element, trigger, 'open');"
ANSWERS = OPENS + " talks.answers(element, trigger, ['why', 'judge', 'again']);"
FOLLOWS = ANSWERS + " footnote.follow(element, watch);"
BEGINS = "talks.beginnings(element, trigger, 'ask');"
LISTS = "talks.rail(element, trigger, watch, ['choose', 'rename', 'remove', 'export', 'restore']);"
HANDS_OUT = "talks.outbox(element, watch);"


@dataclass(frozen=True)
class TalkParts:
    """The parts of the page that a conversation is shown in and steered by."""

    chat: gr.State
    halt: gr.State
    past: gr.HTML
    live: gr.HTML
    start: gr.HTML
    box: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    fresh: gr.Button
    evidence: gr.HTML
    rail: gr.HTML
    outbox: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What a conversation is written to; `View.page` has the same order."""
        return [
            self.chat, self.halt, self.past, self.live, self.ask, self.stop, self.box, self.evidence, self.rail
        ]  # fmt: skip


def wire(parts: TalkParts, api: Api, store: Conversations, source: Source, scope: gr.State) -> None:
    """Connect the parts. `source` renders the place of a quote, `scope` holds which documents are asked."""
    talks = Talks(api.opening, api.desk, store, source)
    chat, halt, shown, rail = parts.chat, parts.halt, parts.shown, parts.rail
    gr.on([parts.box.submit, parts.ask.click], talks.asked, [parts.box, chat, halt, scope], shown, **PRIVATE)
    parts.start.ask(talks.suggested, [chat, halt, scope], shown, **PRIVATE)
    parts.live.again(talks.again, [chat, halt, scope], shown, **PRIVATE)
    parts.stop.click(talks.stopped, halt, None, **PRIVATE)
    parts.fresh.click(talks.fresh, halt, shown, **PRIVATE)
    rail.choose(talks.chosen, [chat, halt], shown, **PRIVATE)
    rail.remove(talks.removed, [chat, halt], shown, **PRIVATE)
    rail.rename(talks.renamed, chat, rail, **PRIVATE)
    rail.export(talks.exported, None, parts.outbox, **PRIVATE)
    restored = rail.restore(talks.restored, chat, shown, **PRIVATE)
    restored.then(talks.ready, None, None, **PRIVATE).then(talks.marked, chat, [parts.past, parts.live], **PRIVATE)
    for part in (parts.past, parts.live):
        part.why(talks.why, chat, parts.evidence, **PRIVATE)
        part.judge(talks.judged, chat, parts.outbox, **PRIVATE)


def owner_of(request: gr.Request) -> str:
    """Who is logged in; nobody when nobody has to."""
    return str(request.username or "")


class Talks:
    """The handlers of a conversation and of the list of them."""

    def __init__(self, opening: Opening, desk: Desk, store: Conversations, source: Source) -> None:
        self._opening, self._desk, self._store, self._view = opening, desk, store, View(opening, store, source)

    def asked(
        self, question: str, chat: Chat, halt: Halt | None, scope: Scope, request: gr.Request
    ) -> Iterator[list[Any]]:
        """A new question."""
        self.stopped(halt)
        yield from self._answering(question, chat, scope, request)

    def suggested(
        self, event: gr.EventData, chat: Chat, halt: Halt | None, scope: Scope, request: gr.Request
    ) -> Iterator[list[Any]]:
        """One of the questions to begin with."""
        self.stopped(halt)
        yield from self._answering(_text(told_by(event), "question"), chat, scope, request)

    def again(
        self, event: gr.EventData, chat: Chat, halt: Halt | None, scope: Scope, request: gr.Request
    ) -> Iterator[list[Any]]:
        """The last question once more: as it was, changed, or with what it should have been read as."""
        if not chat.exchanges:
            return
        self.stopped(halt)
        said, last = told_by(event), chat.exchanges[-1]
        before = replace(chat.settled(), exchanges=chat.exchanges[:-1])
        question = _text(said, "question") or last.answer.question
        yield from self._answering(question, before, scope, request, _text(said, "read_as"), last.id)

    def _answering(
        self, question: str, chat: Chat, scope: Scope, request: gr.Request, read_as: str = "", instead: int = 0
    ) -> Iterator[list[Any]]:
        question = question.strip()[:QUESTION_CHARACTERS]
        if not question:
            return
        chat, halt, owner = self._refreshed(chat.settled()), Halt(), owner_of(request)
        asking = partial(_asking, question, self._opening, self._desk, halt, scope, read_as)
        # What is finished goes to `past` once, so that a long conversation is not sent again with every word.
        begun: dict[str, Any] = {"halt": halt, "past": self._view.past(chat), "box": ""}
        for now in Keeper(self._store, owner).growing(chat, question, asking, instead):
            if now is halt.instead:
                yield self._view.turned_to(now, owner)
            elif now.working:
                yield self._view.page(now, **begun, **({"rail": self._view.rail(owner, now.id)} if begun else {}))
            else:
                yield self._view.page(now, rail=self._view.rail(owner, now.id), **self._view.first_source(now))
            begun = {}

    def stopped(self, halt: Halt | None) -> None:
        """Not by gradio's `cancels`: what was already on its way to the browser would be shown after the stop."""
        if halt:
            halt.stop = True

    def fresh(self, halt: Halt | None, request: gr.Request) -> list[Any]:
        """A new conversation; it is kept once something was asked."""
        return self._left(halt, Chat(), owner_of(request))

    def chosen(self, event: gr.EventData, chat: Chat, halt: Halt | None, request: gr.Request) -> list[Any]:
        """A conversation from the list."""
        talk, owner = _text(told_by(event), "id"), owner_of(request)
        if talk == chat.id:
            return NOTHING
        return self._left(halt, self._kept(owner, talk) or Chat(), owner)

    def restored(self, event: gr.EventData, chat: Chat, request: gr.Request) -> list[Any]:
        """The conversation that was open when the page was last seen, if it is this person's; and the list."""
        owner = owner_of(request)
        kept = None if chat.exchanges else self._kept(owner, _text(told_by(event), "id"))
        if kept is None:
            return [*NOTHING[:-1], self._view.rail(owner, chat.id)]
        return self._view.turned_to(kept, owner)

    def ready(self) -> None:
        """Wait until it is known which documents there are."""
        try:
            self._opening.wait()
        except UserError as error:  # it is told where the documents are listed
            told(error)

    def marked(self, chat: Chat) -> list[Any]:
        """The conversation once more, where a document of it is gone."""
        if chat.working or not self._view.gone(chat):
            return [gr.skip(), gr.skip()]
        return [self._view.past(replace(chat, exchanges=chat.exchanges[:-1])), self._view.live(chat)]

    def removed(self, event: gr.EventData, chat: Chat, halt: Halt | None, request: gr.Request) -> list[Any]:
        """A conversation deleted for good; the page turns to a new one when it was open."""
        talk, owner = _text(told_by(event), "id"), owner_of(request)
        fault = self._tried(lambda: self._store.delete(owner, talk))
        if fault or talk != chat.id:
            return [*NOTHING[:-1], self._view.rail(owner, chat.id, fault)]
        return self._left(halt, Chat(), owner)

    def renamed(self, event: gr.EventData, chat: Chat, request: gr.Request) -> str:
        """A conversation by another name."""
        said, owner = told_by(event), owner_of(request)
        fault = self._tried(lambda: self._store.rename(owner, _text(said, "id"), _text(said, "name")))
        return self._view.rail(owner, chat.id, fault)

    def exported(self, event: gr.EventData, request: gr.Request) -> str:
        """A conversation as a file of Markdown."""
        talk, owner = _text(told_by(event), "id"), owner_of(request)
        chat = self._kept(owner, talk)
        if chat is None:
            return outbox_html("This conversation is not there any more.")
        name = next((one.name for one in self._store.talks(owner) if one.id == talk), "")
        return outbox_html(chat_markdown(name, chat, self._view.gone(chat)), file_name(name))

    def why(self, event: gr.EventData, chat: Chat) -> str:
        """Why an answer of the open conversation is what it is."""
        number = told_by(event).get("start")
        if not isinstance(number, int) or not 0 < number <= len(chat.exchanges):
            return panes.gone_html("This answer could not be found.")
        return why_html(chat.exchanges[number - 1], number)

    def judged(self, event: gr.EventData, chat: Chat, request: gr.Request) -> Any:
        """What a person thinks of an answer of the open conversation."""
        said = told_by(event)
        number, verdict = said.get("number"), said.get("verdict")
        if not isinstance(number, int) or not 0 < number <= len(chat.exchanges) or verdict not in ("up", "down", ""):
            return gr.skip()
        exchange, given = chat.exchanges[number - 1], _verdict(verdict)
        fault = self._tried(lambda: self._store.judge(owner_of(request), exchange.id, given, _text(said, "comment")))
        return outbox_html(fault) if fault else gr.skip()

    def _left(self, halt: Halt | None, chat: Chat, owner: str) -> list[Any]:
        """The page turned to another conversation. An answer in the making stops, and then shows that one too."""
        if halt:
            halt.instead, halt.stop = chat, True
        return self._view.turned_to(chat, owner)

    def _kept(self, owner: str, talk: str) -> Chat | None:
        try:
            return self._store.chat(owner, talk)
        except UserError as error:  # it is told in the list
            told(error)
            return None

    def _refreshed(self, chat: Chat) -> Chat:
        """The conversation with what was thought of its answers meanwhile."""
        try:
            return self._store.with_verdicts(chat)
        except UserError as error:
            told(error)
            return chat

    def _tried(self, change: Callable[[], None]) -> str:
        """Why a change could not be made, or nothing."""
        try:
            change()
        except UserError as error:
            return told(error)
        return ""


def _asking(
    question: str, opening: Opening, desk: Desk, halt: Halt, scope: Scope, read_as: str, chat: Chat, kept: int
) -> Iterator[Chat]:
    return ask(chat, question, opening, desk, halt, scope, read_as=read_as, kept=kept)


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value.strip()[:QUESTION_CHARACTERS] if isinstance(value, str) else ""


def _verdict(said: str) -> Verdict:
    return "up" if said == "up" else "down" if said == "down" else ""
