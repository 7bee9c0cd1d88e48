"""The truth about what is indexed: documents, files, passages, their vectors and their words, in one SQLite file.

Every method that changes something is one transaction. Knows nothing of Chroma, encoders or how text is split.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from index.database import Database
from index.marks import Marks
from index.rows import (
    DOCUMENT,
    FILE,
    GIVEN,
    INFO,
    PASSAGE,
    SCALE,
    Entry,
    Stamp,
    Vectors,
    files_in,
    first_document,
    infos_in,
    insert_document,
    insert_passages,
    marks_in,
    note_file,
    note_marks,
    note_sections,
    passage_in,
    quoted,
    set_facts,
    sweep,
)
from index.scoring import idf
from index.tags import Tags
from index.types import Document, DocumentInfo, Passage

_REMOVED = """(SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'passages')
    - (SELECT count(*) FROM passages)"""  # ever: numbers are not used again
PROMISING = 1000  # passages whose BM25 is computed
Kept = TypeVar("Kept")


class Catalogue:
    """Open the catalogue in the folder `home`, made when missing. Safe to use from several threads.

    A passage is known by its number (`id` in the passages table), which is never used again after it is removed.
    """

    def __init__(self, home: Path) -> None:
        self.database = Database(home)
        self._read = self.database.read
        self.tags = Tags(self.database)
        self._keeping: dict[str, tuple[str | None, Any]] = {}  # by name: the revision it was computed at, and it

    def close(self) -> None:
        self.database.close()

    # -- changing

    def record(self, stamp: Stamp, document: Document, entries: Iterable[Entry] | None = None) -> list[int]:
        """Note that the file holds the document; `entries` are its passages, needed when the document is new.

        Returns the numbers of the passages that are gone because no file holds their document any more.
        """
        with self.database.transaction() as connection:
            row = connection.execute("SELECT number FROM documents WHERE id = ?", (document.id,)).fetchone()
            if row is None:
                number = insert_document(connection, document)
                insert_passages(connection, number, entries or ())
            else:
                number = row[0]
                note_sections(connection, number, document)
            note_file(connection, number, stamp)
            return sweep(connection)

    def settle(self, paths: Sequence[str], mtime_ns: int) -> None:
        """Note when the files were last changed, now that all of what they are a part of is read."""
        with self.database.transaction() as connection:
            sql = f"UPDATE files SET mtime_ns = ? WHERE path IN {GIVEN}"
            connection.execute(sql, (mtime_ns, json.dumps(list(paths))))

    def forget(self, paths: Sequence[str]) -> list[int]:
        """Drop files, and documents that no file holds any more; returns the numbers of the passages that are gone."""
        with self.database.transaction() as connection:
            connection.execute(f"DELETE FROM files WHERE path IN {GIVEN}", (json.dumps(list(paths)),))
            return sweep(connection)

    def replace_passages(
        self, embedder: str, dimension: int, all_entries: Iterable[tuple[str, Sequence[Entry]]]
    ) -> None:
        """Give every document (by id) new passages, made by another embedder: all at once, or nothing changes."""
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM words")
            connection.execute("DELETE FROM passages")
            for document_id, entries in all_entries:
                row = connection.execute("SELECT number FROM documents WHERE id = ?", (document_id,)).fetchone()
                insert_passages(connection, row[0], entries)
            set_facts(connection, {"embedder": embedder, "dimension": str(dimension)})

    def mark_again(self, version: str, mark: Callable[[Passage], Marks]) -> None:
        """Give every passage new marks, made by another version of the code: all at once, or nothing changes."""
        with self.database.transaction() as connection:
            for number in self.numbers():
                note_marks(connection, number, mark(self.passages([number])[number]))
            set_facts(connection, {"marks": version})

    def mark_in_step(self, store: int | None = None) -> None:
        """Note that the vector store holds what the catalogue holds as of now; `store` is its number if it is new."""
        with self.database.transaction() as connection:
            revision = connection.execute("SELECT value + 1 FROM meta WHERE key = 'revision'").fetchone()[0]
            set_facts(connection, {"in_step": str(revision)})  # the transaction itself counts as a change
            if store is not None:
                set_facts(connection, {"store": str(store)})
                connection.execute(f"INSERT OR REPLACE INTO meta VALUES ('removed', {_REMOVED})")

    def in_step(self) -> bool:
        """Whether nothing has changed since `mark_in_step`."""
        return self.fact("in_step") == self.fact("revision")

    def store(self) -> int:  # the number of the vector store in use
        return int(self.fact("store") or 0)

    # -- facts

    def fact(self, key: str) -> str | None:
        """A recorded fact: identity (of this file), revision (counts changes), embedder, dimension, marks, …"""
        rows = self._read("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def removed(self) -> int:
        """How many passages were removed since the vector store was built anew."""
        count: int = self._read(f"SELECT {_REMOVED}")[0][0]
        return count - int(self.fact("removed") or 0)

    def totals(self) -> tuple[int, float]:
        """The number of passages and their average number of terms."""
        sql = "SELECT count(*), coalesce(avg(terms), 0.0) FROM passages"
        totals: tuple[int, float] = self._kept("totals", lambda: self._read(sql)[0])
        return totals

    def _kept(self, name: str, compute: Callable[[], Kept]) -> Kept:
        """What it takes every row to know, computed when the catalogue has changed since it was asked last."""
        revision = self.fact("revision")
        if self._keeping.get(name, (None,))[0] != revision:
            self._keeping[name] = revision, compute()
        kept: Kept = self._keeping[name][1]
        return kept

    # -- documents and files

    def documents(self) -> list[DocumentInfo]:
        """All documents, by the path of their first file."""
        return infos_in(self._read(INFO))

    def document(self, document_id: str) -> Document | None:
        return first_document(self._read(f"{DOCUMENT} WHERE id = ?", (document_id,)))

    def document_at(self, path: str) -> Document | None:
        """The document that the file at `path` held when it was read."""
        where = "WHERE number = (SELECT document FROM files WHERE path = ?)"
        return first_document(self._read(f"{DOCUMENT} {where}", (path,)))

    def has(self, document_id: str) -> bool:
        return bool(self._read("SELECT 1 FROM documents WHERE id = ?", (document_id,)))

    def file(self, path: str) -> tuple[str, Stamp] | None:
        """The id of the document that the file holds and its stamp, when it is known."""
        return files_in(self._read(f"{FILE} WHERE path = ?", (path,))).get(path)

    def files_at(self, path: str) -> dict[str, tuple[str, Stamp]]:
        """As `files`, of the file at the path and of those below it."""
        sql = f"{FILE} WHERE path = ? OR (path >= ? AND path < ?) ORDER BY path"
        return files_in(self._read(sql, (path, f"{path}/", f"{path}0")))  # 0 comes right after /

    def passage_count(self, document_id: str) -> int:
        sql = "SELECT count(*) FROM passages WHERE document = (SELECT number FROM documents WHERE id = ?)"
        count: int = self._read(sql, (document_id,))[0][0]
        return count

    def files(self) -> dict[str, tuple[str, Stamp]]:
        """By path: the id of the document that the file holds, and its stamp."""
        return files_in(self._read(FILE))

    # -- passages

    def passages(self, numbers: Sequence[int]) -> dict[int, Passage]:
        """The passages of these numbers; unknown numbers are left out."""
        rows = self._read(f"{PASSAGE} WHERE p.id IN {GIVEN}", (json.dumps(list(numbers)),))
        return {row[0]: passage_in(row) for row in rows}

    def passages_of(self, document_id: str) -> dict[int, Passage]:
        """The passages of a document in reading order."""
        rows = self._read(f"{PASSAGE} WHERE d.id = ? ORDER BY p.start", (document_id,))
        return {row[0]: passage_in(row) for row in rows}

    def neighbours(self, numbers: Sequence[int]) -> dict[int, tuple[int | None, int | None]]:
        """The passages before and after each one in its document; None where the document begins or ends."""
        rows = self._read(
            f"""SELECT p.id, (SELECT id FROM passages WHERE id = p.id - 1 AND document = p.document),
            (SELECT id FROM passages WHERE id = p.id + 1 AND document = p.document)
            FROM passages p WHERE p.id IN {GIVEN}""",
            (json.dumps(list(numbers)),),
        )
        return {number: (before, after) for number, before, after in rows}

    def numbers(self) -> list[int]:
        """The numbers of all passages, in order."""
        return [row[0] for row in self._read("SELECT id FROM passages ORDER BY id")]

    # -- words

    def marks(self, numbers: Sequence[int]) -> dict[int, Marks]:
        """The marks of each passage that has any."""
        rows = self._read(
            f"SELECT id, w.terms, signs FROM passages JOIN words w ON w.rowid = id WHERE id IN {GIVEN}",
            (json.dumps(list(numbers)),),
        )
        return {number: marks for number, lines, signs in rows if (marks := marks_in(lines, signs))}

    def match(self, terms: Sequence[str], limit: int, within: Sequence[str] | None = None) -> list[tuple[int, float]]:
        """Passages that hold any of the terms with their BM25 score, best first; `within` are document ids."""
        wanted = sorted({term for term in terms if term.strip()})
        if not wanted or limit < 1:
            return []
        where, values = "", [" OR ".join(map(quoted, wanted))]
        if within is not None:
            # The plus keeps SQLite from running the match anew for every row allowed: 3 ms for 700.
            where = f"""AND +rowid IN (SELECT p.id FROM passages p JOIN documents d ON d.number = p.document
                WHERE d.id IN {GIVEN})"""
            values.append(json.dumps(list(within)))
        elif promising := self._promising(wanted):
            where = f"AND +rowid IN {GIVEN}"
            values.append(json.dumps(promising))
        sql = f"SELECT rowid, -bm25(words) AS score FROM words WHERE words MATCH ? {where}"
        rows = self._read(f"{sql} ORDER BY score DESC, rowid LIMIT ?", (*values, limit))
        return [(number, score) for number, score in rows]

    def _promising(self, wanted: Sequence[str]) -> list[int]:
        """The PROMISING passages that hold most of the terms, by weight; none when there are not so many passages.

        BM25 of every passage that holds a term takes most of a search's time (33 ms of 100,000 passages, so 16), and
        what holds too little of the terms cannot be among the best: of the best 40 hardly one is lost.
        """
        total = self.totals()[0]
        if total <= PROMISING:
            return []
        sql = "SELECT group_concat(rowid) FROM words WHERE words MATCH ?"  # one text is much faster than many rows
        lists = [self._read(sql, (quoted(term),))[0][0] for term in wanted]
        holders = [np.fromstring(numbers or "", dtype=np.int64, sep=",") for numbers in lists]
        weights = [np.full(len(numbers), idf(len(numbers), total)) for numbers in holders]
        scores = np.bincount(np.concatenate(holders), np.concatenate(weights), minlength=PROMISING + 1)
        best: list[int] = np.argpartition(-scores, PROMISING)[:PROMISING].tolist()
        return best

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs; terms that occur nowhere are 0."""
        found = dict.fromkeys(terms, 0)
        for term in found:
            for row in self._read("SELECT doc FROM vocabulary WHERE term = ?", (term,)):
                found[term] = row[0]
        return found

    def vocabulary(self) -> Sequence[str]:
        """Every term that occurs."""
        return self._kept("vocabulary", lambda: tuple(row[0] for row in self._read("SELECT term FROM vocabulary")))

    # -- vectors

    def passage_vectors(self, numbers: Sequence[int]) -> dict[int, Vectors]:
        """The vector of each passage, shape (dimension,)."""
        rows = self._read(f"SELECT passage, vector FROM vectors WHERE passage IN {GIVEN}", (json.dumps(list(numbers)),))
        return {number: np.frombuffer(blob, dtype="<f4") for number, blob in rows}

    def sentence_vectors(self, numbers: Sequence[int]) -> dict[int, Vectors]:
        """The vectors of each passage's sentences, shape (sentences, dimension), kept with 8 bits a component."""
        rows = self._read(
            f"SELECT passage, sentences, length(vector) / 4 FROM vectors WHERE passage IN {GIVEN}",
            (json.dumps(list(numbers)),),
        )
        return {
            number: np.frombuffer(blob, dtype=np.int8).reshape(-1, dimension).astype(np.float32) / np.float32(SCALE)
            for number, blob, dimension in rows
        }

    def vector_rows(self, numbers: Sequence[int] | None = None) -> Iterator[tuple[int, str, Vectors]]:
        """(number, document id, vector) of the given passages, or of all."""
        where, values = ("", ()) if numbers is None else (f"WHERE p.id IN {GIVEN}", (json.dumps(list(numbers)),))
        rows = self.database.stream(
            f"""SELECT p.id, d.id, v.vector FROM passages p JOIN documents d ON d.number = p.document
            JOIN vectors v ON v.passage = p.id {where} ORDER BY p.id""",
            values,
        )
        return ((number, document, np.frombuffer(blob, dtype="<f4")) for number, document, blob in rows)
