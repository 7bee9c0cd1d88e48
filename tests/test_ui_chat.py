"""A conversation without a browser: growing, stopping, failing, waiting; and what is done with files handed in."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest

from index.errors import UserError
from rag.types import Answer, Turn
from tests.standins_ui import StandInAssistant, StandInLibrary, seed_library, stand_in
from ui.assistant import OUR_FAULT, Assistant, Opening
from ui.chat import CHECKING, LOADING, READING, SEARCHING, WAITING, WRITING, Chat, Desk, Exchange, Halt, ask, stage
from ui.uploads import add_uploads

TROOPS = "How many troops did the Pentagon announce it was sending to Poland?"


class Scripted(StandInAssistant):
    """An assistant whose answers are given by a function."""

    def __init__(self, script: Callable[[str], Iterator[Answer]]) -> None:
        super().__init__(seed_library())
        self._script = script

    def answer(
        self, question: str, history: Sequence[Turn] = (), within: Collection[str] | None = None
    ) -> Iterator[Answer]:
        del history, within
        return self._script(question)


def opened(assistant: Assistant) -> Opening:
    opening = Opening(lambda: assistant)
    opening.wait()
    return opening


def until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_an_answer_grows_and_ends_done() -> None:
    chats = list(ask(Chat(), TROOPS, opened(stand_in(pause=0.02)), Desk(), Halt()))
    assert all(c.working for c in chats[:-1])
    assert any(c.exchanges[-1].answer.draft for c in chats)
    last = chats[-1].exchanges[-1]
    assert last.state == "done"
    assert "3,000 more troops" in last.answer.text
    assert not last.answer.draft


def test_the_next_question_hears_what_was_said() -> None:
    assistant = stand_in()
    *_, first = ask(Chat(), TROOPS, opened(assistant), Desk(), Halt())
    *_, second = ask(first, "To whom?", opened(assistant), Desk(), Halt())
    _, history = assistant.heard[-1]
    assert [turn.role for turn in history] == ["user", "assistant"]
    assert history[0].text == history[0].standalone == TROOPS
    assert history[1].text == first.exchanges[0].answer.text
    assert second.exchanges[1].answer.standalone.startswith("How many troops")


def test_what_was_stopped_or_failed_was_not_said() -> None:
    answer = Answer("q", "q")
    assert Chat((Exchange(answer, "stopped"), Exchange(answer, "failed"))).history() == ()


def test_closing_stops_the_assistant() -> None:
    assistant = stand_in(pause=0.02)
    growing = ask(Chat(), TROOPS, opened(assistant), Desk(), Halt())
    while not next(growing).exchanges[-1].answer.draft:
        pass
    growing.close()  # type: ignore[attr-defined]
    assert until(lambda: assistant.closed == 1)


@pytest.mark.parametrize("forget", [False, True])
def test_stop_keeps_what_is_checked_and_another_chat_takes_its_place(forget: bool) -> None:
    assistant, halt = stand_in(pause=0.02), Halt()
    growing = ask(Chat(), TROOPS, opened(assistant), Desk(), halt)
    for chat in growing:
        if chat.exchanges and chat.exchanges[-1].answer.sentences:
            halt.stop, halt.instead = True, Chat() if forget else None
    assert until(lambda: assistant.closed == 1)
    assert bool(chat.exchanges) is not forget
    if not forget:
        last = chat.exchanges[-1]
        assert last.state == "stopped"
        assert last.answer.sentences
        assert not last.answer.draft


def test_closing_does_not_wait_for_a_model_that_still_loads() -> None:
    loaded = Event()
    assistant = stand_in()
    opening = Opening(lambda: (loaded.wait(), assistant)[1])
    growing = ask(Chat(), TROOPS, opening, Desk(), Halt())
    assert next(growing).exchanges[-1].note == LOADING
    before = time.monotonic()
    growing.close()  # type: ignore[attr-defined]
    assert time.monotonic() - before < 0.5
    loaded.set()
    time.sleep(0.1)
    assert sum(bool(turns) for _, turns in assistant.heard) == 0


def test_a_person_is_told_of_waiting_for_another() -> None:
    go = Event()

    def slow(question: str) -> Iterator[Answer]:
        go.wait(5)
        yield Answer(question, question, done=True)

    opening, desk = opened(Scripted(slow)), Desk()
    first, second = ask(Chat(), "one", opening, desk, Halt()), ask(Chat(), "two", opening, desk, Halt())
    next(first), next(second)
    assert next(second).exchanges[-1].note == WAITING
    go.set()
    assert [*second][-1].exchanges[-1].state == "done"
    assert [*first][-1].exchanges[-1].state == "done"


@pytest.mark.parametrize(
    ("error", "told"), [(UserError("no model: give --model"), "no model: give --model"), (ValueError("x"), OUR_FAULT)]
)
def test_a_failure_is_told_in_one_line(error: Exception, told: str) -> None:
    def failing(question: str) -> Iterator[Answer]:
        yield Answer(question, question)
        raise error

    *_, last = ask(Chat(), "q", opened(Scripted(failing)), Desk(), Halt())
    assert (last.exchanges[-1].state, last.exchanges[-1].note) == ("failed", told)


def test_an_assistant_that_cannot_be_opened_says_why() -> None:
    def broken() -> Assistant:
        raise UserError("the index is of a newer version: update Footnote")

    opening = Opening(broken)
    assert until(lambda: opening.settled)
    *_, last = ask(Chat(), "q", opening, Desk(), Halt())
    assert last.exchanges[-1].note == opening.fault == "the index is of a newer version: update Footnote"


def test_no_answer_at_all_is_a_failure() -> None:
    *_, last = ask(Chat(), "q", opened(Scripted(lambda _: iter(()))), Desk(), Halt())
    assert last.exchanges[-1].state == "failed"


def test_stages() -> None:
    *_, done = ask(Chat(), TROOPS, opened(stand_in()), Desk(), Halt())
    answer = done.exchanges[-1].answer
    bare = Answer("q", "q")
    found = Answer("q", "q", hits=answer.hits)
    assert [stage(None, False, False), stage(None, True, True), stage(bare, True, False)] == [
        LOADING,
        WAITING,
        SEARCHING,
    ]
    assert [stage(found, True, False), stage(found, True, True), stage(answer, True, True)] == [
        READING,
        WAITING,
        CHECKING,
    ]
    assert stage(Answer("q", "q", draft="Perhaps"), True, True) == WRITING


# ---- files handed in


def given(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def add(library: StandInLibrary, home: Path, name: str, content: bytes) -> tuple[str, str]:
    *_, (reports, waiting) = add_uploads(library, [given(home / "in", name, content)], home / "uploads")
    assert waiting == 0
    assert not list((home / "in").iterdir()), "nothing is left behind"
    return reports[0].verdict, reports[0].detail


def test_files_are_kept_and_reported_one_by_one(tmp_path: Path) -> None:
    library = StandInLibrary()
    files = [
        given(tmp_path / "in", n, c)
        for n, c in (("a.txt", b"Ropes."), ("b.txt", b"\xff\xfe\xfd"), ("c.txt", b"Sails."))
    ]
    steps = [
        ([r.verdict for r in reports], waiting) for reports, waiting in add_uploads(library, files, tmp_path / "up")
    ]
    assert [waiting for _, waiting in steps] == [2, 1, 0]
    assert steps[-1][0] == ["added", "failed", "added"]
    assert sorted(p.name for p in (tmp_path / "up").iterdir()) == ["a.txt", "c.txt"]


def test_the_same_again_is_unchanged_and_new_content_updates(tmp_path: Path) -> None:
    library = StandInLibrary()
    assert add(library, tmp_path, "a.txt", b"Ropes.")[0] == "added"
    assert add(library, tmp_path, "a.txt", b"Ropes.")[0] == "unchanged"
    assert add(library, tmp_path, "a.txt", b"Sails.")[0] == "updated"
    assert [p.read_bytes() for p in (tmp_path / "uploads").iterdir()] == [b"Sails."]


def test_an_unreadable_file_does_not_destroy_the_earlier_one(tmp_path: Path) -> None:
    library = StandInLibrary()
    add(library, tmp_path, "a.txt", b"Ropes.")
    verdict, detail = add(library, tmp_path, "a.txt", b"\xff\xfe\xfd")
    assert verdict == "failed"
    assert "the earlier file of this name stays" in detail
    assert [p.read_bytes() for p in (tmp_path / "uploads").iterdir()] == [b"Ropes."]


def test_a_crash_of_one_file_is_reported_and_the_others_go_on(tmp_path: Path) -> None:
    files = [tmp_path / "in" / "missing.txt", given(tmp_path / "in", "a.txt", b"Ropes.")]
    *_, (reports, _) = add_uploads(StandInLibrary(), files, tmp_path / "up")
    assert [r.verdict for r in reports] == ["failed", "added"]
