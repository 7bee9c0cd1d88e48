"""The page over the real index, embedder and model in a real browser: ask, click the mark, find the quote."""

from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from index.settings import load_settings
from rag.build import open_assistant
from tests.browser_ui import CHROMIUM, FLAGS, ask, in_view, is_outside, shot
from tests.serving_ui import serving

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("page")]

QUESTION = "How many more troops is the Pentagon sending to Poland?"
PATIENCE = 120_000  # milliseconds; models load while the page is up


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}")
def test_a_question_is_answered_and_its_mark_opens_the_exact_words(tmp_path: Path) -> None:
    settings = load_settings({"home": tmp_path / "home", "threshold": 0.0})
    with serving(lambda: open_assistant(settings), tmp_path / "home") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        outside: list[str] = []
        page.on("request", lambda request: outside.append(request.url) if is_outside(request.url) else None)
        page.goto(url)
        ask(page, QUESTION)
        page.locator(".fn-exchange[data-state=done]").wait_for(timeout=PATIENCE)
        expect(page.locator(".fn-sentences")).to_contain_text("3,000")
        page.locator(".fn-chip").first.click()
        mark = page.locator(".fn-source mark, mark").first
        expect(mark).to_contain_text("sending 3,000 more troops to ally Poland")
        assert in_view(page, "mark")
        shot(page, "real")
        browser.close()
    assert not outside
