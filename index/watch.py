"""Which of some folders something happened in, as it happens. Knows nothing of the index."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from index.errors import UserError
from index.files import is_below, resolved

QUIET = 1500  # milliseconds without a change before the changes are told


def watched(paths: Sequence[str], is_noise: Callable[[Path, Path], bool]) -> Iterator[list[str]]:
    """Those of the paths below which files were made, changed, moved or deleted, each time that happens; without end.

    A change does not count where `is_noise` says so of the file and its folder. Raises UserError when the system cannot
    watch so many folders.
    """
    from watchfiles import watch

    given = {resolved(path): path for path in paths}
    roots = {path if path.is_dir() else path.parent for path in given}
    try:
        for changes in watch(*roots, debounce=QUIET, watch_filter=None, raise_interrupt=True):
            touched = {path for _, path in changes}
            hit = [
                name
                for path, name in given.items()
                if any(is_below(t, path) and not is_noise(Path(t), path) for t in touched)
            ]
            if hit:
                yield hit
    except (OSError, RuntimeError) as error:  # the Rust library's errors come as either
        raise UserError(f"cannot watch the folders: {error}; give fewer, or run `sync` from time to time") from error
