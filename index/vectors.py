"""Nearest passages by vector: a thin layer over Chroma, which holds passage numbers and vectors only, never text.

What is in here is derived from the catalogue and can be thrown away. It is built anew beside what is in use, under the
next number, for other processes may be reading. A distance becomes a score here and nowhere else.
Importing chromadb takes a second or two, so it happens on first use.
"""

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.errors import UserError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

FOLDER = "chroma"
BATCH = 5000  # Chroma takes at most 5,461 at once
WITHIN = 1000  # documents that one filter names; SQLite refuses some ten thousand
# The default ef_search of 100 misses neighbours, 500 finds all for k = 50 and 99.8 % for k = 200 of 10,000 vectors. The
# default graph (16, 100) loses some vectors of texts that are much alike (12 of 6,000), this one none.
HNSW = {"space": "cosine", "ef_search": 500, "ef_construction": 200, "max_neighbors": 32}
SAME = 0.999  # similarity of a vector to itself, rounding allowed

# What building the store again does not help against, as SQLite and the system say it.
_DISK = {
    "disk is full": "free some space, the next run goes on",
    "no space left": "free some space, the next run goes on",
    "readonly database": "make the folder writable, or set another home",
    "read-only file system": "make the folder writable, or set another home",
    "permission denied": "make the folder writable, or set another home",
}

FULL = 1 << 20  # bytes free, below which a disk counts as full

Row = tuple[int, str, NDArray[np.float32]]  # passage number, document id, unit vector


class VectorFault(Exception):
    """Chroma failed or contradicts itself; building it again from the catalogue helps."""


