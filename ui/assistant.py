"""What the page needs of the assistant, and an assistant that opens while the page is already up.

Knows nothing of gradio or HTML. Anything with these few methods can stand behind the page.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from index.errors import UserError
from index.page_image import PageImage
from index.types import Document, DocumentInfo, Evidence, Hit, Progress, Report
from rag.types import Answer, Turn

log = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]

OUR_FAULT = "Something went wrong on our side; the terminal that runs Footnote has the details."


class Library(Protocol):
    """The documents that answers come from."""

    def documents(self) -> list[DocumentInfo]: ...

    def document(self, document_id: str, /) -> Document: ...

    def page_images(self, document_id: str, start: int, end: int, /) -> Sequence[PageImage]: ...

    def search(self, question: str, k: int, within: Collection[str] | None, /) -> list[Hit]: ...

    def evidence(self, question: str, k: int, within: Collection[str] | None, /) -> list[Evidence]: ...

    def add(self, paths: Iterable[Path], progress: OnProgress = ..., /, again: bool = False) -> Iterator[Report]: ...

    def sync(self, paths: Iterable[Path], progress: OnProgress = ..., /) -> Iterator[Report]: ...

    def remove(self, names: Iterable[str], /, erase: bool = False) -> Iterator[Report]: ...

    def tag(self, names: Iterable[str], add: Iterable[str], remove: Iterable[str], /) -> list[DocumentInfo]: ...


class Assistant(Protocol):
    """Answers a question with a growing `Answer`; closing the iterator stops it."""

    @property
    def library(self) -> Library: ...

    def answer(
        self, question: str, history: Sequence[Turn] = (), within: Collection[str] | None = None
    ) -> Iterator[Answer]: ...


class Opening:
    """An assistant on its way: models take seconds to load, and the page should not wait for them."""

    def __init__(self, open_assistant: Callable[[], Assistant]) -> None:
        self._open = open_assistant
        self._settled = Event()
        self._assistant: Assistant | None = None
        self.fault = ""
        Thread(target=self._run, name="open-assistant", daemon=True).start()

    def _run(self) -> None:
        try:
            self._assistant = self._open()
        except Exception as error:  # whatever it was, it is told to the person
            self.fault = told(error)
        finally:
            self._settled.set()

    @property
    def settled(self) -> bool:
        """Whether opening has ended, well or badly."""
        return self._settled.is_set()

    def wait(self) -> Assistant:
        """The assistant, as soon as it is there. Raises UserError when it could not be opened."""
        self._settled.wait()
        if self._assistant is None:
            raise UserError(self.fault)
        return self._assistant


def told(error: Exception) -> str:
    """The one line that a person should see of `error`; what is our fault goes to the log in full."""
    if isinstance(error, UserError):
        return str(error)
    log.error("unexpected error", exc_info=error)
    return OUR_FAULT
