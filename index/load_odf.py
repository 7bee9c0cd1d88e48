"""OpenDocument texts and slides in, text out: footnotes and text boxes after the paragraph that they belong to."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.blocks import HEADING, Block, flat, row, write_blocks, write_slides
from index.errors import UserError
from index.extract import Extract, Writer
from index.zipped_xml import open_parts, parse_xml, read_part

_SPACE = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_OFFICE, _TEXT, _TABLE = _SPACE % "office", _SPACE % "text", _SPACE % "table"
_DRAW, _SHOW, _MANIFEST = _SPACE % "drawing", _SPACE % "presentation", _SPACE % "manifest"
_SKIPPED = frozenset({
    f"{_TEXT}tracked-changes", f"{_TEXT}table-of-content", f"{_TEXT}ruby-text", f"{_OFFICE}annotation",
    f"{_OFFICE}forms", f"{_SHOW}notes",
})  # fmt: skip
_MARGIN = ("header", "footer", "date-time", "page-number")  # what stands on every slide alike
_BLANKS = re.compile(r"[ \t\r\n]+")


def read_odt(path: Path) -> Extract:
    """The text with its headings as sections, list items on lines of their own, cells separated by " | ".

    Deletions that were tracked and comments are left out. Raises UserError when it is encrypted or no such document.
    """
    writer = Writer()
    write_blocks(writer, _blocks(_body(path, "text")))
    return writer.extract()


def read_odp(path: Path) -> Extract:
    """The text of all slides, each a section "slide 3: Title"; raises as `read_odt`."""
    writer = Writer()
    write_slides(writer, [_slide(page) for page in _body(path, "presentation").iter(f"{_DRAW}page")])
    return writer.extract()


def _body(path: Path, kind: str) -> Any:
    """The element that holds the content."""
    with open_parts(path, "an OpenDocument file") as archive:
        if "META-INF/manifest.xml" in archive.namelist():
            manifest = parse_xml(read_part(archive, "META-INF/manifest.xml"))
            if next(manifest.iter(f"{_MANIFEST}encryption-data"), None) is not None:
                raise UserError("protected by a password; save it without one")
        body = parse_xml(read_part(archive, "content.xml")).find(f"{_OFFICE}body/{_OFFICE}{kind}")
    if body is None:
        raise UserError(f"not an OpenDocument {kind}, or a damaged one")
    return body


def _slide(page: Any) -> tuple[str, list[Block], str]:
    """Title, blocks and notes."""
    title = ""
    blocks: list[Block] = []
    for shape in page:
        role = shape.get(f"{_SHOW}class", "")
        if role == "title" and not title:
            title = flat(_blocks(shape))
        elif role not in _MARGIN and shape.tag not in _SKIPPED:
            blocks += _blocks(shape)
    frames = page.iterfind(f"{_SHOW}notes/{_DRAW}frame")
    notes = (text for frame in frames if frame.get(f"{_SHOW}class") == "notes" for _, text in _blocks(frame))
    return title, blocks, "\n".join(notes)


def _blocks(element: Any) -> Iterator[Block]:
    """What of the content stands below an element; of elements that are not known, what they hold."""
    for child in element:
        if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            yield from _paragraph(child)
        elif child.tag in (f"{_TEXT}list-item", f"{_TEXT}list-header"):
            yield from _item(child)
        elif child.tag == f"{_TABLE}table":
            yield from _rows(child)
        elif child.tag not in _SKIPPED:
            yield from _blocks(child)


def _paragraph(element: Any) -> Iterator[Block]:
    """A paragraph or heading, then the notes and boxes in it."""
    pieces: list[str] = []
    below: list[Any] = []
    _collect(element, pieces, below)
    if text := "".join(pieces).strip():
        level = element.get(f"{_TEXT}outline-level", "1")
        rank = int(level) if level.isdecimal() else 1
        yield f"{HEADING}{rank}" if element.tag == f"{_TEXT}h" else "paragraph", text
    for each in below:
        yield from _blocks(each)


def _collect(element: Any, pieces: list[str], below: list[Any]) -> None:
    """The pieces of text in a paragraph; what stands `below` it is set aside."""
    pieces.append(_BLANKS.sub(" ", element.text or ""))
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""  # an entity has none
        if tag == f"{_TEXT}s":
            count = child.get(f"{_TEXT}c", "1")
            pieces.append(" " * (min(int(count), 80) if count.isdecimal() else 1))
        elif tag == f"{_TEXT}tab":
            pieces.append("\t")
        elif tag == f"{_TEXT}line-break":
            pieces.append("\n")
        elif tag == f"{_TEXT}note":
            below += child.findall(f"{_TEXT}note-body")
        elif tag.startswith(_DRAW):
            below.append(child)
        elif tag and tag not in _SKIPPED:
            _collect(child, pieces, below)
        pieces.append(_BLANKS.sub(" ", child.tail or ""))


def _item(element: Any) -> Iterator[Block]:
    """A list item: its first paragraph carries the mark, further ones stand below it."""
    mark = "- "
    for kind, text in _blocks(element):
        if kind == "paragraph":
            kind, text, mark = "item", mark + text, ""
        yield kind, text


def _rows(table: Any) -> Iterator[Block]:
    for line in table.iter(f"{_TABLE}table-row"):
        if next(line.iterancestors(f"{_TABLE}table")) is table:  # else of a table inside a cell, whose text it is
            yield from row(flat(_blocks(cell)) for cell in line.iterchildren(f"{_TABLE}table-cell"))
