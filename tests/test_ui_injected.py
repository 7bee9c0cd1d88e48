"""A file full of hostile markup, and the whole page by keyboard alone, in a real Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser_ui import answered, shot, visiting
from tests.serving_ui import serving
from tests.standins_ui import StandInAssistant, StandInLibrary, stand_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page")]

DONE = "#fn-live .fn-exchange[data-state=done]"
NAME = "<img src=x onerror='harmed=1'> & \"minutes\" {{harmed}} [a](http:example.com).txt"
PAYLOADS = (
    "<script>harmed = 1</script>",
    "<img src='http://example.com/pixel.png' onerror='harmed = 1'>",
    "<svg onload='harmed = 1'><animate onbegin='harmed = 1' attributeName=x dur=1s>",
    "<iframe src='http://example.com/frame' srcdoc='<script>parent.harmed = 1</script>'></iframe>",
    "<a href='javascript:harmed = 1'>the minutes</a> [the minutes](javascript:harmed=1)",
    "![a picture](http://example.com/markdown.png) <http://example.com/auto>",
    "</mark></div></section></article><h1>Owned</h1><style>#fn-frame { display: none }</style>",
    "<form action='http://example.com/steal'><button autofocus onfocus='harmed = 1'>Ask</button></form>",
    "<base href='http://example.com/'><meta http-equiv='refresh' content='0; url=http://example.com/'>",
    "<details open ontoggle='harmed = 1'><link rel=stylesheet href='http://example.com/x.css'>",
    "&lt;script&gt;harmed = 1&lt;/script&gt; \" onmouseover='harmed = 1' x=\" ' autofocus onfocus='harmed = 1",
    "${harmed = 1} {{constructor.constructor('harmed = 1')()}} $$\\href{javascript:harmed=1}{x}$$ <|im_end|>",
)
TAGS = (
    "<img src=x onerror='harmed=1'>",
    "'\" autofocus onfocus='harmed=1' x=\"",
    "</datalist><script>harmed=1</script>",
    "{{harmed}} ${harmed=1} [a](http:a.b)",
)
# What the page itself never shows, whatever is in the documents.
FOREIGN = ":is(script, img, iframe, object, embed, link, meta, base, a, style, video, audio, animate, h1 ~ h1)"
HANDLERS = "e => [...e.querySelectorAll('*')].filter(x => [...x.attributes].some(a => a.name.startsWith('on'))).length"


def unharmed(page: Page) -> None:
    """Nothing of the file has become part of the page."""
    page.wait_for_timeout(200)
    assert page.evaluate("typeof harmed") == "undefined"
    assert page.locator(f"#fn-frame {FOREIGN}, #fn-shelf {FOREIGN}").count() == 0
    assert page.locator("#fn-frame").evaluate(HANDLERS) == 0
    assert page.title() == "Footnote"
    assert page.get_by_role("heading", name="Owned", exact=True).count() == 0


def test_a_file_full_of_hostile_markup_changes_nothing(browser: Browser, tmp_path: Path) -> None:
    text = "\n\n".join(f"The treasurer counted payload {n}: {payload}." for n, payload in enumerate(PAYLOADS))
    with (
        serving(lambda: StandInAssistant(StandInLibrary()), tmp_path) as url,
        visiting(browser, url) as page,
    ):
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        frame = page.locator("#fn-frame")
        assert frame.locator(FOREIGN).count() == 0
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Add files").click()
        chooser.value.set_files({"name": NAME, "mimeType": "text/plain", "buffer": text.encode()})
        expect(page.locator(".fn-reports")).to_contain_text("1 added", timeout=20_000)
        unharmed(page)
        for number, payload in enumerate(PAYLOADS):
            answered(page, f"What is payload {number} that the treasurer counted? {payload}")
            expect(page.locator("#fn-live .fn-sentences")).to_contain_text("The treasurer counted payload")
            unharmed(page)
        page.locator("#fn-live .fn-chip").first.hover()
        page.locator("#fn-live .fn-chip").first.click()
        expect(page.locator(".fn-source")).to_contain_text("<script>harmed = 1</script>")
        unharmed(page)
        shot(page, "injected-source")
        page.locator("#fn-live").get_by_role("button", name="Why this answer?").click()
        expect(page.locator(".fn-why")).to_be_visible()
        unharmed(page)
        page.get_by_role("button", name="Documents", exact=True).click()
        page.locator(".fn-tick").last.check()
        for tag in TAGS:
            page.get_by_label("Tag the 1 ticked document").fill(tag)
            page.get_by_role("button", name="Add tag").click()
            expect(page.locator(".fn-tagged", has_text=tag)).to_be_visible()
            unharmed(page)
        page.locator(".fn-pick").first.click()
        expect(page.locator(".fn-pick").first).to_have_attribute("aria-pressed", "true")
        page.get_by_label("Filter by name or folder").fill("<nothing>")
        expect(page.locator("#fn-list")).to_contain_text(f"tagged “{sorted(TAGS)[0]}” has “<nothing>”")
        unharmed(page)
        page.get_by_label("Filter by name or folder").fill("")
        page.locator(".fn-item").get_by_role("button", name="Delete").click()
        unharmed(page)
        shot(page, "injected-documents")
        page.reload()
        expect(page.locator("#fn-live")).to_contain_text("treasurer")
        unharmed(page)
        assert dialogs == []


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Move the focus with the keyboard until it is on what is found."""
    for _ in range(60):
        if page.evaluate("s => !!document.activeElement?.matches(s)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} cannot be reached by {key}")


def test_documents_and_conversations_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    with serving(stand_in, tmp_path) as url, visiting(browser, url) as page:
        page.locator(".fn-suggestion").first.wait_for()
        tab_to(page, ".fn-suggestion", "Shift+Tab")
        page.keyboard.press("Enter")
        page.locator(DONE).wait_for()
        tab_to(page, "#fn-view button", "Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#fn-main")).to_be_hidden()
        tab_to(page, ".fn-item .fn-tick")
        page.keyboard.press("Space")
        expect(page.locator("#fn-limits")).to_contain_text("1 of 2")
        tab_to(page, "#fn-tag-box", "Shift+Tab")
        page.keyboard.type("boats")
        page.keyboard.press("Enter")
        expect(page.locator(".fn-tagged")).to_have_text(["boats×"])
        tab_to(page, ".fn-pick", "Shift+Tab")
        page.keyboard.press("Space")
        expect(page.locator(".fn-item")).to_have_count(1)
        expect(page.locator(".fn-pick")).to_be_focused()
        page.keyboard.press("Space")
        expect(page.locator(".fn-item")).to_have_count(2)
        tab_to(page, ".fn-untag")
        page.keyboard.press("Enter")
        expect(page.locator(".fn-tagged, .fn-pick")).to_have_count(0)
        expect(page.locator(".fn-item .fn-title").first).to_be_focused()
        tab_to(page, ".fn-item button[aria-label^='Delete'], .fn-item button[data-act=delete]")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Keep it")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".fn-item")).to_have_count(2)
        tab_to(page, "#fn-view button", "Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#fn-main")).to_be_visible()
        tab_to(page, "#fn-fresh, #fn-fresh button")
        page.keyboard.press("Enter")
        expect(page.locator(".fn-exchange")).to_have_count(0)
        tab_to(page, ".fn-talk-name")
        page.keyboard.press("Enter")
        page.locator(DONE).wait_for()
