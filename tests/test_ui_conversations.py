"""Conversations that last: kept, read back, each owner's own; and what is kept when the program is killed."""

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import UserError
from index.settings import ROOT
from rag.types import Answer, Sentence
from tests.standins_ui import stand_in
from tests.test_ui_chat import TROOPS, opened
from ui.chat import Chat, Desk, Exchange, Halt, ask
from ui.conversations import NAME, UNREADABLE, Conversations
from ui.keeping import NOT_KEPT, Keeper

ODD = 'it\'s "odd"; DROP TABLE exchanges; -- \x00 \ud800 💬 \u202e <b>'


def answered(question: str, text: str = "Yes.") -> Exchange:
    return Exchange(Answer(question, question, (Sentence(text, ()),), done=True), "done")


def keep(store: Conversations, owner: str, chat: Chat, exchange: Exchange, instead: int = 0) -> Chat:
    talk, number = store.begin(owner, chat, exchange.answer.question, instead)
    store.finish(replace(exchange, id=number))
    found = store.chat(owner, talk)
    assert found
    return found


@pytest.fixture
def store(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path)


def test_a_conversation_is_there_after_reopening(store: Conversations) -> None:
    chat = keep(store, "", Chat(), answered("First?"))
    chat = keep(store, "", chat, answered("Second?", "No."))
    keep(store, "", Chat(), answered("Other?"))
    again = Conversations(store.path.parent)
    assert [talk.name for talk in again.talks("")] == ["Other?", "First?"]
    back = again.chat("", chat.id)
    assert back == chat
    assert [e.answer.text for e in back.exchanges] == ["Yes.", "No."]
    assert [turn.text for turn in back.history()] == ["First?", "Yes.", "Second?", "No."]


def test_the_newest_is_first_also_when_it_is_an_old_one_that_went_on(store: Conversations) -> None:
    first = keep(store, "", Chat(), answered("First?"))
    keep(store, "", Chat(), answered("Second?"))
    keep(store, "", first, answered("More?"))
    assert [talk.name for talk in store.talks("")] == ["First?", "Second?"]


def test_nobody_reaches_the_conversation_of_another(store: Conversations) -> None:
    chat = keep(store, "ann", Chat(), answered("Secret?"))
    assert store.talks("bob") == store.talks("") == []
    assert store.chat("bob", chat.id) is None
    store.rename("bob", chat.id, "mine")
    store.judge("bob", chat.exchanges[0].id, "down")
    store.delete("bob", chat.id)
    assert keep(store, "bob", chat, answered("Mine?")).id != chat.id, "his question begins a conversation of his own"
    assert store.talks("ann")[0].name == "Secret?"
    assert store.chat("ann", chat.id) == chat


def test_odd_text_is_data(store: Conversations) -> None:
    chat = keep(store, "", Chat(), answered(ODD, ODD))
    assert chat.exchanges[0].answer.text == ODD
    store.rename("", chat.id, ODD * 50)
    assert store.chat("", ODD) is None
    (talk,) = store.talks("")
    assert talk.name.startswith("it's")
    assert len(talk.name) == 200


def test_an_empty_name_brings_back_the_first_question(store: Conversations) -> None:
    chat = keep(store, "", Chat(), answered("First?"))
    store.rename("", chat.id, " My  talk ")
    assert store.talks("")[0].name == "My talk"
    store.rename("", chat.id, " ")
    assert store.talks("")[0].name == "First?"


def test_what_is_deleted_leaves_no_trace(store: Conversations) -> None:
    chat = keep(store, "", Chat(), answered("Where is the treasure?", "Under the palm."))
    store.delete("", chat.id)
    assert store.talks("") == []
    store.finish(replace(answered("Where is the treasure?"), id=chat.exchanges[0].id))  # it was still being answered
    assert store.chat("", chat.id) is None
    assert not any(b"treasure" in file.read_bytes() for file in store.path.parent.iterdir())


def test_an_exchange_is_replaced_and_a_judged_one_stays_for_the_export(store: Conversations) -> None:
    chat = keep(store, "", Chat(), answered("First?"))
    chat = keep(store, "", chat, answered("Wrong?", "Bad."))
    store.judge("", chat.exchanges[1].id, "down", "not so")
    assert store.with_verdicts(chat).exchanges[1].verdict == "down"
    chat = keep(store, "", chat, answered("Right?", "Good."), instead=chat.exchanges[1].id)
    chat = keep(store, "", chat, answered("Better?", "Best."), instead=chat.exchanges[1].id)
    assert [e.answer.question for e in chat.exchanges] == ["First?", "Better?"]
    (judged,) = store.judged()
    assert (judged.verdict, judged.comment, judged.answer.text) == ("down", "not so", "Bad.")
    assert [turn.text for turn in judged.before.history()] == ["First?", "Yes."]
    store.delete("", chat.id)
    assert not list(store.judged())


