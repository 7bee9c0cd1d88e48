"""JSON in, readable lines out: a row for each object of a list that fits in one, else a line for each value."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.decode import decode
from index.errors import UserError
from index.extract import SEPARATOR, Extract, Writer, counted
from index.table import BETWEEN, fold, joined

# Objects become tuples of (key, value), so that a key that comes twice keeps both; numbers stay as they are written.
_DECODER = json.JSONDecoder(object_pairs_hook=tuple, parse_int=str, parse_float=str, parse_constant=str, strict=False)
_ROW_AT_MOST = 400  # characters; the splitter takes a longer row for prose
_TELLING = ("name", "title", "label", "key", "id")  # keys of what an object is called by
_DEEP = "nested too deeply"
_SPACE = re.compile(r"\s*")


def read_json(path: Path) -> Extract:
    """The values, each with the keys that lead to it; raises UserError, with line and column, when it is no JSON."""
    lines = _Lines()
    try:
        lines.add(_DECODER.decode(decode(path.read_bytes())), "")
    except json.JSONDecodeError as error:
        raise UserError(f"no valid JSON: {error.msg} in line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise UserError(_DEEP) from error
    return lines.writer.extract()


def read_json_lines(path: Path) -> Extract:
    """The same of one JSON value a line; lines that are none are warned of, and raise UserError when no line is one."""
    text = decode(path.read_bytes())
    lines, bad, good = _Lines(), dict[int, str](), 0
    try:
        for value in _values(text, bad):
            lines.add_item(value, "")
            good += 1
    except RecursionError as error:
        raise UserError(_DEEP) from error
    if bad:
        found = counted(len(bad), "line", map(str, bad))
        if not good:
            raise UserError(f"no valid JSON: {next(iter(bad.values()))} in {found}")
        lines.writer.warn(f"no valid JSON, left out: {found}")
    return lines.writer.extract()


def _values(text: str, bad: dict[int, str]) -> Iterator[Any]:
    """The values one after the other; the lines that are none go into `bad`, with the fault."""
    at, line, known = _after_space(text, 0), 1, 0  # `line` is that of the offset `known`
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
            yield value
        except json.JSONDecodeError as error:
            line, known = line + text.count("\n", known, at), at
            bad.setdefault(line, error.msg)
            following = text.find("\n", at)
            at = following if following >= 0 else len(text)
        at = _after_space(text, at)


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


class _Lines:
    """Writes values as lines; what belongs together is in one paragraph."""

    def __init__(self) -> None:
        self.writer = Writer()
        self._gap = "\n\n"

    def add(self, value: Any, path: str) -> None:
        """A line for each value within this one, with the path of keys that leads to it."""
        if isinstance(value, tuple):
            for key, member in value:
                self.add(member, _below(path, key))
        elif not isinstance(value, list):
            self._leaf(_text(value), path)
        elif (text := _listed(value)) is not None:
            self._leaf(text, path)
        else:
            self._gap = "\n\n"
            for item in value:
                self.add_item(item, path)
            self._gap = "\n\n"

    def add_item(self, item: Any, path: str) -> None:
        """A row, where the item of a list is an object that fits in one; else a paragraph of lines."""
        if row := _row(item, path):
            self._line(row)
        elif isinstance(item, tuple):
            self._gap = "\n\n"
            self.add(item, _below(path, _called(item)))
            self._gap = "\n\n"
        else:
            self.add(item, path)

    def _leaf(self, text: str, path: str) -> None:
        if "\n" not in text:
            self._line(f"- {path}: {text}" if path and text else text)
            return
        self._line(f"- {path}:" if path else "")
        self.writer.write(text)
        self._gap = "\n\n"

    def _line(self, text: str) -> None:
        if text:
            self.writer.write(text, self._gap)
            self._gap = "\n"


def _row(item: Any, path: str) -> str:
    """The object as one row that says where it stands, or nothing where it is none, too long or of a single value."""
    if not isinstance(item, tuple):
        return ""
    names, cells, length = [""], [path], len(path)
    for name, text in _leaves(item, ""):
        names.append(name)
        cells.append(text)
        length += len(name) + len(text) + len(BETWEEN)
        if length > _ROW_AT_MOST or "\n" in text:
            return ""
    row = joined(names, cells)
    return row if BETWEEN in row else ""


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """(path, text) of each value within this one."""
    if isinstance(value, tuple):
        for key, member in value:
            yield from _leaves(member, _below(path, key))
    elif not isinstance(value, list):
        yield path, _text(value)
    elif (text := _listed(value)) is not None:
        yield path, text
    else:
        for item in value:
            yield from _leaves(item, path)


def _listed(values: list[Any]) -> str | None:
    """The values of a short list side by side, or None where they are objects, lists, or too long for a row."""
    if any(isinstance(value, (tuple, list)) for value in values):
        return None
    text = ", ".join(filter(None, map(_text, values)))
    return text if len(values) == 1 or (len(text) <= _ROW_AT_MOST and "\n" not in text) else None


def _text(value: Any) -> str:
    """A single value as it is written; nothing for null."""
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else str(value).lower()  # true and false


def _called(item: Any) -> str:
    """What an object is called, as far as one of its values tells."""
    values = {key.lower(): value for key, value in reversed(item) if isinstance(value, str)}
    name = next((values[key] for key in _TELLING if values.get(key)), "")
    return fold(name)[:100]


def _below(path: str, key: str) -> str:
    return SEPARATOR.join(filter(None, (path, fold(key))))
