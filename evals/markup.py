"""The parts that the evaluation's page is made of: sections, framed plots, tables. Pure; all text is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from evals.plots import Series


class Raw(str):
    """Text that is HTML already, made of numbers only."""


def section(title: str, about: str, content: str) -> str:
    """A headed part of the page; `content` is HTML."""
    told = f'<p class="soft">{escape(about)}</p>' if about else ""
    return f"<section><h2>{escape(title)}</h2>{told}{content}</section>"


def drawing(title: str, about: str, key: Iterable[Series], plot: str, numbers: str) -> str:
    """A plot (SVG) in its frame, with the key of its tones above and its numbers (HTML) to unfold below."""
    shown = "".join(f'<li><i class="tone{one.tone}"></i>{escape(one.name)}</li>' for one in key)
    small = f"<small>{escape(about)}</small>" if about else ""
    return (
        f"<figure><figcaption>{escape(title)}{small}</figcaption>"
        f"{f'<ul class=key>{shown}</ul>' if shown else ''}{plot}"
        f"<details><summary>As a table</summary>{numbers}</details></figure>"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], marks: Sequence[str] = ()) -> str:
    """A table whose first column names the rows; `marks` are the rows' classes."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr class="{mark}"><th scope="row">{_text(row[0])}</th>'
        + "".join(f"<td>{_text(value)}</td>" for value in row[1:])
        + "</tr>"
        for row, mark in zip(rows, marks or [""] * len(rows), strict=True)
    )
    return f'<div class="wide" tabindex="0"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _text(value: Any) -> str:
    return value if isinstance(value, Raw) else escape(str(value))