class Vectors:
    """The vectors of one catalogue, known by its `identity`; in the folder `home`, or on a server when one is named.

    `current` tells the number of the store in use: it grows each time the store is built anew. Every method raises
    VectorFault when Chroma fails, UserError when the disk is full, the folder cannot be written or the server cannot be
    reached.
    """

    def __init__(self, home: Path, server: str, identity: str, current: Callable[[], int] = lambda: 0) -> None:
        self._home, self._server, self._current = home, server, current
        self._collection_name = f"passages-{identity}"
        self._base = self._collection_name if server else FOLDER
        self._guard = threading.RLock()
        self._number: int | None = None  # of the store that is open
        self._client: Client | None = None
        self._opened: Collection | None = None

    def query(
        self, vector: NDArray[np.float32], k: int, within: Sequence[str] | None = None
    ) -> list[tuple[int, float]]:
        """The k passages nearest to a unit vector of shape (dimension,) with their cosine similarity, best first.

        `within` are ids of the documents to look in.
        """
        if k < 1:
            return []
        if within is None:
            return self._query(vector[np.newaxis], k)[0]
        found: list[tuple[int, float]] = []
        for start in range(0, len(within), WITHIN):
            where = {"document": {"$in": list(within[start : start + WITHIN])}}
            found += self._query(vector[np.newaxis], k, where)[0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def add(self, rows: Iterable[Row]) -> None:
        """Store vectors; what is stored already under the same number is replaced."""
        remaining = iter(rows)
        while batch := list(islice(remaining, BATCH)):
            with self._working():
                self._collection().upsert(
                    ids=[str(number) for number, _, _ in batch],
                    embeddings=np.stack([vector for _, _, vector in batch]),
                    metadatas=[{"document": document} for _, document, _ in batch],
                )

    def delete(self, numbers: Sequence[int]) -> None:
        """Drop vectors; unknown numbers are ignored."""
        for start in range(0, len(numbers), BATCH):
            with self._working():
                self._collection().delete(ids=[str(number) for number in numbers[start : start + BATCH]])

    def count(self) -> int:
        with self._working():
            return self._collection().count()

    def numbers(self) -> set[int]:
        """The numbers of all stored passages."""
        with self._working():
            return {int(i) for i in self._collection().get(include=[])["ids"]}

    def unfindable(self, rows: Sequence[Row]) -> list[int]:
        """The numbers of those rows whose own vector does not find them, nor an equal one: the graph has lost them."""
        if not rows:
            return []
        found = self._query(np.stack([vector for _, _, vector in rows]), 1)
        best = [hits[0][1] if hits else 0.0 for hits in found]
        return [number for (number, _, _), score in zip(rows, best, strict=True) if score < SAME]

    def rebuild(self, rows: Iterable[Row]) -> int:
        """Store `rows` beside what is in use and go on with them; returns the number of the new store.

        Once that is recorded as the current one, `sweep`. What is in use is neither opened nor changed.
        """
        with self._guard:
            self.close()
            number = self._current() + 1
            self._drop(number)  # a run that was killed may have left it
            self._number = number
            try:
                with self._working():
                    self._collection()
                self.add(rows)
            except BaseException:
                self.close()
                with suppress(UserError, VectorFault):
                    self._drop(number)
                raise
            return number

    def sweep(self) -> None:
        """Remove all that was in use before; raises UserError when files cannot be removed."""
        with self._guard:
            number = self._current()
            for other in self._numbers_stored() - {number}:
                self._drop(other)

    def reset(self) -> None:
        """Make the store empty, whatever state it is in; raises UserError when the files cannot be removed."""
        with self._guard:
            self.close()
            self._drop(self._current())

    def reopen(self) -> None:
        """See what other processes have written: Chroma answers from memory otherwise, or of what was built anew."""
        if self._server:
            self._opened = self._number = None
        else:
            self.close()

    def close(self) -> None:
        with self._working():
            client, self._client, self._opened, self._number = self._client, None, None, None
            if client is not None:
                with suppress(Exception):  # a client of broken files cannot even close
                    client.close()
                _forget_clients()

    @contextmanager
    def _working(self) -> Iterator[None]:
        """One thread at a time, so that nobody closes the client under another; Chroma's faults told as one kind.

        It raises many kinds of errors, a panic of its Rust core among them, which is no Exception.
        """
        with self._guard:
            try:
                yield
            except (UserError, KeyboardInterrupt, SystemExit, GeneratorExit):
                raise
            except BaseException as error:
                if not self._server and (sign := _disk_fault(self._home, str(error).lower())):
                    raise UserError(f"cannot write in {self._home}: {sign}; {_DISK[sign]}") from error
                raise VectorFault(f"Chroma: {type(error).__name__}: {error}") from error

    def _query(self, vectors: NDArray[np.float32], k: int, where: Any = None) -> list[list[tuple[int, float]]]:
        """For each row of `vectors`, shape (n, dimension): the nearest passages and their cosine similarity."""
        with self._working():
            found = self._collection().query(
                query_embeddings=np.asarray(vectors, dtype=np.float32), n_results=k, where=where, include=["distances"]
            )
            pairs = zip(found["ids"], found["distances"] or [], strict=True)
            return [[(int(i), 1.0 - d) for i, d in zip(ids, distances, strict=True)] for ids, distances in pairs]

    def _collection(self) -> "Collection":
        if self._opened is None:
            if self._number is None:
                self._number = self._current()
            configuration: Any = {"hnsw": HNSW}
            self._opened = self._open_client().get_or_create_collection(
                self._name(self._number) if self._server else self._collection_name,
                configuration=configuration,
                embedding_function=None,
            )
        return self._opened

    def _open_client(self) -> "Client":
        if self._client is None:
            folder = self._home / self._name(self._number or 0)
            self._client = _server_client(self._server) if self._server else _local_client(folder)
        return self._client

    def _name(self, number: int) -> str:
        """Of the folder, or of the collection on the server."""
        return f"{self._base}-{number}" if number else self._base

    def _numbers_stored(self) -> set[int]:
        """The numbers of all stores that are there, in use or not."""
        if self._server:
            with self._working():
                names = [collection.name for collection in self._open_client().list_collections()]
        else:
            names = [entry.name for entry in self._home.iterdir()]
        found = [re.fullmatch(rf"{re.escape(self._base)}(?:-(\d+))?", name) for name in names]
        return {int(match[1] or 0) for match in found if match}

    def _drop(self, number: int) -> None:
        """Remove the store of this number, if it is there; raises UserError when its files cannot be removed."""
        if self._server:
            from chromadb.errors import NotFoundError

            with self._working(), suppress(NotFoundError):
                self._open_client().delete_collection(self._name(number))
            return
        folder = self._home / self._name(number)
        try:
            if folder.is_dir():
                shutil.rmtree(folder)  # deleting the collection alone leaves its files behind
            else:
                folder.unlink(missing_ok=True)
        except OSError as error:
            raise UserError(f"cannot remove {folder}: {error.strerror}; remove it by hand") from error


def _disk_fault(home: Path, told: str) -> str | None:
    """What is wrong with the disk, if that is why Chroma failed: it does not always tell."""
    if sign := next((sign for sign in _DISK if sign in told), None):
        return sign
    return "disk is full" if shutil.disk_usage(home).free < FULL else None


def _local_client(folder: Path) -> "Client":
    chromadb, settings = _imported()
    try:
        client: Client = chromadb.PersistentClient(str(folder), settings=settings)
    except BaseException:
        _forget_clients()
        raise
    return client


def _forget_clients() -> None:
    """Chroma keeps what it opened, even what failed to open, and hands it to the next client of the same folder."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()


def _server_client(server: str) -> "Client":
    host, _, port = server.rpartition(":")
    if not host or not port.isdigit():
        raise UserError(f"setting chroma: host:port is expected, not {server!r}")
    chromadb, settings = _imported()
    try:
        client: Client = chromadb.HttpClient(host=host, port=int(port), settings=settings)
    except Exception as error:
        raise UserError(f"no Chroma server answers at {server}; start it, or clear the setting chroma") from error
    return client


def preload() -> None:
    """Import Chroma, which takes a second or two."""
    _imported()


def _imported() -> tuple[Any, Any]:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb
    from chromadb.config import Settings

    return chromadb, Settings(anonymized_telemetry=False)
