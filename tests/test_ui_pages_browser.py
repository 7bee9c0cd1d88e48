"""Citations from a PDF in a real Chromium: the page as it is in the file with the quote marked, and its text."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser_ui import answered, eventually, in_view, shot, visiting
from tests.serving_ui import serving
from tests.standins_index import pdf_lines, write_pdf
from tests.standins_ui import StandInAssistant, StandInLibrary

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page")]

DREDGING = "How many tonnes of silt did the dredging company remove from the outer harbour?"
LINES = (
    "The outer harbour silted up over two winters, and the ferry had to wait for",
    "the tide on forty days. The committee asked three companies for an offer and",
    "chose the one from Varde.",
    "",
    "In May the dredging company removed eleven thousand tonnes of silt from the har-",
    "bour, the outer basin first, and the inner one after the regatta.",
    "",
    "The quay wall was found to be sound. Two ladders and one bollard were replaced,",
    "and the lamp at the pier head was fitted with a new lens.",
)
QUOTE = "In May the dredging company removed eleven thousand tonnes of silt from the harbour"
FIRST, SECOND = 4, 5  # the lines that it stands on
TOP = 300
PATIENCE = 30_000  # milliseconds; a process is started to draw, on a machine that may have other things to do


def report(folder: Path) -> Path:
    cover = [(72, 600, 26, "Harbour report"), (72, 560, 14, "What was done, and what it cost")]
    body = [(72, 340, 16, "2  Dredging"), *pdf_lines(*LINES, top=TOP), (290, 40, 10, "2")]
    earlier = pdf_lines(
        *[f"The works at the quay went on in week {week}, with crew {week % 3}." for week in range(1, 26)]
    )
    return write_pdf(folder / "harbour-report.pdf", [cover, [*earlier, *body]])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page over a library that holds the report."""
    library = StandInLibrary()
    list(library.add([report(tmp_path_factory.mktemp("papers"))]))
    with serving(lambda: StandInAssistant(library), tmp_path_factory.mktemp("home")) as address:
        yield address


