"""Tables of separated values in (CSV, TSV), a line for each row out, whatever separates the values."""

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from index.decode import decode
from index.extract import Extract, Writer
from index.table import Row, write_table

_SAMPLE = 100  # rows that the separator is told from
_SEPARATORS = ",;\t|"
_NOTE = re.compile(r"sep=(.)\n", re.IGNORECASE)  # in the first line, for Excel


def read_csv(path: Path) -> Extract:
    """Each row as a line, each value after the name of its column; raises UserError when the file is no text."""
    text = decode(path.read_bytes())
    if note := _NOTE.match(text):
        text, separator = text[note.end() :], note[1]
    else:
        expected = "\t" if path.suffix.lower() == ".tsv" else ","
        separator = max(_SEPARATORS, key=lambda each: (*_evenness(text, each), each == expected))
    writer = Writer()
    write_table(writer, _rows(text, separator))
    return writer.extract()


def _evenness(text: str, separator: str) -> tuple[float, int]:
    """Which part of the first rows has as many values as most have, and how many those are; nothing for one value."""
    counts = Counter(len(row) for row in islice(_rows(text, separator), _SAMPLE) if row)
    usual, rows = counts.most_common(1)[0] if counts else (0, 0)
    return (rows / counts.total(), usual) if usual > 1 else (0.0, 0)


def _rows(text: str, separator: str) -> Iterator[Row]:
    csv.field_size_limit(sys.maxsize)  # a long value is no fault
    lines = io.StringIO(text, newline="")
    if _is_unclosed(text, separator):
        return csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=separator)


def _is_unclosed(text: str, separator: str) -> bool:
    """Whether a quotation mark that is never closed would make one value of the lines after it."""
    if text.count('"') % 2 == 0:
        return False
    reader, before, last = csv.reader(io.StringIO(text, newline=""), delimiter=separator), 0, 0
    for _ in reader:
        before, last = last, reader.line_num
    return last - before > 1
