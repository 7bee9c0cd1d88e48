"""What a person does and sees in a browser, as functions for the tests of the page."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOTS = os.environ.get("UI_SHOTS", "")  # a folder for screenshots, to look at


def is_outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1"


@contextmanager
def visiting(browser: Browser, url: str, width: int = 1280, height: int = 800) -> Iterator[Page]:
    """The page in a browser of its own; at the end, nothing was asked of elsewhere and nothing went wrong."""
    outside: list[str] = []
    wrong: list[str] = []
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("request", lambda r: outside.append(r.url) if is_outside(r.url) else None)
        page.on("console", lambda m: wrong.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(url)
        page.get_by_label("Your question").wait_for()
        yield page
    assert not outside, "the browser asked something outside this machine"
    assert not wrong, "the browser complained"


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_label("Your question").press("Enter")


def answered(page: Page, question: str) -> None:
    ask(page, question)
    page.locator("#fn-live .fn-exchange[data-state=done]", has_text=question).wait_for()


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(400)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def in_view(page: Page, selector: str) -> bool:
    """Whether what is found lies wholly inside the window and is not scrolled out of, or covered in, its box."""
    script = """e => {
        const r = e.getClientRects()[0], x = r.left + r.width / 2, y = r.top + r.height / 2;
        return r.top >= 0 && r.bottom <= innerHeight && document.elementFromPoint(x, y) === e;
    }"""
    return bool(page.locator(selector).first.evaluate(script))


def eventually(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()