def hand_in(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add files").click()
    chooser.value.set_files([file])
    expect(page.locator(".fn-reports")).to_contain_text("1 added")
    page.get_by_role("button", name="Dismiss this report").click()


def lines_marked(page: Page) -> list[int]:
    """The lines of the page that the middles of the marks are on."""
    script = """marks => marks.map(mark => {
        const leaf = mark.parentElement.getBoundingClientRect(), r = mark.getBoundingClientRect();
        return (r.top + r.height / 2 - leaf.top) / leaf.height;
    })"""
    middles = page.locator(".fn-sheet .fn-mark").evaluate_all(script)
    return [round((TOP - (842 * (1 - middle) - 3.6)) / 14) for middle in middles]


def test_a_citation_opens_the_page_with_the_quote_marked_and_the_text_is_a_key_away(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        answered(page, DREDGING)
        page.locator(".fn-chip").first.click()
        picture = page.get_by_role("img", name="harbour-report.pdf, page 2, with the quote marked")
        expect(picture).to_be_visible(timeout=PATIENCE)
        assert picture.evaluate("e => e.complete && e.naturalWidth > 1000")
        assert lines_marked(page)[:2] == [FIRST, SECOND]
        assert eventually(lambda: in_view(page, ".fn-sheet .fn-mark"))
        expect(page.locator(".fn-text")).to_be_hidden()
        shot(page, "pages-desk")
        width = picture.evaluate("e => e.clientWidth")
        page.get_by_role("button", name="Closer to the quote").click()
        assert picture.evaluate("e => e.clientWidth") < 0.8 * width
        assert eventually(lambda: in_view(page, ".fn-sheet .fn-mark >> nth=1"))
        shot(page, "pages-whole")
        page.get_by_role("button", name="Text").focus()
        page.keyboard.press("Enter")
        expect(picture).to_be_hidden()
        expect(page.locator("mark")).to_contain_text(QUOTE)
        assert eventually(lambda: in_view(page, "mark"))
        shot(page, "pages-text")
        page.locator(".fn-chip").last.click()  # what was chosen holds for the next one too
        expect(page.locator("mark")).to_contain_text("silted up")
        expect(page.locator(".fn-source-head")).to_be_focused()
        expect(page.get_by_role("button", name="Text")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("Escape")
        expect(page.locator(".fn-chip").last).to_be_focused()


def test_a_page_is_drawn_only_when_it_is_looked_at(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        answered(page, DREDGING)
        expect(page.locator(".fn-sheet img")).to_be_visible(timeout=PATIENCE)
        page.get_by_role("button", name="Text").click()
        page.locator(".fn-chip").last.click()
        expect(page.locator(".fn-source mark")).to_contain_text("silted up")
        page.locator(".fn-chip").first.click()
        expect(page.locator(".fn-source mark")).to_contain_text(QUOTE)
        page.wait_for_timeout(1500)
        expect(page.locator(".fn-sheet img")).to_have_count(0)
        page.get_by_role("button", name="Page", exact=True).click()
        expect(page.locator(".fn-sheet img")).to_be_visible(timeout=PATIENCE)


def test_a_file_handed_in_is_drawn_until_it_changes_and_then_its_text_is_shown(
    browser: Browser, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with serving(lambda: StandInAssistant(StandInLibrary()), home) as url, visiting(browser, url) as page:
        hand_in(page, report(tmp_path))
        answered(page, DREDGING)
        expect(page.locator(".fn-sheet img")).to_be_visible(timeout=PATIENCE)
        (kept,) = (home / "uploads").rglob("*.pdf")
        write_pdf(kept, [[], pdf_lines(*LINES, "And one more line.", top=TOP)])
        page.locator(".fn-chip").last.click()
        expect(page.locator(".fn-source .fn-no-pages")).to_have_text(
            "No page to show: the file has changed since it was read. This is the text that was read.",
            timeout=PATIENCE,
        )
        expect(page.locator("mark")).to_contain_text("silted up")
        expect(page.locator(".fn-views")).to_have_count(0)
        shot(page, "pages-changed")
        report(kept.parent).rename(kept)
        page.locator(".fn-chip").first.click()
        expect(page.locator(".fn-sheet img")).to_be_visible(timeout=PATIENCE)
        expect(page.locator(".fn-source .fn-no-pages")).to_have_count(0)


def test_another_quote_of_the_page_has_its_own_marks(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        answered(page, DREDGING)
        expect(page.locator(".fn-sheet .fn-mark")).to_have_count(2, timeout=PATIENCE)
        assert lines_marked(page) == [FIRST, SECOND]
        page.locator(".fn-chip").last.click()
        expect(page.locator(".fn-sheet .fn-stage")).to_have_text("Drawing the page")
        shot(page, "pages-drawing")
        expect(page.locator(".fn-sheet .fn-mark")).to_have_count(3, timeout=PATIENCE)
        assert lines_marked(page)[1:] == [0, 1]
        page.locator(".fn-chip").first.click()
        expect(page.locator(".fn-sheet .fn-mark")).to_have_count(2, timeout=PATIENCE)
        assert lines_marked(page) == [FIRST, SECOND]


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_and_the_dark(browser: Browser, url: str, dark: bool) -> None:
    shade = "dark" if dark else "light"
    with visiting(browser, url) as page:
        page.emulate_media(color_scheme=shade)
        answered(page, DREDGING)
        expect(page.locator(".fn-sheet img")).to_be_visible(timeout=PATIENCE)
        shot(page, f"pages-desk-{shade}")
    with visiting(browser, url, 390, 844) as page:
        page.emulate_media(color_scheme=shade)
        answered(page, DREDGING)
        page.locator(".fn-chip").first.click()
        expect(page.locator(".fn-sheet img")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_role("button", name="Closer to the quote")).to_have_attribute("aria-pressed", "true")
        assert eventually(lambda: in_view(page, ".fn-sheet .fn-mark"))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out at the side"
        shot(page, f"pages-phone-{shade}")
