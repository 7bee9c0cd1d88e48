"""Rows of the catalogue's tables as values, and values as rows. Knows nothing of transactions or connections kept."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.marks import Marks
from index.types import Document, DocumentInfo, Passage, Section, sections_within

Vectors = NDArray[np.float32]
GIVEN = "(SELECT value FROM json_each(?))"
# What a passage, a document and a file are read from.
PASSAGE = """SELECT p.id, d.id, (SELECT min(path) FROM files WHERE document = p.document), p.start, p.end, p.page,
    p.text, p.sentences, p.sections FROM passages p JOIN documents d ON d.number = p.document"""
DOCUMENT = "SELECT (SELECT min(path) FROM files WHERE document = number), text, pages, sections FROM documents"
INFO = """SELECT d.id, (SELECT json_group_array(path) FROM files WHERE document = number), characters,
    json_array_length(pages), (SELECT count(*) FROM passages WHERE document = number), added,
    (SELECT json_group_object(key, name) FROM tags JOIN files USING (path) WHERE document = number) FROM documents d"""
FILE = "SELECT path, d.id, size, mtime_ns FROM files JOIN documents d ON d.number = document"
SCALE = 127  # a unit vector's component times this fits a signed byte


@dataclass(frozen=True)
class Stamp:
    """A file as it was when it was read; `mtime_ns` is -1 when a later change might leave no trace in it."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Entry:
    """A passage with what finds it: its marks, its vector of shape (d,) and its sentences' vectors, shape (n, d)."""

    passage: Passage
    marks: Marks
    vector: Vectors
    sentence_vectors: Vectors


def files_in(rows: Sequence[Any]) -> dict[str, tuple[str, Stamp]]:
    return {path: (document, Stamp(path, size, mtime)) for path, document, size, mtime in rows}


def infos_in(rows: Sequence[Any]) -> list[DocumentInfo]:
    """In the order of their first files; tags in the order of their keys."""
    infos = []
    for document, sources, characters, pages, passages, added, tags in rows:
        paths, names = sorted(json.loads(sources)), [name for _, name in sorted(json.loads(tags).items())]
        infos.append(DocumentInfo(document, tuple(paths), characters, pages, passages, added, tuple(names)))
    return sorted(infos, key=lambda info: (info.sources, info.id))


def first_document(rows: Sequence[Any]) -> Document | None:
    if not rows:
        return None
    source, text, pages, sections = rows[0]
    return Document(source or "", text, tuple(json.loads(pages)), _sections(sections))


def passage_in(row: Any) -> Passage:
    _, document, source, start, end, page, text, sentences, sections = row
    spans = tuple((a, b) for a, b in json.loads(sentences))
    return Passage(document, source or "", start, end, page, text, spans, _sections(sections))


def _sections(stored: str) -> tuple[Section, ...]:
    return tuple(Section(start, name) for start, name in json.loads(stored))


def set_facts(connection: Connection, facts: dict[str, str]) -> None:
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())


def note_file(connection: Connection, number: int, stamp: Stamp) -> None:
    """Keep which document a file holds. Not by replacing its row: its tags would go with it."""
    connection.execute(
        """INSERT INTO files VALUES (?, ?, ?, ?) ON CONFLICT (path)
        DO UPDATE SET document = excluded.document, size = excluded.size, mtime_ns = excluded.mtime_ns""",
        (stamp.path, number, stamp.size, stamp.mtime_ns),
    )


def insert_document(connection: Connection, document: Document) -> int:
    added = datetime.now(UTC).isoformat(timespec="seconds")
    pages, sections = json.dumps(document.pages), json.dumps(document.sections)
    cursor = connection.execute(
        "INSERT INTO documents (id, characters, pages, sections, added, text) VALUES (?, ?, ?, ?, ?, ?)",
        (document.id, len(document.text), pages, sections, added, document.text),
    )
    return cursor.lastrowid or 0


def insert_passages(connection: Connection, document: int, entries: Iterable[Entry]) -> None:
    """Insert in reading order, so that a passage's neighbours have the numbers beside its own."""
    for entry in sorted(entries, key=lambda entry: entry.passage.start):
        p = entry.passage
        sentences, sections = json.dumps(p.sentences), json.dumps(p.sections)
        cursor = connection.execute(
            """INSERT INTO passages (document, start, end, page, terms, sentences, sections, text, signs)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (document, p.start, p.end, p.page, _count(entry.marks), sentences, sections, p.text, _small(entry.marks)),
        )
        number = cursor.lastrowid
        small = np.rint(entry.sentence_vectors * SCALE).astype(np.int8).tobytes()
        vector = entry.vector.astype("<f4").tobytes()
        connection.execute("INSERT INTO vectors VALUES (?, ?, ?)", (number, vector, small))
        connection.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (number, _lines(entry.marks)))


def note_marks(connection: Connection, number: int, marks: Marks) -> None:
    """Keep new marks of a passage that is known."""
    values = (_count(marks), _small(marks), number)
    connection.execute("UPDATE passages SET terms = ?, signs = ? WHERE id = ?", values)
    connection.execute("UPDATE words SET terms = ? WHERE rowid = ?", (_lines(marks), number))


def marks_in(lines: str, signs: bytes | None) -> Marks | None:
    """What `note_marks` kept; None of a passage that was indexed before there were marks."""
    if signs is None:
        return None
    found = tuple(tuple(line.split(" ")) if line else () for line in lines.split("\n"))
    return Marks(found, np.frombuffer(signs, dtype="<u2"))


def _lines(marks: Marks) -> str:
    """The terms as full text keeps them: a line for each sentence."""
    return "\n".join(" ".join(words) for words in marks.terms)


def _count(marks: Marks) -> int:
    return sum(map(len, marks.terms))


def _small(marks: Marks) -> bytes:
    return marks.signs.astype("<u2").tobytes()


def note_sections(connection: Connection, number: int, document: Document) -> None:
    """Keep the sections of a known text as they are now: they are no part of what makes its id."""
    sections = json.dumps(document.sections)
    same = "SELECT 1 FROM documents WHERE number = ? AND sections = ?"
    if connection.execute(same, (number, sections)).fetchone():
        return
    connection.execute("UPDATE documents SET sections = ? WHERE number = ?", (sections, number))
    spans = connection.execute("SELECT id, start, end FROM passages WHERE document = ?", (number,)).fetchall()
    connection.executemany(
        "UPDATE passages SET sections = ? WHERE id = ?",
        ((json.dumps(sections_within(document.sections, start, end)), passage) for passage, start, end in spans),
    )


def sweep(connection: Connection) -> list[int]:
    """Delete the documents that no file holds; returns the numbers of their passages."""
    unheld = "SELECT number FROM documents WHERE number NOT IN (SELECT document FROM files)"
    gone = [row[0] for row in connection.execute(f"SELECT id FROM passages WHERE document IN ({unheld})")]
    if gone:
        connection.execute(f"DELETE FROM words WHERE rowid IN {GIVEN}", (json.dumps(gone),))
    connection.execute(f"DELETE FROM documents WHERE number IN ({unheld})")
    return gone


def quoted(term: str) -> str:
    """A term as full text takes it: whatever it is made of, it is no operator."""
    return '"' + term.replace('"', '""') + '"'
