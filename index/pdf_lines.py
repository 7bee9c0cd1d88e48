"""The lines of a PDF page in reading order: columns one after the other, the cells of a table's row side by side."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

HYPHEN = "\ufffe"  # pdfium's mark for a hyphen at the end of a line, the break included
_BREAK = re.compile(r"\r\n|\n|\r(?!\w)")
_SPACE = re.compile(r"\s+")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xad": ""})
_WIDE = 1.3  # times the height of a line: from here on a space parts two cells; justified text stays below
_MARKER = 3  # characters of the number or sign of a list item, which is no cell
_PROSE = 18  # characters a cell, from which two cells side by side are lines of two columns
_COLUMN = 3  # lines of such a pair of columns, at least


@dataclass(frozen=True)
class Line:
    """A line of a page; its box in points, the origin at the bottom left. `cells` are its parts, when it has several.

    What stays a `row` of a table has its cells in its text.
    """

    text: str
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    height: float = 0.0  # 0 when the place is not known
    cells: "tuple[Line, ...]" = ()
    row: bool = False


def page_lines(pdf: Any, number: int) -> list[Line]:
    """The lines of a page of a pypdfium2 document; a damaged page is a page without text."""
    from pypdfium2 import PdfiumError

    try:
        page = pdf[number]
    except PdfiumError:
        return []
    text_page = page.get_textpage()
    text: str = text_page.get_text_range()
    # Offsets in the text are numbers of characters on the page, but for the rare characters beyond 16 bits.
    placed = len(text) == text_page.count_chars()
    lines, start = [], 0
    for match in _BREAK.finditer(text + "\n"):
        raw = text[start : match.start()]
        if raw.strip():
            first = start + len(raw) - len(raw.lstrip())
            lines += _lines(text_page, first, raw.strip()) if placed else [Line(_shown(raw))]
        start = match.end()
    text_page.close()
    page.close()
    return list(_rejoined(_in_order(lines)))


def _shown(raw: str) -> str:
    return raw.replace("\r", " ").strip().translate(_LIGATURES)


def _lines(text_page: Any, first: int, raw: str) -> list[Line]:
    """The line whose text begins at an offset of the page; several, when hyphens hid breaks between lines of cells."""
    parts, start = [], first
    for part in raw.split(HYPHEN):
        parts.append(_celled(text_page, start, part) if part.strip() else Line(""))
        start += len(part) + 1
    if len(parts) == 1 or not any(part.cells for part in parts):
        return parts if len(parts) == 1 else [_placed(text_page, first, raw)]
    return [*map(_hyphened, parts[:-1]), parts[-1]]


def _hyphened(line: Line) -> Line:
    cells = (*line.cells[:-1], replace(line.cells[-1], text=line.cells[-1].text + "-")) if line.cells else ()
    return replace(line, text=line.text + HYPHEN, cells=cells)


def _rejoined(lines: Iterable[Line]) -> Iterator[Line]:
    """A line that ended with a hyphen and is of no table or column goes on with the next one, as pdfium had it."""
    held: Line | None = None
    for line in lines:
        if held:
            line = replace(line, text=held.text + line.text, left=held.left)
        held = line if line.text.endswith(HYPHEN) else None
        if held is None:
            yield line
    if held:
        yield held


def _celled(text_page: Any, first: int, raw: str) -> Line:
    """The line with its cells, if it has several."""
    whole, ends = _placed(text_page, first, raw), [0]
    for space in _SPACE.finditer(raw):
        before, after = text_page.get_charbox(first + space.start() - 1), text_page.get_charbox(first + space.end())
        if after[0] - before[2] > _WIDE * whole.height:
            ends += [space.start(), space.end()]
    ends.append(len(raw))
    cells = tuple(_placed(text_page, first + a, raw[a:b]) for a, b in zip(ends[::2], ends[1::2], strict=True))
    return replace(whole, cells=cells) if len(cells) > 1 and len(cells[0].text) > _MARKER else whole


def _placed(text_page: Any, first: int, raw: str) -> Line:
    left, bottom, right_of_first, top = text_page.get_charbox(first, loose=True)
    _, last_bottom, right, _ = text_page.get_charbox(first + len(raw) - 1, loose=True)
    text = _shown(raw)
    if right < left or abs(last_bottom - bottom) > (top - bottom) or HYPHEN in text:
        right = max(right, right_of_first)  # the line goes on below: a hyphen hid its break
    return Line(text, left, right, min(bottom, last_bottom), top - bottom)


def _in_order(lines: Sequence[Line]) -> Iterator[Line]:
    """Lines with cells become rows where several follow one another, or columns where the cells are prose."""
    start = 0
    while start < len(lines):
        end = start + 1
        while end < len(lines) and _go_together(lines[end - 1], lines[end]):
            end += 1
        block = lines[start:end]
        if len(block) == 1:
            yield block[0]
        elif _are_columns(block):
            yield from _column([line.cells[0] for line in block])
            yield from _column([line.cells[1] for line in block])
        else:
            yield from (replace(line, text=" | ".join(cell.text for cell in line.cells), row=True) for line in block)
        start = end


def _go_together(above: Line, below: Line) -> bool:
    """Whether two lines with cells may be rows of one table: later cells stand exactly above one another."""
    if not (above.cells and below.cells) or not 0 < above.bottom - below.bottom < 4 * above.height:
        return False
    return any(_aligned(a, b, 0.4 * above.height) for a in above.cells[1:] for b in below.cells[1:])


def _aligned(above: Line, below: Line, slack: float) -> bool:
    """At the left or in the middle, numbers at the right too: there end all lines of stretched text."""
    numbers = any(sign.isdigit() for sign in above.text + below.text)
    apart = [above.left - below.left, (above.left + above.right - below.left - below.right) / 2]
    return min(map(abs, [*apart, above.right - below.right] if numbers else apart)) < slack


def _are_columns(block: Sequence[Line]) -> bool:
    """Whether the lines of two columns were drawn side by side, which make sense only one column after the other."""
    if len(block) < _COLUMN or any(len(line.cells) != 2 for line in block):
        return False
    lengths = [len(cell.text) for line in block for cell in line.cells]
    starts = {round(line.cells[1].left / 3) for line in block}
    return len(starts) <= 2 and all(sum(lengths[side::2]) >= _PROSE * len(block) for side in (0, 1))


def _column(cells: Sequence[Line]) -> Iterator[Line]:
    """The lines of one column; a word split at the end of a line is marked as pdfium does where it sees the end."""
    held = ""
    for cell, below in pairwise((*cells, None)):
        assert cell
        text = held + cell.text
        if below and text[-1:] == "-" and text[-2:-1].isalpha():
            held = text[:-1] + HYPHEN
            continue
        held = ""
        yield replace(cell, text=text)
