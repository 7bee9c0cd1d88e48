"""Rows of cells in, lines that are understood alone out: each cell after the name of its column, if it has one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, islice
from statistics import median

from index.extract import LONGEST, Writer

Row = Sequence[str]
BETWEEN = " | "
_HEAD = 1000  # rows that are looked at to tell which of them names the columns
_NAME_AT_MOST = 60  # characters
_VALUE = re.compile(
    r"(?:[A-Z]{3} |\W{0,3})\d[\d\s.,:/'’-]*(?:T[\d:.]+|[eE][+-]?\d+)?(?: ?[^\W\d]{1,3}| ?[^\w\s])?|(?i:true|false)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def write_table(writer: Writer, rows: Iterable[Row]) -> None:
    """Write each row as a line: "Item: printer | Cost: 240" below a row that names the columns, else "printer | 240".

    Empty rows are left out; what follows one may be a table of its own, with its own names. A line of one cell stands
    as a paragraph: it heads a table or notes something.
    """
    before, count, length = "", 0, 0
    for line in _lines([fold(cell) for cell in row] for row in rows):
        if length > LONGEST:
            writer.warn(f"only the first {count:,} rows are read")
            break
        writer.write(line, gap="\n" if BETWEEN in line and BETWEEN in before else "\n\n")
        before, count, length = line, count + 1, length + len(line)


def joined(names: Row, cells: Row) -> str:
    """One line of the cells that are not empty, each after the name of its column unless that is empty."""
    pairs = zip(chain(names, [""] * len(cells)), cells, strict=False)
    return BETWEEN.join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def fold(cell: str) -> str:
    """The cell on a single line."""
    return " ".join(cell.split())


def _lines(rows: Iterable[list[str]]) -> Iterator[str]:
    names: Row = ()
    first = True
    for filled, block in groupby(rows, key=any):
        if not filled:
            continue
        head = list(islice(block, _HEAD))
        at = names_at(head, sure=not first)
        if at is not None:
            yield from map(_plain, head[:at])
            names, head = head[at], head[at + 1 :]
        for row in chain(head, block):
            # A cell alone says by itself what it is, unless it is a number.
            alone = sum(map(bool, row)) == 1 and not any(map(_is_value, row))
            yield joined(names, row) if names and not alone else _plain(row)
        first = False


def _plain(row: Row) -> str:
    """The cells side by side, without empty ones at either end."""
    filled = [at for at, cell in enumerate(row) if cell]
    return BETWEEN.join(row[filled[0] : filled[-1] + 1])


def names_at(rows: Sequence[Row], sure: bool) -> int | None:
    """Which row names the columns: the first that is as wide as most, if it looks like it and is not the last.

    `sure`: only if moreover a column below it holds nothing but values, as it must where a table goes on after a gap.
    """
    usual = median(sum(map(bool, row)) for row in rows)
    for at, row in enumerate(rows[:-1]):
        filled = sum(map(bool, row))
        if filled > 1 and 2 * filled > usual:
            return at if _are_names(row, rows[at + 1 :], sure) else None
    return None


def _are_names(row: Row, below: Sequence[Row], sure: bool) -> bool:
    """Words, all different, none of them met again below in its own column; of two names one heads values."""
    names = [cell for cell in row if cell]
    if len(set(names)) < len(names) or not all(map(_may_be_name, names)):
        return False
    columns = [(name, [cells[n] for cells in below if n < len(cells) and cells[n]]) for n, name in enumerate(row)]
    if any(name in column for name, column in columns if name):
        return False
    sure = sure or len(names) < 3 or any(map(_YEAR.fullmatch, names))
    return not sure or any(_heads_values(name, column) for name, column in columns if name)


def _may_be_name(cell: str) -> bool:
    return len(cell) <= _NAME_AT_MOST and (not _is_value(cell) or bool(_YEAR.fullmatch(cell)))


def _heads_values(name: str, column: Sequence[str]) -> bool:
    """Whether there are nothing but values below the name, which is not just one of them: a year above years."""
    alike = _YEAR.fullmatch(name) and all(map(_YEAR.fullmatch, column))
    return bool(column) and all(map(_is_value, column)) and not alike


def _is_value(cell: str) -> bool:
    """Whether a cell holds a number, an amount, a date, a time or a truth value rather than words."""
    return bool(_VALUE.fullmatch(cell[:50]))
