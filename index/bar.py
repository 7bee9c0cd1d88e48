"""A bar on the terminal for a run over files: how much is done, how fast, and how long it will take."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from sys import stderr, stdout

from index.show import shown
from index.types import Progress


@contextmanager
def bar() -> Iterator[Callable[[Progress], None]]:
    """Give what shows the progress; on anything but a terminal it shows nothing."""
    if not stderr.isatty():
        yield lambda progress: None
        return
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.BarColumn(), rich.TaskProgressColumn(), rich.TransferSpeedColumn(), rich.TimeRemainingColumn(),
        rich.TextColumn("{task.description}", markup=False),
    )  # fmt: skip
    # Lines on standard output go above the bar, unless they go somewhere else altogether.
    with rich.Progress(*columns, console=Console(stderr=True), redirect_stdout=stdout.isatty(), transient=True) as live:
        task = live.add_task("", visible=False)

        def show(progress: Progress) -> None:
            name = shown(PurePath(progress.source).name)
            live.update(task, completed=progress.done, total=progress.total, description=name, visible=True)

        yield show