def test_a_judgement_can_be_taken_back(store: Conversations) -> None:
    number = keep(store, "", Chat(), answered("First?")).exchanges[0].id
    store.judge("", number, "up", ODD)
    store.judge("", number, "")
    assert not list(store.judged())


def test_an_answer_that_cannot_be_read_any_more_says_so(store: Conversations) -> None:
    chat = keep(store, "", Chat(), answered("First?"))
    with sqlite3.connect(store.path) as file:
        file.execute("UPDATE exchanges SET answer = '{}'")
    back = store.chat("", chat.id)
    assert back and (back.exchanges[0].state, back.exchanges[0].note) == ("failed", UNREADABLE)
    assert back.exchanges[0].answer.question == "First?"


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.test_ui_conversations import Chat, Conversations, answered, keep
store = Conversations(Path(sys.argv[1]))
chat = keep(store, "", Chat(), answered("First?"))
store.begin("", chat, "Second?")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_program_loses_at_most_the_answer_in_the_making(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False, env=dict(os.environ))
    assert killed.returncode == -signal.SIGKILL
    store = Conversations(tmp_path)
    chat = store.chat("", store.talks("")[0].id)
    assert chat and [(e.answer.question, e.state) for e in chat.exchanges] == [
        ("First?", "done"),
        ("Second?", "stopped"),
    ]


@pytest.mark.parametrize("spoilt", ["format", "junk"])
def test_a_file_that_cannot_be_used_is_told_with_the_way_out(tmp_path: Path, spoilt: str) -> None:
    if spoilt == "junk":
        (tmp_path / NAME).write_bytes(b"no database at all" * 100)
    else:
        Conversations(tmp_path)
        with sqlite3.connect(tmp_path / NAME) as file:
            file.execute("PRAGMA user_version = 99")
    with pytest.raises(UserError, match=r"conversations\.db.*(move it away|another home)"):
        Conversations(tmp_path)


def grow(store: Conversations, chat: Chat, question: str, halt: Halt | None = None, **asking: object) -> list[Chat]:
    opening, desk = opened(stand_in(pause=0.01)), Desk()

    def answering(chat: Chat, number: int):
        return ask(chat, question, opening, desk, halt or Halt(), kept=number, **asking)  # type: ignore[arg-type]

    return list(Keeper(store, "").growing(chat, question, answering))


def test_an_answer_is_kept_when_asked_and_when_done(store: Conversations) -> None:
    *_, last = grow(store, Chat(), TROOPS)
    back = store.chat("", last.id)
    assert back and back.exchanges[0].answer.to_json() == last.exchanges[0].answer.to_json()
    assert back.exchanges[0].state == "done"


def test_turning_to_another_conversation_keeps_what_was_checked(store: Conversations) -> None:
    halt, other = Halt(), Chat(id="other")
    keeper, opening = Keeper(store, ""), opened(stand_in(pause=0.02))
    for now in keeper.growing(Chat(), TROOPS, lambda c, n: ask(c, TROOPS, opening, Desk(), halt, kept=n)):
        if now.exchanges and now.exchanges[-1].answer.sentences:
            halt.stop, halt.instead = True, other
    assert now == other
    chat = store.chat("", store.talks("")[0].id)
    assert chat and chat.exchanges[0].state == "stopped"
    assert chat.exchanges[0].answer.sentences


def test_a_closed_page_keeps_what_was_asked(store: Conversations) -> None:
    opening = opened(stand_in(pause=0.02))
    growing = Keeper(store, "").growing(Chat(), TROOPS, lambda c, n: ask(c, TROOPS, opening, Desk(), Halt(), kept=n))
    next(growing)
    growing.close()  # type: ignore[attr-defined]
    chat = store.chat("", store.talks("")[0].id)
    assert chat and (chat.exchanges[0].answer.question, chat.exchanges[0].state) == (TROOPS, "stopped")


def test_a_corrected_question_is_answered_as_it_stands(store: Conversations) -> None:
    *_, chat = grow(store, Chat(), "Boats?")
    *_, chat = grow(store, chat, "How many?", read_as=TROOPS)
    answer = chat.exchanges[-1].answer
    assert (answer.question, answer.standalone) == ("How many?", TROOPS)
    assert "3,000 more troops" in answer.text


def test_what_cannot_be_kept_is_still_answered(store: Conversations) -> None:
    store.path.unlink()
    store.path.mkdir()
    *_, last = grow(store, Chat(), TROOPS)
    assert last.exchanges[-1].answer.sentences
    assert last.exchanges[-1].note.startswith(NOT_KEPT)
