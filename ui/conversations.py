"""Conversations kept in one SQLite file of the home folder, each belonging to whoever is logged in, or to nobody.

An exchange is written when its question is asked and again when it ends, so that what kills the program takes at most
the answer in the making. Every call opens the file anew: calls are few, and come from any thread. Knows nothing of
gradio or HTML.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from index.errors import UserError
from rag.saved import restored, saved
from rag.types import Answer
from ui.chat import Chat, Exchange

NAME = "conversations.db"
FORMAT = 1
BUSY_SECONDS = 10.0
NAME_CHARACTERS, COMMENT_CHARACTERS = 200, 2_000
UNREADABLE = "This answer cannot be read any more; ask again."

Verdict = Literal["up", "down", ""]

SCHEMA = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', changed TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX conversations_by_owner ON conversations (owner);
CREATE TABLE exchanges (
    id INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    question TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', answer TEXT NOT NULL,
    verdict TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '', replaced INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX exchanges_by_conversation ON exchanges (conversation, id);
"""
_LISTED = """
SELECT id, name, changed,
    (SELECT question FROM exchanges WHERE conversation = c.id AND NOT replaced ORDER BY id LIMIT 1) AS question
FROM conversations c WHERE owner = ? ORDER BY (SELECT max(id) FROM exchanges WHERE conversation = c.id) DESC
"""


@dataclass(frozen=True)
class Talk:
    """One row of the list of conversations; named by its first question until a person names it."""

    id: str
    name: str
    changed: str


@dataclass(frozen=True)
class Judged:
    """What a person said of an answer: the verdict and the comment, and what was said before it."""

    number: int
    verdict: str
    comment: str
    before: Chat
    answer: Answer


