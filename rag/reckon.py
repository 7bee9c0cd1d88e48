"""Which row of a table has the most, what a column comes to: reckoned from every row, no word left unaccounted for.

No sentence holds such an answer, and a model that reads some of the rows guesses it. Patterns for English. Pure.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from index.types import Evidence, Passage
from index.words import stem, terms
from rag.claims import family
from rag.columns import row_of

_OPERATIONS = {
    "most": re.compile(r"(?<!at )\b(?:most|highest|largest|biggest|greatest|maximum)\b", re.I),
    "least": re.compile(r"(?<!at )\b(?:least|fewest|lowest|smallest|minimum)\b", re.I),
    "sum": re.compile(r"\b(?:total|altogether|in all|sum|combined|overall)\b", re.I),
    "mean": re.compile(r"\b(?:average|mean)\b", re.I),
}
_NOUN = re.compile(
    r"\b(?:which|what) (?:of the )?(?!(?:is|are|was|were|do|does|did|has|have|had|of|the)\b)(\w+)|\b(who)\b", re.I
)
_FIGURE = re.compile(r"([£$€]?) ?(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)( ?(?:%|°?[^\W\d]{1,6}))?")
# Verbs and nouns that tie a row to its figure and say nothing more.
_LIGHT = {stem(w) for w in family("have had get got make made reach reached show record take give bring number amount")}
_FEWEST = 2  # rows that are reckoned with
_MOST_TIED = 3  # rows that may share the first place


@dataclass(frozen=True)
class Row:
    """A row of a table: what stands under the name of each column, and where the row stands."""

    cells: Mapping[str, str]
    item: Evidence


@dataclass(frozen=True)
class Reckoned:
    """The answer as text, the rows that it rests on, and how many rows were read for it."""

    text: str
    rows: Sequence[Row]
    read: int


def operation(question: str) -> str:
    """What a question wants done with figures; nothing where it wants nothing, or more than one thing."""
    found = [name for name, words in _OPERATIONS.items() if words.search(question)]
    return found[0] if len(found) == 1 else ""


def tables(passages: Iterable[Passage]) -> list[list[Row]]:
    """The rows of each table of a document that has names for its columns."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for passage in passages:
        for start, end in passage.sentences:
            item = Evidence(passage, start, end, 0.0)
            if row := row_of(item):
                names, cells = row
                found[item.section, names[0]].append(Row(dict(zip(names, cells, strict=True)), item))
    return [*found.values()]


def reckoned(question: str, table: Sequence[Row]) -> Reckoned | None:
    """The answer from a table; None where the question wants none, or says anything that the table does not tell."""
    asked = _Asked(question, table)
    if not operation(question) or not asked.measure or asked.unaccounted or len(asked.rows) < _FEWEST:
        return None
    return asked.first() if operation(question) in ("most", "least") else asked.summed()


