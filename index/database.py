"""The SQLite file: its tables, its connections, its transactions, and its faults told as errors a person can mend.

Knows nothing of documents or vectors beyond the table definitions.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from index.errors import UserError

FORMAT = 4
NAME = "catalogue.db"
BUSY_SECONDS = 10.0

# Every character of a term but white space belongs to its one token: terms come from index/words.py, ready made.
_SIGNS = "!#$%&()*+,-./:;<=>?@[\\]^_`{|}~''\"\""
# `key` is what spellings of the same tag share, see index/tags.py.
_TAGS = """CREATE TABLE tags (
    path TEXT NOT NULL REFERENCES files (path) ON DELETE CASCADE, key TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (path, key)
) WITHOUT ROWID"""
_TAGS_BY_KEY = "CREATE INDEX tags_by_key ON tags (key)"
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, characters INTEGER NOT NULL,
    pages TEXT NOT NULL, added TEXT NOT NULL, text TEXT NOT NULL, sections TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE files (
    path TEXT PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL
);
CREATE INDEX files_by_document ON files (document);
{_TAGS};
{_TAGS_BY_KEY};
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, page INTEGER, terms INTEGER NOT NULL,
    sentences TEXT NOT NULL, text TEXT NOT NULL, sections TEXT NOT NULL DEFAULT '[]', signs BLOB
);
CREATE UNIQUE INDEX passages_by_document ON passages (document, start);
CREATE INDEX passages_by_terms ON passages (terms);
CREATE TABLE vectors (
    passage INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    vector BLOB NOT NULL, sentences BLOB NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5 (terms, tokenize = "ascii tokenchars '{_SIGNS.replace(chr(34), chr(34) * 2)}'");
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row);
"""
# What brings a file of each earlier format to the next one.
MIGRATIONS = {
    1: (
        "ALTER TABLE documents ADD COLUMN sections TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE passages ADD COLUMN sections TEXT NOT NULL DEFAULT '[]'",
        "UPDATE files SET mtime_ns = -1",  # read again by the next sync, which notes the sections
    ),
    2: ("ALTER TABLE passages ADD COLUMN signs BLOB",),  # made by the next use, see index/marks.py
    3: (_TAGS, _TAGS_BY_KEY),
}


class Database:
    """One SQLite file: a connection for each reading thread and one for the writer. Made when it does not exist.

    A file of an earlier format is brought up to date; `migrated` is the format that it had, otherwise None. Raises
    UserError when the file cannot be opened, made, or was written by a newer version.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / NAME
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self.migrated: int | None = None
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UserError(f"cannot make the folder {home}: {error.strerror}; set another home") from error
        with self.faults():
            self._prepare()

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query, seen as of now."""
        with self.faults():
            return self._connection().execute(sql, values).fetchall()

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """The rows of a query one by one, all as of now."""
        with self.faults():
            yield from self._connection().execute(sql, values)

    @contextmanager
    def transaction(self, revised: bool = True) -> Iterator[sqlite3.Connection]:
        """A write that happens wholly or not at all; raises UserError when the disk is full or the file read-only.

        Without `revised` the revision stays: for what no passage, word or vector depends on.
        """
        with self.faults(), self._guard:
            connection = self._connect()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                if revised:
                    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                connection.close()

    def scrub(self, compact: bool = False) -> None:
        """Leave no trace of what was removed, neither words nor the log of changes; `compact` also frees the space.

        Raises UserError when a reader keeps the log of changes from being emptied.
        """
        with self.faults(), self._guard:
            connection = self._connect()
            try:
                connection.execute("INSERT INTO words (words) VALUES ('optimize')")
                if compact:
                    connection.execute("VACUUM")
            finally:
                connection.close()
        self.empty_log()

    def empty_log(self) -> None:
        """Leave no trace in the log of changes; raises UserError when a reader keeps it from being emptied."""
        with self.faults(), self._guard:
            connection = self._connect()
            try:
                if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    raise UserError(f"{self.path} is being read: what was removed is not wiped yet; run vacuum later")
            finally:
                connection.close()

    def slack(self) -> float:
        """The share of the file that is unused."""
        free, pages = (self.read(f"PRAGMA {name}")[0][0] for name in ("freelist_count", "page_count"))
        return float(free / max(1, pages))

    def close(self) -> None:
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._local = threading.local()

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Tell SQLite's complaints as a UserError with the way out."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise UserError(f"{self.path}: {error}; {_way_out(error)}") from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            self._all.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        # isolation_level None: transactions are begun and ended in words, above. Closed by whichever thread closes.
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = NORMAL"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _prepare(self) -> None:
        connection = self._connection()
        if _version(connection) == 0:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) == 0:  # nobody else was faster
                for statement in SCHEMA.split(";\n"):
                    connection.execute(statement)
                facts = [("revision", "0"), ("identity", uuid4().hex)]
                connection.executemany("INSERT INTO meta VALUES (?, ?)", facts)
                connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")
        if 0 < _version(connection) < FORMAT:
            self._migrate(connection)
        if (version := _version(connection)) != FORMAT:
            told = f"{self.path} was written by a newer Footnote (format {version}, this one reads {FORMAT})"
            raise UserError(f"{told}; upgrade Footnote, or use another home")

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """All steps in one transaction: an interrupted upgrade leaves the file as it was."""
        with connection:  # commits, or rolls back
            connection.execute("BEGIN IMMEDIATE")
            version = _version(connection)  # another process may have been faster
            for earlier in range(version, FORMAT):
                for statement in MIGRATIONS[earlier]:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        self.migrated = version if version < FORMAT else None


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _way_out(error: sqlite3.DatabaseError) -> str:
    text = str(error)
    for sign, way_out in _WAYS_OUT.items():
        if sign in text:
            return way_out
    return "run `python -m index check`"


_WAYS_OUT = {
    "disk I/O": "free some space, or see whether the disk is sound; what was there before is intact",
    "full": "free some space; what was there before is intact",
    "readonly": "make the folder writable, or set another home",
    "unable to open": "make the folder writable, or set another home",
    "locked": "another process is writing; try again when it has ended",
    "not a database": "this is not a Footnote index; move the file away, or set another home",
    "malformed": "the file is damaged; move the folder away and add the documents again",
    "already exists": "this is not a Footnote index; move the file away, or set another home",
}
