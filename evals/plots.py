"""Plots as SVG text: lines with points, bars with intervals, stacked bars. Pure functions; all text is escaped here.

Colours are classes (tone1 …) that the page's style sheet fills, so that a plot is right in light and dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 560
LEFT, RIGHT, TOP, BOTTOM = 66, 24, 12, 44  # margins of a plot with axes, in the units of the drawing
LABELS = 150  # width of the names beside bars
BAR, GAP = 11, 12  # height of one bar, space between groups
SMALLEST_LABELLED = 46  # a part of a stacked bar narrower than this carries no number


@dataclass(frozen=True)
class Axis:
    """One side of a plot: what it shows, and where its ticks stand; it runs from the first to the last of them."""

    label: str
    ticks: Sequence[tuple[float, str]]

    def share(self, value: float) -> float:
        """Where a value lies between the ends, 0 to 1."""
        low, high = self.ticks[0][0], self.ticks[-1][0]
        return (min(max(value, low), high) - low) / (high - low)


@dataclass(frozen=True)
class Series:
    """One line of a plot: points in data units, `whiskers` their (low, high), `marks` points that carry a label."""

    name: str
    tone: int
    points: Sequence[tuple[float, float]]
    whiskers: Sequence[tuple[float, float]] = ()
    marks: Sequence[tuple[float, float, str]] = ()
    dots: bool = True


@dataclass(frozen=True)
class BarValue:
    """One bar: a share in [0, 1] with its interval and what is written beside it."""

    tone: int
    value: float
    low: float
    high: float
    text: str


PERCENT = tuple((n / 5, f"{n * 20}%") for n in range(6))


def lines(title: str, x: Axis, y: Axis, series: Sequence[Series], diagonal: bool = False, height: int = 380) -> str:
    """A plot of lines over two axes; `diagonal` draws the line from corner to corner, of chance or of truth."""

    def across(value: float) -> float:
        return LEFT + x.share(value) * (WIDTH - LEFT - RIGHT)

    def up(value: float) -> float:
        return height - BOTTOM - y.share(value) * (height - TOP - BOTTOM)

    ends = (across(x.ticks[0][0]), up(y.ticks[0][0]), across(x.ticks[-1][0]), up(y.ticks[-1][0]))
    parts = [
        *(f'<path class="grid" d="M{ends[0]:.1f} {up(v):.1f}H{ends[2]:.1f}"/>' for v, _ in y.ticks),
        *(_text(LEFT - 7, up(v) + 4, name, "end") for v, name in y.ticks),
        *(_text(across(v), height - BOTTOM + 18, name, "middle") for v, name in x.ticks),
        _text((ends[0] + ends[2]) / 2, height - 6, x.label, "middle", "axis"),
        f'<text class="axis" text-anchor="middle" transform="translate(13 {(ends[1] + ends[3]) / 2:.1f}) rotate(-90)">'
        f"{escape(y.label)}</text>",
    ]
    if diagonal:
        parts.append(f'<path class="chance" d="M{ends[0]:.1f} {ends[1]:.1f}L{ends[2]:.1f} {ends[3]:.1f}"/>')
    for one in series:
        places = [(across(a), up(b)) for a, b in one.points]
        path = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
        parts += [
            f'<path class="whisker tone{one.tone}" d="M{place[0]:.1f} {up(low):.1f}V{up(high):.1f}"/>'
            for place, (low, high) in zip(places, one.whiskers, strict=False)
        ]
        parts.append(f'<path class="line tone{one.tone}" d="M{path}"/>' if places else "")
        parts += [_dot(a, b, one.tone, 3.5) for a, b in places if one.dots]
        for a, b, text in one.marks:
            # The label stands on the side where there is room for it.
            beside, anchor = (10, "start") if x.share(a) < 0.5 else (-10, "end")
            below = 18 if y.share(b) > 0.9 else -8
            parts += [_dot(across(a), up(b), one.tone, 6)]
            parts += [_text(across(a) + beside, up(b) + below, text, anchor, "mark")]
    return _svg(title, height, parts)


def bars(title: str, rows: Sequence[tuple[str, Sequence[BarValue]]]) -> str:
    """Groups of horizontal bars of shares, each with its interval; a name for each group."""
    values = WIDTH - LABELS - 92

    def across(value: float) -> float:
        return LABELS + value * values

    parts, top, bottom = [], 4.0, sum(len(row) * (BAR + 3) + GAP for _, row in rows) + 4
    for share, name in PERCENT:
        parts.append(f'<path class="grid" d="M{across(share):.1f} 0V{bottom:.1f}"/>')
        parts.append(_text(across(share), bottom + 14, name, "middle"))
    for name, row in rows:
        parts.append(_text(LABELS - 8, top + len(row) * (BAR + 3) / 2 + 3, name, "end", "name"))
        for bar in row:
            middle = top + BAR / 2
            parts += [
                f'<rect class="fill tone{bar.tone}" x="{LABELS}" y="{top:.1f}" width="{bar.value * values:.1f}" '
                f'height="{BAR}" rx="2"/>',
                f'<path class="whisker ink" d="M{across(bar.low):.1f} {middle:.1f}H{across(bar.high):.1f}"/>',
                _text(across(max(bar.high, bar.value)) + 6, middle + 4, bar.text, "start"),
            ]
            top += BAR + 3
        top += GAP
    return _svg(title, bottom + 22, parts)


def stacks(title: str, names: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Horizontal bars made of parts, one tone for each of `names`, longest bar full width; parts are seconds."""
    longest = max((sum(row) for _, row in rows), default=0.0) or 1.0
    room = WIDTH - LABELS - 62
    parts = []
    for number, (name, row) in enumerate(rows):
        top, left = 4 + number * 24, float(LABELS)
        parts.append(_text(LABELS - 8, top + 13, name, "end", "name"))
        for tone, (part, seconds) in enumerate(zip(names, row, strict=True), 1):
            width = seconds / longest * room
            parts.append(
                f'<rect class="fill tone{tone}" x="{left:.1f}" y="{top}" width="{width:.1f}" height="18">'
                f"<title>{escape(part)} {seconds:.2f} s</title></rect>"
            )
            if width >= SMALLEST_LABELLED:
                parts.append(_text(left + width / 2, top + 13, f"{seconds:.2f}", "middle", "inside"))
            left += width
        parts.append(_text(left + 6, top + 13, f"{sum(row):.2f} s", "start"))
    return _svg(title, 8 + 24 * len(rows), parts)


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _dot(x: float, y: float, tone: int, radius: float) -> str:
    return f'<circle class="dot tone{tone}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "tick") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
