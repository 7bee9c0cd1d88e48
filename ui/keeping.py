"""A growing conversation, kept as it grows. Knows nothing of gradio or HTML.

What fails to be kept is told with the answer; it never takes the answer away.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from index.errors import UserError
from ui.assistant import told
from ui.chat import Chat, Exchange, stopped
from ui.conversations import Conversations

NOT_KEPT = "This answer is not kept"


@dataclass(frozen=True)
class Keeper:
    """The conversations of one person."""

    store: Conversations
    owner: str

    def growing(
        self, chat: Chat, question: str, ask: Callable[[Chat, int], Iterator[Chat]], instead: int = 0
    ) -> Iterator[Chat]:
        """What `ask` makes of a conversation, given where the new exchange is kept: in place of `instead`, if any."""
        fault, number = "", 0
        try:
            talk, number = self.store.begin(self.owner, chat, question, instead)
            chat = replace(chat, id=talk)
        except UserError as error:
            fault = told(error)
        last: Exchange | None = None
        growing = ask(chat, number)
        try:
            for now in growing:
                mine = now.exchanges[-1] if now.exchanges and now.exchanges[-1].id == number else None
                last = mine or last
                if mine and mine.state != "working":
                    fault = fault or self._finish(mine)
                    now = now.with_last(replace(mine, note=f"{NOT_KEPT}: {fault}")) if fault else now
                yield now
        finally:
            if last is not None and last.state == "working":
                self._finish(replace(stopped(last.answer), id=number))

    def _finish(self, exchange: Exchange) -> str:
        """Keep how an exchange ended; the fault when that cannot be."""
        try:
            if exchange.id:
                self.store.finish(exchange)
        except UserError as error:
            return told(error)
        return ""