class Conversations:
    """The conversations of all who use the page. Every question names its owner; "" is the one who never logs in.

    Raises UserError when the file cannot be used.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / NAME
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UserError(f"cannot make the folder {home}: {error.strerror}; set another home") from error
        with self._open() as file:
            version = file.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                file.execute("PRAGMA journal_mode = WAL")
                with _transaction(file):
                    if file.execute("PRAGMA user_version").fetchone()[0] == 0:  # nobody else was faster
                        for statement in SCHEMA.split(";\n"):
                            file.execute(statement)
                        file.execute(f"PRAGMA user_version = {FORMAT}")
            elif version != FORMAT:
                raise UserError(f"{self.path} has format {version}, this version reads {FORMAT}; use another home")

    def talks(self, owner: str) -> list[Talk]:
        """The owner's conversations, newest first."""
        with self._open() as file:
            rows = file.execute(_LISTED, (owner,)).fetchall()
        return [Talk(talk, name or question or "", changed) for talk, name, changed, question in rows]

    def chat(self, owner: str, talk: str) -> Chat | None:
        """A conversation of the owner as it stands; None when there is no such."""
        with self._open() as file:
            if not _owns(file, owner, talk):
                return None
            return Chat(tuple(_exchange(row) for row in _rows(file, talk)), talk)

    def begin(self, owner: str, chat: Chat, question: str, instead: int = 0) -> tuple[str, int]:
        """Note a question asked in `chat`, in place of its exchange `instead`; the ids of conversation and exchange.

        A conversation that is not there (any more) begins anew.
        """
        with self._open() as file, _transaction(file):
            talk = chat.id if _owns(file, owner, chat.id) else uuid4().hex
            file.execute("INSERT OR IGNORE INTO conversations (id, owner, changed) VALUES (?, ?, '')", (talk, owner))
            file.execute("UPDATE conversations SET changed = ? WHERE id = ?", (_now(), talk))
            if instead:
                # What was judged stays for the export, out of sight; the rest has no further use.
                file.execute("UPDATE exchanges SET replaced = 1 WHERE id = ? AND conversation = ?", (instead, talk))
                file.execute("DELETE FROM exchanges WHERE id = ? AND replaced AND verdict = ''", (instead,))
            row = (talk, clean(question), "working", json.dumps(saved(Answer(question, question))))
            insert = "INSERT INTO exchanges (conversation, question, state, answer) VALUES (?, ?, ?, ?)"
            done = file.execute(insert, row)
            return talk, int(done.lastrowid or 0)

    def finish(self, exchange: Exchange) -> None:
        """Note what became of an exchange; nothing happens when it was deleted meanwhile."""
        values = (exchange.state, clean(exchange.note), json.dumps(saved(exchange.answer)), exchange.id)
        with self._open() as file, _transaction(file):
            file.execute("UPDATE exchanges SET state = ?, note = ?, answer = ? WHERE id = ?", values)

    def rename(self, owner: str, talk: str, name: str) -> None:
        """Give a conversation of the owner another name; an empty one brings back its first question."""
        values = (" ".join(clean(name).split())[:NAME_CHARACTERS], talk, owner)
        with self._open() as file, _transaction(file):
            file.execute("UPDATE conversations SET name = ? WHERE id = ? AND owner = ?", values)

    def delete(self, owner: str, talk: str) -> None:
        """Remove a conversation of the owner with all that was said in it, also from the file's unused parts."""
        with self._open() as file:
            with _transaction(file):
                file.execute("DELETE FROM conversations WHERE id = ? AND owner = ?", (talk, owner))
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def judge(self, owner: str, exchange: int, verdict: Verdict, comment: str = "") -> None:
        """Note what the owner thinks of an answer of theirs; an empty verdict takes it back."""
        values = (verdict, clean(comment)[:COMMENT_CHARACTERS], exchange, owner)
        with self._open() as file, _transaction(file):
            file.execute(
                "UPDATE exchanges SET verdict = ?, comment = ? "
                "WHERE id = ? AND conversation IN (SELECT id FROM conversations WHERE owner = ?)",
                values,
            )

    def with_verdicts(self, chat: Chat) -> Chat:
        """The conversation with what was thought of its answers meanwhile."""
        with self._open() as file:
            verdicts = "SELECT id, verdict FROM exchanges WHERE conversation = ?"
            found = dict(file.execute(verdicts, (chat.id,)).fetchall())
        return replace(chat, exchanges=tuple(replace(e, verdict=found.get(e.id, "")) for e in chat.exchanges))

    def judged(self) -> Iterator[Judged]:
        """All answers that somebody judged, oldest first, each with what was said before it."""
        with self._open() as file:
            judged = "SELECT id, conversation, verdict, comment FROM exchanges WHERE verdict != '' ORDER BY id"
            for number, talk, verdict, comment in file.execute(judged).fetchall():
                before = [_exchange(row) for row in _rows(file, talk) if row[0] < number]
                (row,) = file.execute(f"{_EXCHANGES} WHERE id = ?", (number,))
                yield Judged(number, verdict, comment, Chat(tuple(before)), _exchange(row).answer)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            file = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL"):
                    file.execute(f"PRAGMA {pragma}")
                yield file
            finally:
                file.close()
        except sqlite3.DatabaseError as error:
            way_out = "free some space, make it writable, or move it away to begin a new one"
            raise UserError(f"{self.path}: {error}; {way_out}") from error


_EXCHANGES = "SELECT id, question, state, note, answer, verdict FROM exchanges"


def clean(text: str) -> str:
    """Text that SQLite can keep: half surrogates, as odd file names have them, become '?'."""
    return text.encode("utf-8", "replace").decode("utf-8")


@contextmanager
def _transaction(file: sqlite3.Connection) -> Iterator[None]:
    file.execute("BEGIN IMMEDIATE")
    try:
        yield
        file.execute("COMMIT")
    except BaseException:
        if file.in_transaction:
            file.execute("ROLLBACK")
        raise


def _owns(file: sqlite3.Connection, owner: str, talk: str) -> bool:
    sql = "SELECT 1 FROM conversations WHERE id = ? AND owner = ?"
    return file.execute(sql, (clean(talk), owner)).fetchone() is not None


def _rows(file: sqlite3.Connection, talk: str) -> list[Any]:
    return file.execute(f"{_EXCHANGES} WHERE conversation = ? AND NOT replaced ORDER BY id", (talk,)).fetchall()


def _exchange(row: tuple[int, str, str, str, str, str]) -> Exchange:
    number, question, state, note, answer, verdict = row
    try:
        exchange = Exchange(restored(json.loads(answer)), state, note, number, verdict)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError):
        return Exchange(Answer(question, question), "failed", UNREADABLE, number)
    # Still in the making: whatever was making it is gone.
    return replace(exchange, state="stopped", note="") if state == "working" else exchange


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
