"""One conversation as it grows. Knows nothing of gradio or HTML.

The assistant is driven in a thread of its own and only its latest `Answer` is looked at. So the page never blocks on
the model: Stop works at once, also while the models still load or while another question is being answered.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from threading import Condition, Lock, Thread
from typing import Literal

from index.errors import UserError
from rag.types import Answer, Turn
from ui.assistant import Opening, told
from ui.scope import EVERYTHING, Scope

State = Literal["working", "done", "stopped", "failed"]

LOADING = "Loading the models"
WAITING = "Waiting: another question is being answered first"
SEARCHING = "Searching your documents"
READING = "Reading the best passages"
WRITING = "Writing a draft"
CHECKING = "Checking every sentence against its source"

TICK = 0.08  # seconds between two looks at the answer: smooth to the eye, and cheap


@dataclass(frozen=True)
class Exchange:
    """A question and what has become of it. `note` is the stage while working, and the fault when there was one.

    `id` is where it is kept, 0 while it is not; `verdict` is what the person thought of it: "up", "down" or nothing.
    """

    answer: Answer
    state: State = "working"
    note: str = ""
    id: int = 0
    verdict: str = ""


@dataclass(frozen=True)
class Chat:
    """A conversation: its exchanges, oldest first; only the last can be unfinished. `id` is empty until it is kept."""

    exchanges: tuple[Exchange, ...] = ()
    id: str = ""

    @property
    def working(self) -> bool:
        return bool(self.exchanges) and self.exchanges[-1].state == "working"

    def history(self) -> tuple[Turn, ...]:
        """What was said so far, as the assistant wants to hear it; what was stopped or failed was not said."""
        said = [e.answer for e in self.exchanges if e.state == "done"]
        return tuple(t for a in said for t in (Turn("user", a.question, a.standalone), Turn("assistant", a.text)))

    def with_last(self, exchange: Exchange) -> "Chat":
        """The conversation with another last exchange, kept where the last one was."""
        last = replace(exchange, id=self.exchanges[-1].id)
        return replace(self, exchanges=(*self.exchanges[:-1], last))

    def settled(self) -> "Chat":
        """The conversation with nothing in the making: what an interrupted answer had checked stays."""
        return self.with_last(stopped(self.exchanges[-1].answer)) if self.working else self


def stopped(answer: Answer) -> Exchange:
    """What remains of an answer after Stop: what is checked stays, what is not is dropped."""
    return Exchange(replace(answer, draft=""), "stopped")


class Halt:
    """How a person ends an answer in the making: with Stop, or by turning to another conversation, `instead`."""

    def __init__(self) -> None:
        self.stop = False
        self.instead: Chat | None = None


class Desk:
    """Counts who is being answered, for the page to say that one has to wait."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers = count()
        self._present: set[int] = set()

    def enter(self) -> int:
        with self._lock:
            number = next(self._numbers)
            self._present.add(number)
            return number

    def leave(self, number: int) -> None:
        with self._lock:
            self._present.discard(number)

    def busy_before(self, number: int) -> bool:
        with self._lock:
            return any(other < number for other in self._present)


class Work:
    """An iterator of answers, run in a thread; `look` gives the latest answer and whether it was the last."""

    def __init__(self, make: Callable[[], Iterator[Answer]], on_end: Callable[[], None]) -> None:
        self._make, self._on_end = make, on_end
        self._changed = Condition()
        self._latest: Answer | None = None
        self._error: Exception | None = None
        self._ended = self._stop = False
        Thread(target=self._run, name="answer", daemon=True).start()

    def _run(self) -> None:
        try:
            if not self._stop:
                self._drive(self._make())
        except Exception as error:  # raised again in the thread that looks
            self._error = error
        finally:
            self._on_end()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _drive(self, answers: Iterator[Answer]) -> None:
        try:
            while not self._stop and (answer := next(answers, None)) is not None:
                with self._changed:
                    self._latest = answer
                    self._changed.notify_all()
        finally:
            # In this thread, which is the one that iterates: a generator cannot be closed from another while it runs.
            getattr(answers, "close", lambda: None)()

    def look(self, seen: Answer | None, seconds: float) -> tuple[Answer | None, bool]:
        """Wait up to `seconds` for something newer than `seen`. Raises what the iterator raised."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._latest is not seen, seconds)
            if self._error is not None:
                raise self._error
            return self._latest, self._ended

    def stop(self) -> None:
        """Close the iterator as soon as it gives its next answer."""
        self._stop = True


def ask(
    chat: Chat,
    question: str,
    opening: Opening,
    desk: Desk,
    halt: Halt,
    scope: Scope = EVERYTHING,
    *,
    read_as: str = "",
    kept: int = 0,
) -> Iterator[Chat]:
    """The conversation growing by one exchange. Closing this iterator, or `halt`, stops the assistant.

    `read_as` is the question as the person says it stands alone; `kept` is where the exchange is kept.
    """
    history = () if read_as else chat.history()  # what stands alone leans on nothing that was said
    number = desk.enter()
    begun = Exchange(Answer(question, read_as or question), note=SEARCHING if opening.settled else LOADING, id=kept)
    chat = replace(chat, exchanges=(*chat.exchanges, begun))
    shown = begun
    work = Work(lambda: scope.ask(opening.wait(), read_as or question, history), lambda: desk.leave(number))
    try:
        yield chat
        for exchange in _watch(work, question, lambda answer: stage(answer, opening.settled, desk.busy_before(number))):
            answer = replace(exchange.answer, question=question, standalone=read_as or exchange.answer.standalone)
            exchange = replace(exchange, answer=answer, id=kept)
            if halt.stop:
                yield chat.with_last(stopped(exchange.answer)) if halt.instead is None else halt.instead
                return
            if exchange != shown:
                shown = exchange
                yield chat.with_last(exchange)
    finally:
        work.stop()


def _watch(work: Work, question: str, note: Callable[[Answer | None], str]) -> Iterator[Exchange]:
    """The exchange at every tick, the last one being done or failed."""
    answer, ended = None, False
    while not ended:
        try:
            answer, ended = work.look(answer, TICK)
            if ended and answer is None:
                raise UserError("no answer came; please ask again")
        except Exception as error:  # one answer fails, the page goes on
            yield Exchange(answer or Answer(question, question), "failed", told(error))
            return
        if not ended:
            yield Exchange(answer or Answer(question, question), note=note(answer))
    assert answer is not None
    yield Exchange(replace(answer, draft=""), "done")


def stage(answer: Answer | None, loaded: bool, others_before: bool) -> str:
    """What is being done, in words, told from what is there already."""
    if not loaded:
        return LOADING
    if answer is not None and answer.draft:
        return WRITING
    if answer is not None and answer.sentences:
        return CHECKING
    if others_before:
        return WAITING
    return READING if answer is not None and answer.hits else SEARCHING
