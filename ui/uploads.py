"""Files that a person hands in through the page: kept in the data folder, then added to the library.

The browser gives no lasting path, so the file itself is kept. A file of the same name replaces the earlier one, which
comes back if the new one cannot be read. Knows nothing of gradio or HTML.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import move
from threading import Lock

from index.intake import unheard
from index.types import Report
from ui.assistant import Library, OnProgress, told

_one_at_a_time = Lock()  # two browsers may hand in files of the same name


def add_uploads(
    library: Library, files: Sequence[Path], folder: Path, progress: OnProgress = unheard
) -> Iterator[tuple[list[Report], int]]:
    """Move `files` into `folder` and add them; gives the reports so far and how many files are still to come."""
    folder.mkdir(parents=True, exist_ok=True)
    reports: list[Report] = []
    for done, file in enumerate(files, start=1):
        try:
            with _one_at_a_time:
                reports += _add(library, file, folder / file.name, progress)
        except Exception as error:  # one bad file must not keep the others out, and must not be silent
            reports.append(Report(str(file.name), "failed", told(error)))
        yield reports, len(files) - done


def _add(library: Library, file: Path, target: Path, progress: OnProgress) -> list[Report]:
    earlier = target.with_name(target.name + ".earlier") if target.exists() else None
    if earlier:
        target.replace(earlier)
    kept = False
    try:
        move(file, target)
        reports = list(library.add([target], progress))
        kept = any(report.verdict != "failed" for report in reports)
    finally:
        if not kept:
            target.unlink(missing_ok=True)
        if earlier and kept:
            earlier.unlink(missing_ok=True)
        elif earlier:
            earlier.replace(target)
    if earlier and not kept:
        return [replace(r, detail=f"{r.detail}; the earlier file of this name stays") for r in reports]
    return reports
