"""The documents view as a person uses it, in a real Chromium: add, filter, delete, read again, limit, sync, drop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser_ui import answered, shot, visiting
from tests.serving_ui import serving
from tests.standins_ui import StandInAssistant, StandInLibrary

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page")]

ROPES = "The bosun bought ninety coils of tarred hemp rope in March."
PAPERS = {
    "ropes.txt": ROPES,
    "sails.txt": "The sailmaker mended seven topsails before the regatta.",
    "minutes.txt": "The committee met in the boathouse and chose a new treasurer.",
}
COILS = "How many coils of tarred hemp rope were bought?"


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page over a library without documents, with the documents view open."""
    with (
        serving(lambda: StandInAssistant(StandInLibrary()), tmp_path / "home") as url,
        visiting(browser, url) as visited,
    ):
        expect(visited.locator(".fn-docs-line")).to_contain_text("No documents yet")
        documents(visited)
        yield visited


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for name, text in PAPERS.items():
        (folder / name).write_text(text)
    return folder


def documents(page: Page) -> None:
    page.get_by_role("button", name="Documents", exact=True).click()
    expect(page.locator("#fn-main")).to_be_hidden()


def chat(page: Page) -> None:
    page.get_by_role("button", name="Back to chat").click()
    expect(page.locator("#fn-shelf")).to_be_hidden()


def hand_in(page: Page, folder: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator(".fn-drop").click()
    chooser.value.set_files(sorted(folder.iterdir()))
    expect(page.locator(".fn-item")).to_have_count(len(PAPERS))


def row(page: Page, name: str) -> Locator:
    return page.locator(".fn-item", has_text=name)


def test_files_are_added_filtered_deleted_and_found_no_more(page: Page, papers: Path, tmp_path: Path) -> None:
    expect(page.locator(".fn-nothing")).to_contain_text("No documents yet")
    shot(page, "documents-empty")
    (papers / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    hand_in(page, papers)
    expect(page.locator(".fn-reports-head")).to_have_text("3 added, 1 not added")
    expect(page.locator(".fn-reports")).to_contain_text("not added photo.jpg not a text file")
    expect(row(page, "ropes.txt")).to_contain_text("59 characters1 passageadded 1 Jan 2026")
    shot(page, "documents-added")
    page.get_by_label("Filter by name or folder").fill("ropes")
    expect(page.locator(".fn-item")).to_have_count(1)
    page.get_by_role("button", name="Delete ropes.txt").click()
    expect(page.locator(".fn-sure")).to_contain_text("The copy of the file that was handed in here is deleted too.")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".fn-sure")).to_be_hidden()
    chat(page)
    answered(page, COILS)
    expect(page.locator(".fn-sentences")).to_contain_text("ninety coils")
    documents(page)
    page.get_by_role("button", name="Delete ropes.txt").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator("#fn-list")).to_contain_text("No document has “ropes” in its name, folder or tags.")
    assert not (tmp_path / "home" / "uploads" / "ropes.txt").exists()
    assert (papers / "ropes.txt").exists(), "the file that was handed in is not touched"
    page.get_by_label("Filter by name or folder").fill("")
    expect(page.locator(".fn-item")).to_have_count(2)
    expect(page.locator(".fn-sure:visible")).to_have_count(0)
    chat(page)
    expect(page.locator("#fn-evidence")).to_contain_text("The source of an answer is shown here")
    answered(page, COILS + " Really?")
    expect(page.locator("#fn-live .fn-refusal")).to_be_visible()


