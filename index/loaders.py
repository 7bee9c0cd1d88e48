"""Files in, documents out: a table of readers by suffix. Knows nothing of passages or the catalogue."""

import os
import stat
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

from index.errors import UserError
from index.extract import LONGEST, Extract, counted
from index.load_csv import read_csv
from index.load_docx import read_docx
from index.load_eml import read_eml
from index.load_epub import read_epub
from index.load_html import read_html
from index.load_json import read_json, read_json_lines
from index.load_odf import read_odp, read_odt
from index.load_pdf import read_pdf
from index.load_pptx import read_pptx
from index.load_rtf import read_rtf
from index.load_sheets import read_sheets
from index.load_text import read_markdown, read_text
from index.types import Document

Reader = Callable[[Path], Extract]
_PLAIN = (
    ".txt .text .log .rst .adoc .org .tex .srt .vtt "
    ".toml .yaml .yml .ini .cfg .conf .xml "
    ".py .js .ts .tsx .jsx .java .c .h .cpp .hpp .cs .go .rs .rb .php .swift .kt .scala .lua .pl .r .m "
    ".sh .bash .ps1 .sql .css"
)  # read as they are written
_SHEETS = ".xlsx .xlsm .xls .xlsb .ods"


def load(path: Path) -> tuple[Document, tuple[str, ...]]:
    """The document in a file, its source the absolute path, and what the person should know of it (warnings).

    Raises UserError when the file is missing, unreadable, empty, of an unknown kind, or not what its suffix says.
    """
    path = Path(os.path.realpath(path))
    check_file(path)
    reader = LOADERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"{path}: unknown kind of file; known: {', '.join(LOADERS)}")
    try:
        extract = reader(path)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from error
    except MemoryError:
        raise
    except Exception as error:  # a parser may fail in any way on a damaged file
        detail = " ".join(str(error).split())[:200]
        raise UserError(f"{path}: damaged, or not a {path.suffix.lower()} file ({detail})") from error
    if not extract.text.strip():
        scan = f" on any of its {counted(len(extract.pages), 'page')}; probably a scan: run it through OCR first"
        raise UserError(f"{path}: holds no text" + (scan if extract.pages else ""))
    return _kept(extract).document(str(path)), _warnings(extract)


LOADERS: Mapping[str, Reader] = {
    **dict.fromkeys(_PLAIN.split(), read_text),
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".pptx": read_pptx,
    ".odt": read_odt,
    ".odp": read_odp,
    ".rtf": read_rtf,
    ".epub": read_epub,
    ".eml": read_eml,
    **dict.fromkeys(_SHEETS.split(), read_sheets),
    ".csv": read_csv,
    ".tsv": read_csv,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
}


def check_file(path: Path) -> None:
    """Raises UserError unless there is a file that holds something and is no pipe, device or folder."""
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


def _kept(extract: Extract) -> Extract:
    """The extract, cut where it is longer than anybody can want."""
    if len(extract.text) <= LONGEST:
        return extract
    return Extract(
        extract.text[:LONGEST].rstrip(),
        tuple(start for start in extract.pages if start < LONGEST),
        tuple(section for section in extract.sections if section.start < LONGEST),
    )


def _warnings(extract: Extract) -> tuple[str, ...]:
    found = list(extract.warnings)
    spans = pairwise((*extract.pages, len(extract.text)))
    empty = [number for number, (start, end) in enumerate(spans, 1) if not extract.text[start:end].strip()]
    if empty:
        which = ", ".join(map(str, empty[:5])) + (", …" if len(empty) > 5 else "")
        found.append(f"{len(empty)} of {len(extract.pages)} pages hold no text (scanned?): {which}")
    if lost := extract.text.count("\ufffd"):
        found.append(f"{counted(lost, 'character')} could not be read")
    if len(extract.text) > LONGEST:
        found.append(f"only the first {LONGEST:,} of {len(extract.text):,} characters are kept")
    return tuple(found)
