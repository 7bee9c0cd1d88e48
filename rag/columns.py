"""A row of a table as it answers a question: each cell after the name of its column, without other figures. Pure."""

import re
from collections.abc import Sequence

from index.table import joined, names_at
from index.traits import KINDS, asked, offered
from index.types import Evidence
from index.words import terms

_RULE = re.compile(r"\n[ \t]*\|?[ \t]*:?-.*")  # below the names, in Markdown
_NAMED = re.compile(r"([^:]+): (.+)")
_FIGURE = re.compile(r"\d")
_LOOKS = frozenset(("who", "when", "how many", "how long"))
Cells = Sequence[str]


def told(item: Evidence, question: str) -> str:
    """The sentence on one line; a row of a table with each cell after the name of its column ("2024: £12 | 2025: £15").

    Where the question names some columns of figures without naming what stands in them, and they hold what it asks for,
    other figures are left out, but for those that it names and the first column: a small model loses count of columns.
    Words stay, since they tell what the row is about.
    """
    text = " ".join(item.text.split())
    if not (row := row_of(item)):
        return text
    names, cells = row
    said = set(terms(question))
    held = {n for n, cell in enumerate(cells) if said.intersection(terms(cell))}
    named = [set(terms(name)) for name in names]
    own = [words.difference(*named[:n], *named[n + 1 :]) for n, words in enumerate(named)]
    wanted = {n for n, words in enumerate(own) if words & said} - held - {0}
    figures = {n for n, cell in enumerate(cells) if _FIGURE.search(cell)} - {0}
    left_out: set[int] = set()
    if wanted & figures and _offers(question, [cells[n] for n in sorted(wanted)]):
        left_out = figures - wanted - held
    kept = [n for n in range(len(cells)) if n not in left_out]
    return joined([names[n] for n in kept], [cells[n] for n in kept])


def _offers(question: str, cells: Cells) -> bool:
    """Whether the cells hold the kinds of answer that the question asks for, as far as a cell's look tells."""
    given = dict(zip(KINDS, offered("; ".join(cells)), strict=True))
    return all(given[kind] for kind, wanted in zip(KINDS, asked(question), strict=True) if wanted and kind in _LOOKS)


def row_of(item: Evidence) -> tuple[Cells, Cells] | None:
    """The names of the columns and the cells below them; None where the sentence is no row of a table with names."""
    cells = _cells(" ".join(item.text.split()))
    if len(cells) < 2:
        return None
    pairs = [_NAMED.fullmatch(cell) for cell in cells]
    if all(pairs):
        return [pair[1] for pair in pairs if pair], [pair[2] for pair in pairs if pair]
    names = _names(item, len(cells))
    return (names, cells) if names else None


def _names(item: Evidence, width: int) -> Cells:
    """The line above the sentence, in its passage, that names the columns of its table; nothing where there is none."""
    passage, spans = item.passage, item.passage.sentences
    lines = [passage.between(*span) for span in spans]
    rows = [_cells(_RULE.sub("", line)) for line in lines]
    ruled = [bool(_RULE.search(line)) for line in lines]
    # Whether a line goes on with the table of the one before.
    goes_on = [
        n > 0
        and len(rows[n - 1]) == width
        and not ruled[n]
        and passage.between(spans[n - 1][1], start).count("\n") == 1
        for n, (start, _) in enumerate(spans)
    ]
    first = own = next(n for n, (start, _) in enumerate(spans) if start == item.start)
    last = own + 1
    while goes_on[first]:
        first -= 1
    while last < len(rows) and goes_on[last] and len(rows[last]) == width:
        last += 1
    # Without a rule below them the names are sure only above a column of values.
    named = 0 if ruled[first] else names_at(rows[first:last], sure=True)
    return rows[first + named] if named is not None and first + named < own else ()


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
