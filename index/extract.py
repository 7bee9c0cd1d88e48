"""The text of a file as a reader puts it together: cleaned, with where its pages and sections begin. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from index.decode import clean
from index.types import Document, Section

SEPARATOR = " › "


@dataclass(frozen=True)
class Extract:
    """What a reader got out of one file; `warnings` are what the person should know of it."""

    text: str
    pages: tuple[int, ...] = ()
    sections: tuple[Section, ...] = ()
    warnings: tuple[str, ...] = ()

    def document(self, source: str) -> Document:
        return Document(source, self.text, self.pages, self.sections)


def outline(headings: Iterable[tuple[int, int, str]]) -> tuple[Section, ...]:
    """The sections that headings (offset, rank, title) begin, in order, each named with those above it.

    Rank 1 is the highest. A heading without a title ends the sections of its rank and below and begins none of its own.
    """
    found: list[Section] = []
    above: list[tuple[int, str]] = []
    for start, rank, title in headings:
        name = " ".join(title.split())
        above = [pair for pair in above if pair[0] < rank] + ([(rank, name)] if name else [])
        found.append(Section(start, SEPARATOR.join(name for _, name in above)))
    return tuple(found)


class Writer:
    """Collects text piece by piece; a section holds for all that is written after it, up to the next."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._pages: list[int] = []
        self._headings: list[tuple[int, int, str]] = []
        self._pending: list[tuple[int, str]] = []
        self._warnings: list[str] = []

    def write(self, text: str, gap: str = "\n\n") -> None:
        """Append `text` without line ends around it, after `gap` unless it is the first; blank text is nothing."""
        text = clean(text).strip("\n")
        if not text.strip():
            return
        if self._pieces:
            self._append(gap)
        self._headings += [(self._length, rank, title) for rank, title in self._pending]
        self._pending.clear()
        self._append(text)

    def section(self, title: str, rank: int = 1) -> None:
        """What is written next stands below this title, which ends every section of the same or a lower rank.

        Rank 1 is the highest. Of a heading, call this first and then write its words: they are in their own section.
        """
        self._pending.append((rank, clean(title)))

    def page(self) -> None:
        """What is written next is on a further page."""
        self._pages.append(self._length)

    def warn(self, text: str) -> None:
        self._warnings.append(text)

    def extract(self) -> Extract:
        return Extract(
            "".join(self._pieces).rstrip(), tuple(self._pages), outline(self._headings), tuple(self._warnings)
        )

    def _append(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)


def counted(count: int, noun: str, which: Iterable[str] = ()) -> str:
    """ "3 sheets: a, b, c" for a warning; of many names the first five."""
    names = list(which)
    listed = ": " + ", ".join(names[:5]) + (", …" if len(names) > 5 else "") if names else ""
    return f"{count} {noun}{'' if count == 1 else 's'}{listed}"
