"""An answer, or a conversation, as text to take away, each sentence with its references. Pure.

In Markdown, what is data cannot become markup: a reader that shows HTML or fetches pictures finds none.
"""

import re
from collections.abc import Callable, Collection

from index.types import place
from rag.types import Answer, Citation
from ui.chat import Chat, Exchange
from ui.render import GONE, place_text

_MARKUP = re.compile(r"[\\`*_\[\]<>&|~$]")
_OPENS_BLOCK = re.compile(r"^([#+\-=:]|\d+(?=[.)]))", re.M)
STATES = {"stopped": "Stopped before it was done.", "failed": "This question could not be answered."}


def literal(text: str) -> str:
    """One line of Markdown that shows just this text."""
    line = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    return _OPENS_BLOCK.sub(r"\\\1" if not line[:1].isdigit() else r"\1\\", _MARKUP.sub(r"\\\g<0>", line))


def answer_text(answer: Answer) -> str:
    """An answer with numbers in brackets, and the quotes that they stand for below."""
    said = _said(answer, lambda number: f" [{number}]", str)
    notes = [f"[{c.number}] {_reference(c)}" for c in answer.cited]
    return "\n".join([said, *([""] if notes else []), *notes])


def chat_markdown(name: str, chat: Chat, gone: Collection[str] = ()) -> str:
    """A conversation as Markdown with footnotes, numbered through. `gone` are documents that were removed since."""
    parts, numbered = [f"# {literal(name)}"], 0
    for exchange in chat.exchanges:
        parts += _exchange(exchange, numbered, gone)
        numbered += len(exchange.answer.citations)
    return "\n\n".join(parts) + "\n"


def _exchange(exchange: Exchange, before: int, gone: Collection[str]) -> list[str]:
    answer = exchange.answer
    parts = [f"## {literal(answer.question)}"]
    if answer.standalone.strip() != answer.question.strip():
        parts.append(f"*Read as: {literal(answer.standalone)}*")
    parts.append(_said(answer, lambda number: f"[^{before + number}]", literal))
    parts.append(STATES.get(exchange.state, ""))
    parts += [literal(answer.note)]
    for c in answer.cited:
        since = f" ({GONE})" if c.document in gone else ""
        parts.append(f"[^{before + c.number}]: {literal(_reference(c))}{since}")
    return [part for part in parts if part]


def _said(answer: Answer, mark: Callable[[int], str], text: Callable[[str], str]) -> str:
    return " ".join(text(s.text) + "".join(mark(number) for number in s.citations) for s in answer.sentences)


def _reference(citation: Citation) -> str:
    where = place_text(citation.source, place(citation.page, citation.section))
    return f"{where}: “{' '.join(citation.quote.split())}”"


def file_name(name: str) -> str:
    """A name for the file of a conversation, which every system takes."""
    words = re.findall(r"\w+", name)
    return ("-".join(words)[:60].strip("-_") or "conversation") + ".md"
