"""Word documents in, text out: paragraphs and tables in reading order, then text boxes' and notes' text."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from index.blocks import HEADING, flat, row, write_blocks
from index.errors import UserError
from index.extract import Extract, Writer

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # repeats what stands beside it
_BOX = f"{_W}txbxContent"
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_WRAPPERS = frozenset(_W + name for name in ("sdt", "sdtContent", "ins", "customXml", "smartTag", "body"))
_NOTES = ("/footnotes", "/endnotes")
_NO_RANKS: Mapping[str, int] = {}


def read_docx(path: Path) -> Extract:
    """The text with its headings as sections, list items on lines of their own, cells separated by " | ".

    Raises UserError when the file is encrypted or no Word document; other errors of a damaged file pass through.
    """
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from docx.oxml import parse_xml

    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UserError("protected by a password, or an old .doc file; save it without a password as .docx")
    try:
        document = docx.Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise UserError("not a Word document, or a damaged one") from error
    ranks = _ranks(document.styles.element)
    blocks = list(_blocks(document.element.body, ranks))
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(_NOTES):
            for note in parse_xml(relation.target_part.blob):
                blocks += _blocks(note)
    writer = Writer()
    write_blocks(writer, blocks)
    return writer.extract()


def _ranks(styles: Any) -> dict[str, int]:
    """By style id: the rank of the headings that have it. A style's own name is English in every language's Word."""
    found = {}
    for style in styles.iter(f"{_W}style"):
        name, level = style.find(f"{_W}name"), style.find(f"{_W}pPr/{_W}outlineLvl")
        heading = re.fullmatch(r"heading ([1-9])", name.get(f"{_W}val", "").lower()) if name is not None else None
        if heading:
            found[style.get(f"{_W}styleId")] = int(heading[1])
        elif level is not None and level.get(f"{_W}val", "9") in "012345678":
            found[style.get(f"{_W}styleId")] = int(level.get(f"{_W}val")) + 1
    return found


def _blocks(element: Any, ranks: Mapping[str, int] = _NO_RANKS) -> Iterator[tuple[str, str]]:
    """(kind, text) of each paragraph and table row below the element that is not blank; `ranks` are of style ids."""
    for child in element:
        if child.tag == f"{_W}p":
            text = _text(child)
            if text:
                item = child.find(f"{_W}pPr/{_W}numPr") is not None or _style(child).startswith("List")
                rank = ranks.get(_style(child))
                kind = f"{HEADING}{rank}" if rank else "item" if item else "paragraph"
                yield kind, f"- {text}" if kind == "item" else text
            for box in _boxes(child):
                yield from _blocks(box)
        elif child.tag == f"{_W}tbl":
            yield from _rows(child)
        elif child.tag in _WRAPPERS:
            yield from _blocks(child, ranks)


def _rows(table: Any) -> Iterator[tuple[str, str]]:
    for line in table.iter(f"{_W}tr"):
        if next(line.iterancestors(f"{_W}tbl")) is not table:
            continue  # of a table inside a cell: its text is in the cell's
        cells = (cell for cell in line.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is line)
        yield from row(flat(_blocks(cell)) for cell in cells)


def _text(paragraph: Any) -> str:
    pieces: list[str] = []
    _collect(paragraph, pieces)
    return "".join(pieces).strip()


def _collect(element: Any, pieces: list[str]) -> None:
    for child in element:
        if child.tag == f"{_W}t":
            pieces.append(child.text or "")
        elif child.tag in _SIGNS:
            pieces.append(_SIGNS[child.tag])
        elif child.tag not in (_BOX, _FALLBACK, f"{_W}pPr", f"{_W}del", f"{_W}moveFrom"):
            _collect(child, pieces)


def _boxes(paragraph: Any) -> list[Any]:
    """The text boxes anchored in a paragraph, each once."""
    return [
        box
        for box in paragraph.iter(_BOX)
        if next(box.iterancestors(_FALLBACK), None) is None and next(box.iterancestors(f"{_W}p")) is paragraph
    ]


def _style(paragraph: Any) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return str(style.get(f"{_W}val", "")) if style is not None else ""
