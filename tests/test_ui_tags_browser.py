"""Tags as a person uses them, over the real index in a real Chromium: given, filtered by, asked of, kept, removed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from index.library import Library
from index.settings import IndexSettings
from tests.browser_ui import answered, shot, visiting
from tests.serving_ui import serving
from tests.standins_index import HashEncoder
from tests.standins_ui import StandInAssistant, StandInLibrary
from tests.test_ui_documents_browser import COILS, PAPERS, documents, papers, row

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page")]

__all__ = ["papers"]  # a fixture


class OverTheIndex(StandInLibrary):
    """The real library, with the papers in it; only how a stand-in answers looks at passages in its own way."""

    def __init__(self, home: Path, papers: Path) -> None:
        super().__init__()
        self._library = Library.open(IndexSettings(home=home), HashEncoder())
        for name in ("documents", "document", "page_images", "add", "sync", "remove", "tag"):
            setattr(self, name, getattr(self._library, name))
        assert [report.verdict for report in self.add([papers])] == ["added"] * len(PAPERS)


@pytest.fixture
def url(tmp_path: Path, papers: Path) -> Iterator[str]:
    library = OverTheIndex(tmp_path / "home", papers)
    with serving(lambda: StandInAssistant(library), tmp_path / "home") as address:
        yield address


def tag(page: Page, name: str, button: str = "Add tag") -> None:
    page.get_by_label("Tag the").fill(name)
    page.get_by_role("button", name=button, exact=True).click()


def test_two_documents_are_tagged_and_asked_alone(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        documents(page)
        expect(page.locator(".fn-item")).to_have_count(len(PAPERS))
        expect(page.locator(".fn-pick, .fn-tagged, .fn-tagging")).to_have_count(0)
        page.get_by_label("Ask ropes.txt").check()
        page.get_by_label("Ask sails.txt").check()
        tag(page, " Orders ")
        expect(page.locator(".fn-tag-said")).to_have_text("2 documents tagged “Orders”.")
        expect(page.get_by_label("Tag the 2 ticked documents")).to_have_value("")
        expect(page.get_by_label("Tag the 2 ticked documents")).to_be_focused()
        page.get_by_label("Ask sails.txt").uncheck()
        tag(page, "2024")
        expect(row(page, "ropes.txt").locator(".fn-tagged")).to_have_text(["2024×", "Orders×"])
        expect(row(page, "sails.txt").locator(".fn-tagged")).to_have_text(["Orders×"])
        tag(page, "ORDERS")
        expect(page.locator(".fn-tag-said")).to_have_text("Nothing to change.")
        page.locator(".fn-limited").get_by_role("button", name="Ask all").click()
        expect(page.locator(".fn-tagging")).to_have_count(0)

        page.get_by_role("button", name="Orders 2 documents").click()
        expect(page.locator(".fn-item")).to_have_count(2)
        page.get_by_label("Filter by name or folder").fill("sails")
        expect(page.locator(".fn-item")).to_have_count(1)
        page.get_by_label("Filter by name or folder").fill("")
        expect(page.locator(".fn-item")).to_have_count(2)
        shot(page, "tags-filtered")
        page.get_by_role("button", name="Ask only these").click()
        expect(page.locator("#fn-asked")).to_contain_text("Asking 2 of 3 documents: ropes.txt, sails.txt")
        expect(page.get_by_label("Your question")).to_be_focused()
        answered(page, "Who chose a new treasurer in the boathouse?")
        expect(page.locator("#fn-live .fn-refusal")).to_be_visible()
        expect(page.locator("#fn-live")).to_contain_text("Asked of 2 of 3 documents.")
        answered(page, COILS)
        expect(page.locator("#fn-live .fn-sentences")).to_contain_text("ninety coils")

        page.reload()
        expect(page.locator(".fn-docs strong")).to_have_text("3 documents")
        documents(page)
        expect(page.locator(".fn-pick")).to_have_text(["2024 1 document", "Orders 2 documents"])
        page.get_by_role("button", name="Orders 2 documents").click()
        expect(page.locator(".fn-item")).to_have_count(2)
        page.get_by_role("button", name="Remove the tag Orders from sails.txt").click()
        expect(page.locator(".fn-item")).to_have_count(1)
        expect(page.locator(".fn-tag-said")).to_have_text("“Orders” removed from 1 document.")
        page.get_by_label("Ask ropes.txt").check()
        tag(page, "orders", "Remove tag")
        expect(page.locator(".fn-pick")).to_have_text(["2024 1 document"])
        expect(page.locator(".fn-item")).to_have_count(3)  # a tag that is gone filters no more
        page.get_by_role("button", name="Remove the tag 2024 from ropes.txt").click()
        expect(page.locator(".fn-pick, .fn-tagged")).to_have_count(0)


AT_ONCE = """() => {
    for (const box of [...document.querySelectorAll("#fn-list .fn-tick")].slice(1)) box.click();
    document.querySelector("#fn-tag-box").value = "Boats";
    document.querySelector(".fn-tagging").requestSubmit();
}"""


def test_what_is_ticked_in_haste_is_tagged_too(browser: Browser, url: str) -> None:
    with visiting(browser, url) as page:
        documents(page)
        page.locator("#fn-list .fn-tick").first.check()
        expect(page.get_by_label("Tag the 1 ticked document")).to_be_visible()
        page.evaluate(AT_ONCE)
        expect(page.locator(".fn-tag-said")).to_have_text("3 documents tagged “Boats”.")
        expect(page.get_by_label("Tag the 3 ticked documents")).to_be_visible()
        expect(page.locator("#fn-list .fn-tick:checked")).to_have_count(3)
        page.locator("#fn-list .fn-tick").first.uncheck()
        expect(page.get_by_label("Tag the 2 ticked documents")).to_be_visible()
        expect(page.locator(".fn-tag-said")).to_have_text("3 documents tagged “Boats”.")  # a late tick unsays nothing


def test_tags_stay_with_a_file_that_is_read_again_and_go_with_it(browser: Browser, url: str, papers: Path) -> None:
    with visiting(browser, url, 390, 844) as page:
        documents(page)
        page.get_by_label("Ask ropes.txt").check()
        tag(page, "a long name of a tag, forty characters it")
        expect(row(page, "ropes.txt").locator(".fn-tagged")).to_have_text(["a long name of a tag, forty characters i×"])
        tag(page, "Orders")
        expect(row(page, "ropes.txt").locator(".fn-tagged")).to_have_count(2)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out at the side"
        shot(page, "tags-phone")
        (papers / "ropes.txt").write_text(PAPERS["ropes.txt"] + " In April it bought ten more.")
        page.get_by_role("button", name="Read ropes.txt again").click()
        expect(page.locator(".fn-reports-head")).to_have_text("1 updated", timeout=60_000)
        expect(row(page, "ropes.txt").locator(".fn-tagged")).to_have_count(2)
        page.get_by_role("button", name="Delete ropes.txt").click()
        page.get_by_role("button", name="Yes, delete it").click()
        expect(page.locator(".fn-item")).to_have_count(
            2, timeout=60_000
        )  # every trace is wiped, by a process of its own
        expect(page.locator(".fn-pick, .fn-tagged")).to_have_count(0)
