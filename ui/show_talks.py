"""A conversation as what is written to the parts of the page. Knows nothing of what happens in it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr

from index.errors import UserError
from rag.suggest import suggestions
from ui import panes, render
from ui.answers import exchanges_html
from ui.assistant import Opening, told
from ui.chat import Chat
from ui.conversations import Conversations
from ui.rail import rail_html

LOOKED_AT = 6  # documents that first questions are made from
NOTHING = [gr.skip()] * 9  # of what a conversation is written to

Source = Callable[[str, int, int], str]


def start_html(opening: Opening) -> str:
    """What a fresh conversation shows, with questions to begin with once the documents are known."""
    if not opening.settled or opening.fault:
        return render.empty_html(None)
    try:
        library = opening.wait().library
        infos = library.documents()
        return render.empty_html(len(infos), suggestions([library.document(info.id) for info in infos[:LOOKED_AT]]))
    except Exception as error:  # the page is of use without them
        told(error)
        return render.empty_html(None)


class View:
    """Conversations as updates. `source` renders the place of a quote."""

    def __init__(self, opening: Opening, store: Conversations, source: Source) -> None:
        self._opening, self._store, self._source = opening, store, source

    def turned_to(self, chat: Chat, owner: str) -> list[Any]:
        """The page with a whole conversation, or with the beginning of one."""
        earlier = replace(chat, exchanges=chat.exchanges[:-1])
        source = self.first_source(chat) if self._opening.settled else {}
        updates = {"past": self.past(earlier), "box": "", "evidence": panes.NO_EVIDENCE, **source}
        return self.page(chat, rail=self.rail(owner, chat.id), **updates)

    def page(self, chat: Chat, **updates: Any) -> list[Any]:
        """The conversation as updates of `TalkParts.shown`: its last exchange, the buttons, and what is given."""
        halt, past, box, evidence, rail = (
            updates.get(name, gr.skip()) for name in ("halt", "past", "box", "evidence", "rail")
        )
        ask_button, stop = gr.update(visible=not chat.working), gr.update(visible=chat.working)
        return [chat, halt, past, self.live(chat), ask_button, stop, box, evidence, rail]

    def rail(self, owner: str, current: str, fault: str = "") -> str:
        """The list of the owner's conversations."""
        try:
            return rail_html(self._store.talks(owner), current, fault)
        except UserError as error:
            return rail_html((), current, told(error))

    def past(self, chat: Chat) -> str:
        """The exchanges of a conversation that goes on after them."""
        return exchanges_html(chat, 0, len(chat.exchanges), self.gone(chat), asked_again=False)

    def live(self, chat: Chat) -> str:
        """The last exchange."""
        count = len(chat.exchanges)
        return exchanges_html(chat, count - 1, count, self.gone(chat)) if count else ""

    def gone(self, chat: Chat) -> frozenset[str]:
        """The documents that are cited and not in the library any more; none while that is not known."""
        cited = {citation.document for exchange in chat.exchanges for citation in exchange.answer.citations}
        if not cited or chat.working or not self._opening.settled or self._opening.fault:
            return frozenset()
        return frozenset(cited - {info.id for info in self._opening.wait().library.documents()})

    def first_source(self, chat: Chat) -> dict[str, str]:
        """The evidence pane with the first quote of the last answer, if it has one."""
        last = chat.exchanges[-1].answer if chat.exchanges else None
        first = next(iter(last.citations), None) if last else None
        return {"evidence": self._source(first.document, first.start, first.end)} if first else {}
