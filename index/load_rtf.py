"""Rich text files in, text out: paragraphs, list items and table rows."""

import re
from collections.abc import Iterator
from pathlib import Path

from index.blocks import Block, row, write_blocks
from index.errors import UserError
from index.extract import Extract, Writer, counted

_BINARY = re.compile(rb"(?<!\\)\\bin(\d{1,10}) ?")
_PICTURE = re.compile(rb"(?<![0-9a-fA-F\r\n])[0-9a-fA-F\r\n]{1000,}")  # in hexadecimal; no word is as long
_HIGH = re.compile(rb"[\x80-\xff]")
_DELETED = re.compile(r"(?<!\\)\\deleted(?![a-z0-9])")
_NOTE = re.compile(r"\{\\footnote(?![a-z])")
_FIELD = re.compile(r"(\\fldinst)(?=\{)", re.IGNORECASE)
_FONT = re.compile(r"\\f(\d{1,5})\b[^;]{0,300}?\\fcharset(\d{1,3})")
_MARK = re.compile(r"\s*[•·▪◦\uf0b7]\s*\t\s*|\s*[-–]\t\s*")
_NUMBER = re.compile(r"\s*(\(?\w{1,3}[.)])\t\s*")


def read_rtf(path: Path) -> Extract:
    """The text without pictures, deletions that were tracked, headers and footnotes (there is a warning of these).

    Raises UserError when it is not RTF; other errors of a damaged file pass through.
    """
    from striprtf.striprtf import rtf_to_text

    data = path.read_bytes().lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if not data.startswith(b"{\\rtf"):
        raise UserError("damaged, or not an RTF file")
    source = _prepared(data)
    text = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    # Characters beyond the first 65,536 are written as two halves.
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    writer = Writer()
    write_blocks(writer, (block for line in text.split("\n") for block in _block(line)))
    if notes := len(_NOTE.findall(source)):
        writer.warn(f"{counted(notes, 'footnote')} {'is' if notes == 1 else 'are'} not read")
    return writer.extract()


def _prepared(data: bytes) -> str:
    """What striprtf is given: only what it reads right, and in time that is linear in the length."""
    data = _PICTURE.sub(b" ", _without_binary(data))
    # Characters that were not escaped, as they should have been, are in the code page of their font too.
    source = _HIGH.sub(lambda match: b"\\'%02x" % match[0][0], data).decode("ascii")
    source = _DELETED.sub(r"\\*\\deleted", source)  # "\*": this group is not to be shown
    # Its patterns for links and fonts take quadratic time or worse on a file made to that end: the first is kept from
    # matching (the words of a link are read anyway), the second finds the fonts in a short table put before theirs.
    source = _FIELD.sub(r"\1 ", source)
    table = source.find("\\fonttbl")
    fonts = _FONT.findall(source[table : table + 100_000]) if table >= 0 else []
    listed = "".join(f"{{\\f{number}\\fcharset{charset} a;}}" for number, charset in fonts)
    return f"{{\\rtf1{{\\fonttbl{listed}}}" + source.removeprefix("{\\rtf").removeprefix("1")


def _without_binary(data: bytes) -> bytes:
    pieces, start = [], 0
    while found := _BINARY.search(data, start):
        pieces.append(data[start : found.start()])
        start = found.end() + int(found[1])
    return b"".join((*pieces, data[start:]))


def _block(line: str) -> Iterator[Block]:
    line = line.strip(" \r")
    if line.endswith("|"):  # each cell of a row ends so
        yield from row(line[:-1].split("|"))
    elif mark := _MARK.match(line):
        yield "item", f"- {line[mark.end() :]}"
    elif number := _NUMBER.match(line):
        yield "item", f"{number[1]} {line[number.end() :]}"
    else:
        yield "paragraph", line
