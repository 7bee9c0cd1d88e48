"""Where a quote stands among the characters of a PDF page, and the boxes that mark it, line by line. Pure.

A page's text is mended when it is read: lines are joined, words put together, running heads left out. So only what
survives that is compared: characters without white space and hyphens.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import pi
from typing import NamedTuple
from unicodedata import normalize

_HYPHENS = frozenset("-\u2010\u2011")  # pdfium's own mark for one at the end of a line is not printable
_LOST = "\ufffd"  # what a half character becomes when it is read
_CONTEXT = 200  # characters to either side by which equal words are told apart
_STRAIGHT = 0.05  # radians off an axis at which a line is still straight
_APART = 1.5  # heights of a character between two that belong to one box, at most


class Box(NamedTuple):
    """A rectangle; y grows upwards."""

    left: float
    bottom: float
    right: float
    top: float


class Glyph(NamedTuple):
    """A character's box, and the direction in radians that its line runs in."""

    box: Box
    angle: float = 0.0


def find_quote(characters: Sequence[str], text: str, start: int, end: int) -> tuple[int, int] | None:
    """The first and the last of a page's characters that are `text[start:end]`; `text` is what was read of the page.

    None when they are not there, or when equal words stand elsewhere too and nothing tells which are meant.
    """
    shown, places = _folded(characters)
    before, quote, after = (_folded(part)[0] for part in (text[:start], text[start:end], text[end:]))
    found = _occurrences(shown, quote)
    read = _occurrences(before + quote + after, quote)
    if not quote or not found:
        return None
    if len(found) == len(read):
        at = found[read.index(len(before))]
    else:  # a running head that was left out holds the words as well
        alike = sorted((_alike(shown, at, at + len(quote), before, after), at) for at in found)
        if len(alike) > 1 and alike[-1][0] == alike[-2][0]:
            return None
        at = alike[-1][1]
    return places[at], places[at + len(quote) - 1]


def _folded(characters: Iterable[str]) -> tuple[str, list[int]]:
    """What is compared of some characters, and which of them each of it comes from."""
    pairs = [
        (piece, number)
        for number, character in enumerate(characters)
        if character <= "\uffff" and character != _LOST  # pdfium gives those beyond in halves
        for piece in normalize("NFKC", character)
        if piece.isprintable() and not piece.isspace() and piece not in _HYPHENS
    ]
    return "".join(piece for piece, _ in pairs), [number for _, number in pairs]


def _occurrences(text: str, words: str) -> list[int]:
    found, at = [], text.find(words)
    while words and at >= 0:
        found.append(at)
        at = text.find(words, at + 1)
    return found


def _alike(shown: str, start: int, end: int, before: str, after: str) -> int:
    """How many characters around [start, end) are as they should be."""
    left = _same(shown[max(0, start - _CONTEXT) : start][::-1], before[::-1])
    return left + _same(shown[end : end + _CONTEXT], after)


def _same(one: str, other: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def line_boxes(glyphs: Sequence[Glyph]) -> list[Box]:
    """One box around the characters of each line; characters of slanting lines keep their own."""
    boxes = [glyphs[0].box] if glyphs else []
    for last, glyph in pairwise(glyphs):
        if _on_one_line(last, glyph):
            a, b = boxes[-1], glyph.box
            boxes[-1] = Box(min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
        else:
            boxes.append(glyph.box)
    return boxes


def _on_one_line(last: Glyph, glyph: Glyph) -> bool:
    quarter = round(glyph.angle / (pi / 2))
    if abs(last.angle - glyph.angle) > _STRAIGHT or abs(glyph.angle - quarter * pi / 2) > _STRAIGHT:
        return False
    a, b = (_level(each.box, quarter) for each in (last, glyph))
    height = min(a.top - a.bottom, b.top - b.bottom)
    shared = min(a.top, b.top) - max(a.bottom, b.bottom)
    apart = max(a.left, b.left) - min(a.right, b.right)
    return shared >= height / 2 and apart <= _APART * height


def _level(box: Box, quarter: int) -> Box:
    """The box with its line running along x."""
    return Box(box.bottom, box.left, box.top, box.right) if quarter % 2 else box