def test_questions_are_limited_to_the_ticked(page: Page, papers: Path) -> None:
    hand_in(page, papers)
    page.get_by_label("Tick all shown").check()
    page.get_by_label("Ask minutes.txt").uncheck()
    page.get_by_label("Ask ropes.txt").uncheck()
    expect(page.locator("#fn-limits")).to_contain_text("Asking 1 of 3 documents: sails.txt")
    expect(page.get_by_label("Tick all shown")).to_be_checked(indeterminate=True)
    page.get_by_label("Filter by name or folder").fill("ropes")
    expect(page.locator(".fn-item")).to_have_count(1)
    expect(page.get_by_label("Ask ropes.txt")).not_to_be_checked()  # the row of another stood here
    chat(page)
    expect(page.locator("#fn-asked")).to_contain_text("Asking 1 of 3 documents: sails.txt")
    answered(page, COILS)
    expect(page.locator("#fn-live .fn-refusal")).to_be_visible()
    expect(page.locator("#fn-live")).to_contain_text("Asked of 1 of 3 documents.")
    shot(page, "documents-limited")
    page.get_by_role("button", name="Ask all").click()
    expect(page.locator("#fn-asked")).to_be_hidden()
    answered(page, COILS + " Really?")
    expect(page.locator("#fn-live .fn-sentences")).to_contain_text("ninety coils")
    documents(page)
    page.get_by_label("Filter by name or folder").fill("")
    expect(page.locator(".fn-item")).to_have_count(3)
    expect(page.locator(".fn-tick:checked")).to_have_count(0)


def test_a_folder_is_synced_twice_and_forgotten(page: Page, papers: Path) -> None:
    path = page.get_by_label("Path of a folder on this machine")
    path.fill("papers")
    page.get_by_role("button", name="Sync", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Give the whole path")
    path.fill(str(papers))
    path.press("Enter")
    expect(page.locator(".fn-reports-head")).to_have_text("3 added")
    expect(page.locator(".fn-item")).to_have_count(3)
    expect(page.locator(".fn-folders")).to_contain_text("3 documents")
    expect(path).to_have_value("")
    (papers / "ropes.txt").unlink()
    page.get_by_role("button", name="Sync again").click()
    expect(page.locator(".fn-reports-head")).to_have_text("2 unchanged, 1 removed")
    expect(page.locator(".fn-item")).to_have_count(2)
    page.get_by_role("button", name="Delete sails.txt").click()
    expect(page.locator(".fn-sure:visible")).to_contain_text("the next sync brings it back")
    shot(page, "documents-synced")
    page.get_by_role("button", name="Forget folder").click()
    expect(page.locator(".fn-folders")).to_have_count(0)
    expect(page.locator(".fn-item")).to_have_count(2)
    assert (papers / "sails.txt").exists()


def test_a_file_that_changed_is_read_again_and_its_text_is_shown(page: Page, papers: Path, tmp_path: Path) -> None:
    hand_in(page, papers)
    (tmp_path / "home" / "uploads" / "ropes.txt").write_text(ROPES + " In April it bought ten more.")
    page.get_by_role("button", name="Read ropes.txt again").click()
    expect(page.locator(".fn-reports-head")).to_have_text("1 updated")
    expect(row(page, "ropes.txt")).to_contain_text("88 characters")
    page.get_by_role("button", name="ropes.txt", exact=True).click()
    expect(page.locator("#fn-evidence .fn-text")).to_contain_text("In April it bought ten more.")
    expect(page.locator("#fn-shelf")).to_be_hidden()
    page.locator(".fn-source-head").press("Escape")
    expect(page.get_by_role("button", name="ropes.txt", exact=True)).to_be_focused()


def test_files_dropped_anywhere_are_added(page: Page) -> None:
    given = page.evaluate_handle(
        "() => { const d = new DataTransfer();"
        f" for (const n of ['a', 'b']) d.items.add(new File(['{ROPES} ' + n], n + '.txt')); return d; }}"
    )
    chat(page)
    page.dispatch_event("#fn-talk", "dragover", {"dataTransfer": given})
    assert page.locator("#fn-frame").get_attribute("data-drag") == "over"
    page.dispatch_event("#fn-talk", "drop", {"dataTransfer": given})
    expect(page.locator(".fn-reports-head")).to_have_text("2 added")
    expect(page.locator(".fn-docs strong")).to_have_text("2 documents")


def test_a_phone(browser: Browser, papers: Path, tmp_path: Path) -> None:
    with (
        serving(lambda: StandInAssistant(StandInLibrary()), tmp_path / "home") as url,
        visiting(browser, url, 390, 844) as page,
    ):
        documents(page)
        hand_in(page, papers)
        page.get_by_label("Ask sails.txt").check()
        page.get_by_role("button", name="Delete ropes.txt").click()
        expect(page.locator(".fn-sure:visible")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out at the side"
        shot(page, "documents-phone")