@dataclass(frozen=True)
class _Asked:
    """A question as a table tells it apart."""

    question: str
    table: Sequence[Row]

    @cached_property
    def names(self) -> dict[str, set[str]]:
        """The columns and the terms of their names."""
        return {name: set(terms(name)) for name in dict.fromkeys(name for row in self.table for name in row.cells)}

    @cached_property
    def said(self) -> set[str]:
        """The terms of the question without those of the operation."""
        words = _OPERATIONS[operation(self.question)].findall(self.question)
        return set(terms(self.question)) - set(terms(" ".join(words)))

    @cached_property
    def noun(self) -> str:
        """The stem of what is asked for, "branch" of "which branch"; "who" for somebody; nothing for a figure."""
        found = _NOUN.search(self.question)
        return stem((found[1] or found[2]).lower()) if found else ""

    @cached_property
    def subject(self) -> str:
        """The column whose value is asked for: the one of that name, else the first of words; none for a figure."""
        if not self.noun or self.noun in self.names.get(self.measure, ()):
            return ""
        own = [name for name, words in self.names.items() if self.noun in words]
        free = [
            name for name in self.names if name not in (self.measure, *self.named) and not _figures(self.table, name)
        ]
        return next(iter(own + free), "")

    @cached_property
    def measure(self) -> str:
        """The one column of figures, all in one unit, that the question names; nothing where that is not clear."""
        shared = {
            name: len(words & self.said)
            for name, words in self.names.items()
            if self.noun not in words and _figures(self.table, name)
        }
        best = [name for name, count in shared.items() if count and count == max(shared.values())]
        return best[0] if len(best) == 1 else ""

    @cached_property
    def named(self) -> dict[str, set[str]]:
        """The values that the question names, by column."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.table:
            for name, cell in row.cells.items():
                if name != self.measure and (held := set(terms(cell))) and held <= self.said:
                    found[name].add(cell)
        return dict(found)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows that the question is about."""
        held = [row for row in self.table if self.measure in row.cells]
        return [row for row in held if all(row.cells.get(name) in cells for name, cells in self.named.items())]

    @property
    def unaccounted(self) -> set[str]:
        """What the question says beyond names, values and light words."""
        values = {term for cells in self.named.values() for cell in cells for term in terms(cell)}
        return self.said.difference(values, _LIGHT, {self.noun}, *self.names.values())

    def first(self) -> Reckoned | None:
        """The row with the most or the least; None where too many share that, or where the sums of what is asked for
        say otherwise than the single rows ("which branch" of a table with a row for each month)."""
        sign = 1 if operation(self.question) == "most" else -1
        best = max(sign * self._figure(row) for row in self.rows)
        winners = [row for row in self.rows if sign * self._figure(row) == best]
        subject = self.subject
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in self.rows:
            sums[row.cells.get(subject, "")] += sign * self._figure(row)
        ahead = {value for value, total in sums.items() if total == max(sums.values())}
        won = {row.cells.get(subject, "") for row in winners}
        if len(winners) > _MOST_TIED or (subject and (won != ahead or "" in won)):
            return None
        return Reckoned("; ".join(map(self._told, winners)), winners, len(self.table))

    def summed(self) -> Reckoned | None:
        """The sum or the mean of the figures."""
        figures = [self._figure(row) for row in self.rows]
        total = sum(figures, Decimal())
        if operation(self.question) == "mean":
            total = round(total / len(figures), 2)
        before, _, after = _parts(self.rows[0].cells[self.measure])
        cells = (
            " + ".join(row.cells[self.measure] for row in self.rows) if len(self.rows) <= 4 else f"{len(figures)} rows"
        )
        return Reckoned(f"{before}{total:,}{after} ({self.measure}, from {cells})", self.rows, len(self.table))

    def _figure(self, row: Row) -> Decimal:
        return Decimal(_parts(row.cells[self.measure])[1].replace(",", ""))

    def _told(self, row: Row) -> str:
        """What is asked for with its figure, and the other words of the row that the question does not say."""
        subject, figure = self.subject, row.cells[self.measure]
        left_out = (self.measure, subject, *self.named)
        words = [n for n in row.cells if n not in left_out and not _figures(self.table, n)]
        about = [f"{name}: {row.cells[name]}" for name in words]
        if not subject:
            return f"{figure} ({', '.join(about)})" if about else figure
        return f"{row.cells[subject]} ({', '.join([f'{self.measure}: {figure}', *about])})"


def _figures(table: Sequence[Row], name: str) -> bool:
    """Whether all that stands under the name are figures of one unit."""
    found = [_FIGURE.fullmatch(row.cells[name]) for row in table if name in row.cells]
    return all(found) and len({(match[1], match[3]) for match in found if match}) == 1


def _parts(cell: str) -> tuple[str, str, str]:
    """The sign before a figure, the figure, its unit."""
    match = _FIGURE.fullmatch(cell)
    return (match[1], match[2], match[3] or "") if match else ("", "0", "")
