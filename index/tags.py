"""What a tag of a document is, and which files have which: one table of the catalogue, and pure functions beside it.

Tags belong to files: they stay when a changed file is read again, and are gone when it is removed.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from unicodedata import normalize

from index.database import Database
from index.errors import UserError
from index.rows import GIVEN
from index.types import DocumentInfo

CHARACTERS = 40  # of a tag at most: it is a name, shown beside others
NAMED = 20  # tags that an error names

_JOINERS = str.maketrans("", "", "\u200c\u200d")  # not printable alone, and needed within words and emoji


class Tags:
    """The tags of the files in a catalogue. Safe to use from several threads.

    Neither texts nor vectors depend on them: a change of them is none of the catalogue's revision, needs no lock but
    that of its transaction, and so can be made while files are being read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def change(self, paths: Iterable[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Take tags from the files at these paths, then give them others; what is not known is passed over.

        A tag that some file has is kept as it was first written.
        """
        given, gone = json.dumps(list(paths)), json.dumps([key_of(name) for name in remove])
        with self._database.transaction(revised=False) as connection:
            sql = f"DELETE FROM tags WHERE path IN {GIVEN} AND key IN {GIVEN}"
            removed = connection.execute(sql, (given, gone)).rowcount
            for name in add:
                connection.execute(
                    f"""INSERT OR IGNORE INTO tags SELECT path, :key, coalesce(
                        (SELECT name FROM tags WHERE key = :key LIMIT 1), :name
                    ) FROM files WHERE path IN {GIVEN.replace("?", ":given")}""",
                    {"key": key_of(name), "name": name, "given": given},
                )
        if removed:
            with suppress(UserError):  # a reader is in the way; the next removal or vacuum does it
                self._database.empty_log()

    def hand_on(self, path: str, to: str) -> None:
        """Give one file the tags of another, which was moved there."""
        with self._database.transaction(revised=False) as connection:
            connection.execute("INSERT OR IGNORE INTO tags SELECT ?, key, name FROM tags WHERE path = ?", (to, path))


def tag_of(text: str) -> str:
    """The tag that a person means: one line, white space folded. Raises UserError when it is none."""
    name = normalize("NFC", " ".join(text.split()))
    bare = name.translate(_JOINERS)
    if not bare or len(name) > CHARACTERS or not bare.isprintable():
        told = name if len(name) <= 2 * CHARACTERS else f"{name[: 2 * CHARACTERS]} …"
        raise UserError(f"a tag is plain text of 1 to {CHARACTERS} characters, not {told!r}")
    return name


def key_of(name: str) -> str:
    """What two spellings of the same tag share."""
    return normalize("NFKC", normalize("NFKC", name).casefold())


def in_use(documents: Iterable[DocumentInfo]) -> dict[str, int]:
    """All tags of the documents in order, each with how many have it."""
    counts: dict[str, int] = {}
    for info in documents:
        for name in info.tags:
            counts[name] = counts.get(name, 0) + 1
    return {name: counts[name] for name in in_order(counts)}


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=key_of))


def known(documents: Iterable[DocumentInfo], names: Iterable[str]) -> list[str]:
    """The tags as they are written on the documents; raises UserError, which names those there are, for one on none."""
    written = {key_of(name): name for name in in_use(documents)}
    found = []
    for name in names:
        if key_of(" ".join(name.split())) not in written:
            there = ", ".join(list(written.values())[:NAMED]) + (", …" if len(written) > NAMED else "")
            ways = f"there are: {there}" if there else "there are none yet; `python -m index tag` gives them"
            raise UserError(f"no document has the tag {name!r}; {ways}")
        found.append(written[key_of(" ".join(name.split()))])
    return found


def tagged(
    documents: Sequence[DocumentInfo], names: Collection[str], among: Collection[str] | None = None
) -> list[str]:
    """The ids of the documents with any of the tags, and of those only what is `among` these ids.

    Raises UserError when no document has one of the tags, or when nothing is left.
    """
    wanted = set(known(documents, names))
    found = [info.id for info in documents if wanted.intersection(info.tags)]
    left = [document for document in found if among is None or document in among]
    if not left:
        raise UserError(f"none of these documents has the tag {' or '.join(map(repr, sorted(wanted)))}")
    return left
