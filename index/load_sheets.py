"""Spreadsheets in, a line for each row of each sheet out.

The parser makes a full grid of every sheet, so one stray cell at the far end asks for gigabytes and ends the process
when it gets none: files are to be read in one that has nothing else to lose (index/reading.py).
"""

import datetime
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from index.errors import UserError
from index.extract import Extract, Writer, counted
from index.table import write_table

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # in the container that a password makes of a file
_MIDNIGHT = datetime.time()


def read_sheets(path: Path) -> Extract:
    """Each sheet as a section, each row as a line, each cell after the name of its column, formulas as their values.

    Hidden, empty and chart sheets are left out with a warning. Raises UserError when a password is set; the parser's
    own errors when the file is damaged.
    """
    from python_calamine import PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = _workbook(path)
    except PasswordError as error:
        raise UserError("protected by a password; save it without one") from error
    writer, skipped = Writer(), defaultdict[str, list[str]](list)
    visible = [about.visible == SheetVisibleEnum.Visible for about in book.sheets_metadata]
    for about, is_visible in zip(book.sheets_metadata, visible, strict=True):
        if not is_visible:
            skipped["hidden sheet"].append(about.name)
        elif about.typ != SheetTypeEnum.WorkSheet:
            skipped["sheet without cells"].append(about.name)
        else:
            rows = _rows(book.get_sheet_by_name(about.name))
            first = next(rows, None)
            if first is None:
                skipped["empty sheet"].append(about.name)
                continue
            writer.section(f"sheet {about.name}")
            writer.write(about.name if sum(visible) > 1 else "")
            write_table(writer, chain([first], rows))
    for kind, names in skipped.items():
        writer.warn(f"left out: {counted(len(names), kind, names)}")
    return writer.extract()


def _workbook(path: Path) -> Any:
    """The open workbook, also one whose suffix is that of another kind of workbook."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    data = path.read_bytes()
    if _ENCRYPTED in data:
        raise PasswordError
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError:
        raise
    except CalamineError as error:
        try:
            return CalamineWorkbook.from_filelike(io.BytesIO(data))
        except CalamineError:
            raise error from None


def _rows(sheet: Any) -> Iterator[Sequence[str]]:
    """The rows from the first that says something to the last; of several empty ones in between, one."""
    blank, begun = False, False
    for row in map(_cells, _unmerged(sheet)):
        if any(row):
            if begun and blank:
                yield []
            yield row
            begun = True
        blank = not any(row)


def _unmerged(sheet: Any) -> Iterator[Sequence[Any]]:
    """The rows; a cell merged over several of them is in each, for it is true of each."""
    left = sheet.start[1] if sheet.start else 0
    starting = defaultdict[int, list[tuple[int, int]]](list)
    for (top, column), (bottom, last) in sheet.merged_cell_ranges or ():
        if column == last and bottom > top and column >= left:
            starting[top].append((column - left, bottom))
    merged: dict[int, tuple[int, Any]] = {}
    for number, row in enumerate(sheet.iter_rows()):
        for column, (bottom, value) in merged.items():
            if number <= bottom:
                row[column] = value
        for column, bottom in starting.get(number, ()):
            merged[column] = bottom, row[column]
        yield row


def _cells(row: Sequence[Any]) -> list[str]:
    """The cells as a person sees them, as far as the file tells, without empty ones at the end."""
    cells = [_cell(value) if value != "" else "" for value in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.15g}"  # 0.1 + 0.2 is 0.3 and 12.0 is 12 to whoever looks at the sheet
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, datetime.datetime):
        return str(value.date()) if value.time() == _MIDNIGHT else f"{value.date()} {_cell(value.time())}"
    if isinstance(value, datetime.time):
        return value.isoformat("seconds" if value.second else "minutes")
    return str(value).strip()
