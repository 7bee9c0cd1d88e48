"""Spreadsheets in, a line for each row of each sheet out; they are parsed in a process of their own."""

import datetime
import io
import json
import resource
import subprocess
import sys
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from index.errors import UserError
from index.extract import Extract, Writer, counted
from index.table import write_table

# The parser makes a full grid of every sheet, so one stray cell at the far end asks for gigabytes, and it ends its
# process when it gets none. That must not be the process that people talk to.
_MEMORY = 4 << 30
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # in the container that a password makes of a file
_PROTECTED = "protected by a password; save it without one"
_MIDNIGHT = datetime.time()
Event = tuple[str, Any]  # what the parser says: ("several", bool), ("sheet", name), ("row", cells), (fault, detail) …


def read_sheets(path: Path) -> Extract:
    """Each sheet as a section, each row as a line, each cell after the name of its column, formulas as their values.

    Hidden, empty and chart sheets are left out with a warning. Raises UserError when a password is set, when a sheet
    is too large, or (ValueError) when the file is damaged.
    """
    writer, skipped, several = Writer(), defaultdict[str, list[str]](list), False
    with closing(_events(path)) as events:
        for kind, group in groupby(events, key=itemgetter(0)):
            values = (value for _, value in group)
            if kind == "row":
                write_table(writer, values)
                continue
            for value in values:
                if kind == "several":
                    several = value
                elif kind == "sheet":
                    writer.section(f"sheet {value}")
                    writer.write(value if several else "")
                elif kind == "damaged":
                    raise ValueError(value)
                elif kind == "protected":
                    raise UserError(_PROTECTED)
                else:
                    skipped[kind].append(value)
    for kind, names in skipped.items():
        writer.warn(f"left out: {counted(len(names), kind, names)}")
    return writer.extract()


def _events(path: Path) -> Generator[Event]:
    """What `_parse` says in its own process; raises UserError when that does not come to its end."""
    command = [sys.executable, "-m", "index.load_sheets", str(path.resolve())]
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            for line in process.stdout or ():
                if line.endswith(b"\n"):
                    yield json.loads(line)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise UserError("damaged, or a sheet reaches too far: delete the cells far outside of its tables")


def _parse(path: Path) -> Iterator[Event]:
    from python_calamine import PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = _workbook(path)
    except PasswordError:
        yield "protected", ""
        return
    hidden = [about.visible != SheetVisibleEnum.Visible for about in book.sheets_metadata]
    yield "several", hidden.count(False) > 1
    for about, is_hidden in zip(book.sheets_metadata, hidden, strict=True):
        if is_hidden:
            yield "hidden sheet", about.name
        elif about.typ != SheetTypeEnum.WorkSheet:
            yield "sheet without cells", about.name
        else:
            yield from _sheet(book.get_sheet_by_name(about.name))


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


def _sheet(sheet: Any) -> Iterator[Event]:
    rows = map(_cells, _unmerged(sheet))
    first = next(filter(any, rows), None)
    if first is None:
        yield "empty sheet", sheet.name
        return
    yield "sheet", sheet.name
    yield "row", first
    blank = False
    for row in rows:
        if any(row):
            yield "row", row
        elif not blank:  # of many empty rows one is enough
            yield "row", []
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


def _main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY if most < 0 else min(_MEMORY, most), most))
    try:
        for event in _parse(Path(sys.argv[1])):
            print(json.dumps(event))
    except Exception as error:
        print(json.dumps(("damaged", str(error))))


if __name__ == "__main__":
    _main()
