"""`python -m evals.bench_index`: how fast the index embeds and searches, and what it takes, beside plain ways.

Prints Markdown tables; writes .cache/evals/bench_index.json, bench_index.html and bench_index.svg with the curves.
Takes some half an hour with 100,000 passages. Times are the processor's, so that other programs disturb little. It
measures a machine, so nothing fails by it.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

from evals.bench_parts import PASSED
from evals.markup import drawing, section, table
from evals.plots import Axis, Series, lines
from evals.report import STYLE
from index.settings import load_settings

SIZES = (1_000, 10_000, 100_000)
TEXTS = 600  # embedded in each way
REPEATS = 3
QUESTIONS = 200
MEGA = 1e6
MILLION = 1_000_000
Rows = list[list[str]]


def measured(part: str, *numbers: int) -> dict[str, Any]:
    """One part of evals/bench_parts.py, measured in a process of its own."""
    print(f"measuring: {part} {' '.join(map(str, numbers))}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "evals.bench_parts", part, *map(str, numbers)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{run.stderr}")
    given: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return given


def embedding_rows(given: Mapping[str, Any]) -> Rows:
    """For each way: texts a second (median), and how many times as fast Footnote is."""
    rates = {way: median(values) for way, values in given["rates"].items()}
    ours = next(iter(rates.values()))
    return [[way, f"{rate:.0f}", f"{ours / rate:.1f}x"] for way, rate in rates.items()]


def building_rows(given: Sequence[Mapping[str, Any]]) -> Rows:
    """For each size: space and time it takes, and for a million passages what the largest one would need."""
    rows = [_building_row(f"{one['passages']:,}", one, 1.0) for one in given]
    factor = MILLION / given[-1]["passages"]
    return [*rows, _building_row("1,000,000 (extrapolated)", given[-1], factor)]


def _building_row(name: str, one: Mapping[str, Any], factor: float) -> list[str]:
    disk, seconds = one["disk"], one["seconds"]
    sizes = [f"{disk[part] * factor / MEGA:,.0f}" for part in ("catalogue", "Chroma")]
    times = [f"{seconds[part] * factor:,.0f}" for part in ("catalogue", "Chroma")]
    return [name, *sizes, *times, f"{one['peak memory'] / MEGA:,.0f}" if factor == 1 else ""]


def searching_rows(given: Mapping[int, Mapping[str, Any]]) -> Rows:
    """For each size: p50 and p95 of a whole search, p50 of its stages and of the plain ways, memory, what is kept."""
    return [
        [
            f"{size:,}",
            f"{_percentile(one['ms']['whole'], 50):.0f}",
            f"{_percentile(one['ms']['whole'], 95):.0f}",
            *(f"{median(values):.0f}" for stage, values in one["ms"].items() if stage not in ("whole", PASSED)),
            *(f"{median(values):.0f}" for values in one["plain ms"].values()),
            f"{one['best sentences kept']:.0%}",
            f"{one['memory']['peak'] / MEGA:,.0f}",
        ]
        for size, one in given.items()
    ]


def heads(searching: Mapping[str, Any]) -> dict[str, list[str]]:
    """The heads of the three tables."""
    stages = [stage for stage in searching["ms"] if stage not in ("whole", PASSED)]
    return {
        "Embedding": ["", "texts a second", "Footnote is faster by"],
        "Index": ["passages", "catalogue MB", "Chroma MB", "catalogue s", "Chroma s", "peak memory MB"],
        "Search, milliseconds": [
            "passages",
            "p50",
            "p95",
            *stages,
            *(f"plain {way}" for way in searching["plain ms"]),
            "same best 5",
            "peak memory MB",
        ],
    }


def markdown(title: str, head: Sequence[str], rows: Rows) -> str:
    """A table as Markdown under its title."""
    body = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"### {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}\n{body}\n"


def curves(searching: Mapping[int, Mapping[str, Any]]) -> tuple[str, list[Series]]:
    """Search time over size: the plot as SVG, and its two series."""
    sizes = [(float(np.log10(size)), f"{size:,}") for size in searching]
    drawn = []
    for tone, q in enumerate((50, 95), 1):
        points = [
            (place, _percentile(one["ms"]["whole"], q))
            for (place, _), one in zip(sizes, searching.values(), strict=True)
        ]
        drawn.append(Series(f"p{q}", tone, points, marks=[(*points[-1], f"p{q}")]))
    top = max(point for series in drawn for _, point in series.points)
    step = max(10, 10 * int(np.ceil(top / 40)))
    ticks = [(n * step, f"{n * step:.0f}") for n in range(6)]
    return lines("Search time", Axis("passages", sizes), Axis("milliseconds", ticks), drawn, height=260), drawn


def picture(searching: Mapping[int, Mapping[str, Any]]) -> str:
    """The curves as one SVG file that brings its own colours, light and dark."""
    style = STYLE.read_text(encoding="utf-8")
    colours, rules = style[style.index(":root") : style.index("* {")], style[style.index(".tone1") :]
    sheet = "svg { background: var(--sheet); max-width: none; }"
    plot, _ = curves(searching)
    return plot.replace("><", f"><style>{colours}{rules}{sheet}</style><", 1) + "\n"


def page(tables: Mapping[str, tuple[list[str], Rows]], searching: Mapping[int, Mapping[str, Any]]) -> str:
    """The tables and the curve of search time over size, as one page that needs nothing else."""
    plot, drawn = curves(searching)
    search = "Search, milliseconds"
    body = drawing("Search time by size of the index", "", drawn, plot, table(*tables[search]))
    body += "".join(section(title, "", table(*tables[title])) for title in tables)
    style = STYLE.read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Footnote: the index</title>'
        f"<style>{style}</style></head>\n<body><main><h1>Footnote: the index</h1>{body}</main></body></html>\n"
    )


def _percentile(values: Sequence[float], q: float) -> float:
    return float(np.percentile(values, q))


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench_index", description="Measure the index.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="passages of each index (%(default)s)")
    sizes = sorted(parser.parse_args().sizes)
    embedding = measured("embedding", TEXTS, REPEATS)
    building = [measured("building", size) for size in sizes]
    searching = {size: measured("searching", size, QUESTIONS) for size in sizes}
    rows = (embedding_rows(embedding), building_rows(building), searching_rows(searching))
    tables = {title: (head, part) for (title, head), part in zip(heads(searching[sizes[0]]).items(), rows, strict=True)}
    folder = load_settings().index.cache / "evals"
    results = {"embedding": embedding, "building": building, "searching": searching}
    (folder / "bench_index.json").write_text(json.dumps(results), encoding="utf-8")
    (folder / "bench_index.html").write_text(page(tables, searching), encoding="utf-8")
    (folder / "bench_index.svg").write_text(picture(searching), encoding="utf-8")
    print("\n".join(markdown(title, *given) for title, given in tables.items()))
    cosine = embedding["cosine"]
    print(f"{embedding['texts']} texts, median of {REPEATS}; cosine of the vectors: least {cosine['min']:.6f}")
    print(f"\npage: {folder / 'bench_index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
