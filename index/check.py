"""What is wrong with an index, if anything: the catalogue with itself, and the vector store with the catalogue."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from index.catalogue import Catalogue
from index.errors import UserError
from index.mend import lost, opening
from index.types import Document, Passage
from index.vectors import VectorFault, Vectors

_COUNTS = {
    "documents that no file holds": "SELECT count(*) FROM documents WHERE number NOT IN (SELECT document FROM files)",
    "files without their document": "SELECT count(*) FROM files WHERE document NOT IN (SELECT number FROM documents)",
    "passages without their document": (
        "SELECT count(*) FROM passages WHERE document NOT IN (SELECT number FROM documents)"
    ),
    "documents without passages": "SELECT count(*) FROM documents WHERE number NOT IN (SELECT document FROM passages)",
    "passages without a vector": "SELECT count(*) FROM passages WHERE id NOT IN (SELECT passage FROM vectors)",
    "vectors without their passage": "SELECT count(*) FROM vectors WHERE passage NOT IN (SELECT id FROM passages)",
    "passages missing from the full-text index": (
        "SELECT count(*) FROM passages WHERE id NOT IN (SELECT rowid FROM words)"
    ),
    "entries of the full-text index without their passage": (
        "SELECT count(*) FROM words WHERE rowid NOT IN (SELECT id FROM passages)"
    ),
    "vectors of another size than the embedder's": """SELECT count(*) FROM vectors v JOIN passages p ON p.id = passage
        WHERE length(vector) <> 4 * (SELECT value FROM meta WHERE key = 'dimension')
        OR length(v.sentences) <> json_array_length(p.sentences) * (SELECT value FROM meta WHERE key = 'dimension')""",
}


def damage(catalogue: Catalogue, vectors: Vectors) -> list[str]:
    """One line for each kind of damage; empty when all is well. Call it with the write lock held."""
    found: list[str] = []
    for look in (_file_damage, _count_damage, _text_damage):
        try:
            found += look(catalogue)
        except UserError as error:  # the file is so broken that it cannot be read
            found.append(str(error))
    if not found:
        try:
            found += _vector_damage(catalogue, vectors)
        except VectorFault as fault:
            found.append(f"vector store: {fault}; it will be rebuilt by the next search")
    return found


def _file_damage(catalogue: Catalogue) -> Iterator[str]:
    for (line,) in catalogue.database.read("PRAGMA integrity_check"):
        if line != "ok":
            yield f"catalogue: {line}"
    if broken := len(catalogue.database.read("PRAGMA foreign_key_check")):
        yield f"catalogue: {broken} broken references"
    try:
        catalogue.database.read("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    except UserError as error:
        yield f"full-text index: {error}"


def _count_damage(catalogue: Catalogue) -> Iterator[str]:
    for name, sql in _COUNTS.items():
        if count := catalogue.database.read(sql)[0][0]:
            yield f"catalogue: {count} {name}"


def _text_damage(catalogue: Catalogue) -> Iterator[str]:
    for info in catalogue.documents():
        document = catalogue.document(info.id)
        if document is None:
            continue
        name = info.sources[0] if info.sources else info.id
        if document.id != info.id:
            yield f"{name}: the stored text is not the one that was read"
        found = list(catalogue.passages_of(info.id).values())
        for fault, is_wrong in _TEXT_CHECKS.items():
            if is_wrong(document, found):
                yield f"{name}: {fault}"


def _spans_differ(document: Document, found: list[Passage]) -> bool:
    return any(document.text[p.start : p.end] != p.text for p in found)


def _leaves_gaps(document: Document, found: list[Passage]) -> bool:
    """Whether a character that is not white space is in no sentence, or in two."""
    spans = [span for p in found for span in p.sentences]
    edges = [(0, 0), *spans, (len(document.text), len(document.text))]
    return any(a[1] > b[0] or document.text[a[1] : b[0]].strip() for a, b in pairwise(edges))


_TEXT_CHECKS: dict[str, Callable[[Document, list[Passage]], bool]] = {
    "a passage does not stand where it should": _spans_differ,
    "some of the text is in no sentence": _leaves_gaps,
}


def _vector_damage(catalogue: Catalogue, vectors: Vectors) -> Iterator[str]:
    with opening(catalogue) as crashed:
        if crashed:
            vectors.reset()  # not to be opened again as it is
            yield "vector store: opening it ended the process; it will be rebuilt by the next search"
            return
        wanted, stored = set(catalogue.numbers()), vectors.numbers()
        if missing := len(wanted - stored):
            yield f"vector store: {missing} passages are missing; they will be added by the next search"
        if left := len(stored - wanted):
            yield f"vector store: {left} vectors are left over; they will be removed by the next search"
        if not missing and not left and (unfound := lost(catalogue, vectors, thorough=True)):
            yield f"vector store: {len(unfound)} vectors do not find themselves; it will be rebuilt by the next search"
