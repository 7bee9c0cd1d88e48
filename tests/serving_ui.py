"""Serving the page for a test: any assistant, on a free port, in a folder of the test's own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ui.assistant import Assistant
from ui.serve import serve


@contextmanager
def serving(
    open_assistant: Callable[[], Assistant], home: Path, login: Sequence[tuple[str, str]] = (), mcp: bool = False
) -> Iterator[str]:
    """The address of the page over the assistant that `open_assistant` gives, a stand-in or the real one."""
    served = serve(open_assistant, home, login=login, mcp=mcp)
    try:
        yield served.url
    finally:
        served.close()
