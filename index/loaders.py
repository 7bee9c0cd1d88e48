"""Files in, documents out: a table of readers by suffix. Knows nothing of passages or the catalogue."""

import os
import stat
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

from index.decode import clean, decode
from index.errors import UserError
from index.load_docx import read_docx
from index.load_html import read_html
from index.load_pdf import read_pdf
from index.types import Document

Reader = Callable[[Path], Document]


def load(path: Path) -> tuple[Document, tuple[str, ...]]:
    """The document in a file, its source the absolute path, and what the person should know of it (warnings).

    Raises UserError when the file is missing, unreadable, empty, of an unknown kind, or not what its suffix says.
    """
    path = Path(os.path.realpath(path.expanduser()))
    _check_file(path)
    reader = LOADERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"{path}: unknown kind of file; known: {', '.join(LOADERS)}")
    try:
        document = reader(path)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from error
    except Exception as error:  # a parser may fail in any way on a damaged file
        detail = " ".join(str(error).split())[:200]
        raise UserError(f"{path}: damaged, or not a {path.suffix.lower()} file ({detail})") from error
    if not document.text.strip():
        raise UserError(
            f"{path}: holds no text" + ("; probably a scan: run it through OCR first" if document.pages else "")
        )
    return document, _warnings(document)


def read_text(path: Path) -> Document:
    """Plain text or Markdown, kept as it is written."""
    return Document(str(path), decode(path.read_bytes()))


def read_web(path: Path) -> Document:
    """The readable text of a web page."""
    return Document(str(path), read_html(path.read_bytes()))


def read_word(path: Path) -> Document:
    """The text of a Word document, tables and notes included."""
    return Document(str(path), clean(read_docx(path)).strip())


def read_portable(path: Path) -> Document:
    """The text of a PDF with the offset of each page."""
    text, pages = read_pdf(path)
    return Document(str(path), text, pages)


LOADERS: Mapping[str, Reader] = {
    ".txt": read_text,
    ".md": read_text,
    ".html": read_web,
    ".htm": read_web,
    ".pdf": read_portable,
    ".docx": read_word,
}


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from error
    if stat.S_ISDIR(status.st_mode):
        raise UserError(f"{path}: a folder where a file is expected")
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{path}: not a regular file")
    if not status.st_size:
        raise UserError(f"{path}: empty")


def _warnings(document: Document) -> tuple[str, ...]:
    found = []
    spans = pairwise((*document.pages, len(document.text)))
    empty = [number for number, (start, end) in enumerate(spans, 1) if not document.text[start:end].strip()]
    if empty:
        which = ", ".join(map(str, empty[:5])) + (", …" if len(empty) > 5 else "")
        found.append(f"{len(empty)} of {len(document.pages)} pages hold no text (scanned?): {which}")
    if lost := document.text.count("\ufffd"):
        found.append(f"{lost} characters could not be read")
    return tuple(found)
