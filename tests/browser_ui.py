"""What a person does and sees in a browser, as functions for the tests of the page."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

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
