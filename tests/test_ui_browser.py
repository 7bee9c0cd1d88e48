"""The page as a person uses it, in a real Chromium: ask, read, click, stop, type, on a phone, in the dark."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser_ui import answered, ask, eventually, in_view, is_outside, shot
from tests.serving_ui import serving
from tests.standins_ui import REFUSAL, StandInAssistant, seed_library, stand_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page")]

TROOPS = "How many troops did the Pentagon announce it was sending to Poland?"
BOATS = "How many boats has the lighthouse keeper counted?"
UNANSWERABLE = "What is the best recipe for pancakes?"
DESK, PHONE = (1280, 800), (390, 844)
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def slow() -> StandInAssistant:
    """An assistant slow enough to be watched."""
    return stand_in(pause=0.05)


@pytest.fixture(scope="module")
def url(slow: StandInAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(lambda: slow, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Open]:
    """Opens the page in a browser of its own; at the end, nothing was asked of elsewhere and nothing went wrong."""
    contexts, outside, wrong = [], [], []

    def opened(size: tuple[int, int] = DESK, dark: bool = False, address: str = url, touch: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light", has_touch=touch
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda r: outside.append(r.url) if is_outside(r.url) else None)
        page.on("console", lambda m: wrong.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address)
        page.get_by_label("Your question").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not outside, "the browser asked something outside this machine"
    assert not wrong, "the browser complained"


def test_an_answer_streams_and_its_sources_open(visit: Open) -> None:
    page = visit()
    expect(page.locator(".fn-empty")).to_contain_text("Ask a question about your documents")
    shot(page, "desk-empty")
    ask(page, TROOPS)
    expect(page.locator(".fn-draft")).to_contain_text("not yet checked")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    shot(page, "desk-working")
    page.locator("#fn-live .fn-exchange[data-state=done]").wait_for()
    expect(page.locator(".fn-sentences")).to_contain_text("3,000 more troops to ally Poland")
    expect(page.locator(".fn-note")).to_have_count(2)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    page.locator(".fn-chip").nth(1).hover()
    expect(page.get_by_role("tooltip")).to_contain_text("troops would not be fighting")
    shot(page, "desk-hover")
    page.locator(".fn-chip").nth(1).click()
    expect(page.locator("mark")).to_have_text(page.locator(".fn-note q").nth(1).inner_text())
    expect(page.locator(".fn-source-head")).to_contain_text(".txt")
    assert eventually(lambda: in_view(page, "mark"))
    shot(page, "desk-source")


def test_a_source_with_pages_and_markup_in_it(visit: Open) -> None:
    page = visit()
    answered(page, BOATS)
    page.locator(".fn-chip").first.click()
    expect(page.locator("mark")).to_contain_text('<b>forty</b> ships & "three" boats <img src=')
    expect(page.locator(".fn-source-head")).to_have_text("harbour <ledger>.pdfpage 2")
    assert eventually(lambda: in_view(page, "mark"))
    assert page.locator("#fn-frame img, #fn-frame b").count() == 0
    shot(page, "desk-pages")


def test_a_refusal_looks_like_one(visit: Open) -> None:
    page = visit()
    answered(page, UNANSWERABLE)
    expect(page.locator(".fn-refusal")).to_contain_text(REFUSAL)
    expect(page.locator(".fn-near-head")).to_contain_text("not an answer")
    assert page.get_by_role("alert").count() == 0
    page.locator(".fn-near").first.click()
    expect(page.locator("mark").first).to_be_visible()
    shot(page, "desk-refusal")


def test_stop_stops_and_the_next_question_works(visit: Open, slow: StandInAssistant) -> None:
    page = visit()
    closed = slow.closed
    ask(page, TROOPS)
    page.locator(".fn-draft").wait_for()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".fn-stopped")).to_be_visible(timeout=3000)
    assert eventually(lambda: slow.closed == closed + 1), "the model was stopped, not only the page"
    page.wait_for_timeout(600)
    expect(page.locator(".fn-stopped")).to_be_visible()  # nothing that was under way came after it
    expect(page.locator(".fn-draft")).to_have_count(0)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    shot(page, "desk-stopped")
    answered(page, BOATS)
    expect(page.locator("#fn-past .fn-stopped")).to_be_visible()


def test_new_chat_while_working_forgets(visit: Open, slow: StandInAssistant) -> None:
    page = visit()
    closed = slow.closed
    ask(page, TROOPS)
    page.locator(".fn-draft").wait_for()
    page.get_by_role("button", name="New chat").click()
    expect(page.locator(".fn-empty")).to_be_visible()
    assert eventually(lambda: slow.closed == closed + 1)
    page.wait_for_timeout(600)
    expect(page.locator(".fn-exchange")).to_have_count(0)
    expect(page.get_by_role("button", name="Ask")).to_be_visible()
    answered(page, BOATS)


def test_closing_the_tab_stops_the_model(visit: Open, slow: StandInAssistant) -> None:
    page = visit()
    closed = slow.closed
    ask(page, TROOPS)
    page.locator(".fn-draft").wait_for()
    page.close()
    assert eventually(lambda: slow.closed == closed + 1, 15)


def test_the_keyboard_is_enough(visit: Open) -> None:
    page = visit()
    page.keyboard.type(TROOPS)  # the question box has the focus from the start
    page.keyboard.press("Enter")
    page.locator("#fn-live .fn-exchange[data-state=done]").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    first = page.locator(".fn-chip").first
    for _ in range(10):  # back through what can be done with the answer and its quotes, to the first mark
        page.keyboard.press("Shift+Tab")
    expect(first).to_be_focused()
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert first.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    shot(page, "desk-keyboard")
    page.locator(".fn-chip").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_contain_text("John Kirby")
    expect(page.locator(".fn-source-head")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".fn-chip").nth(1)).to_be_focused()


def test_a_question_that_leans_on_the_last_says_how_it_was_read(visit: Open) -> None:
    page = visit()
    answered(page, TROOPS)
    answered(page, "Sent to whom?")
    expect(page.locator("#fn-live .fn-read-as")).to_contain_text("read as: How many troops")
    assert in_view(page, "#fn-live .fn-question")
    page.get_by_role("button", name="New chat").click()
    expect(page.locator(".fn-exchange")).to_have_count(0)
    expect(page.locator(".fn-empty")).to_be_visible()


def test_two_browsers_have_a_conversation_each(visit: Open) -> None:
    one, other = visit(), visit()
    ask(one, TROOPS)
    answered(other, BOATS)
    one.locator("#fn-live .fn-exchange[data-state=done]").wait_for()
    expect(one.locator("#fn-left")).not_to_contain_text("lighthouse")
    expect(other.locator("#fn-left")).not_to_contain_text("Pentagon announce")


def test_files_are_added_and_reported(visit: Open, tmp_path: Path) -> None:
    page = visit()
    (tmp_path / "ropes.txt").write_text("The bosun bought ninety coils of tarred hemp rope in March.")
    (tmp_path / "photo.txt").write_bytes(b"\xff\xd8\xff\xe0")
    before = int(page.locator(".fn-docs strong").inner_text().split()[0])
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add files").click()
    chooser.value.set_files([tmp_path / "ropes.txt", tmp_path / "photo.txt"])
    expect(page.locator(".fn-reports")).to_contain_text("1 added, 1 not added")
    expect(page.locator(".fn-reports")).to_contain_text("not a text file")
    expect(page.locator(".fn-docs strong")).to_have_text(f"{before + 1} documents")
    shot(page, "desk-report")
    page.get_by_role("button", name="Dismiss this report").click()
    expect(page.locator(".fn-reports")).to_have_count(0)
    answered(page, "How many coils of tarred hemp rope were bought?")
    expect(page.locator(".fn-sentences")).to_contain_text("ninety coils")
    page.locator(".fn-docs summary").click()
    page.get_by_role("button", name="ropes.txt").first.click()
    expect(page.locator(".fn-source-head")).to_have_text("ropes.txt")


def test_a_phone(visit: Open) -> None:
    page = visit(PHONE, touch=True)
    shot(page, "phone-empty")
    answered(page, TROOPS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out at the side"
    assert in_view(page, "#fn-box textarea"), "the question box stays at hand"
    shot(page, "phone-answer")
    page.locator(".fn-chip").nth(1).tap()
    expect(page.locator("mark")).to_contain_text("John Kirby")
    assert eventually(lambda: in_view(page, "mark"))
    shot(page, "phone-source")
    page.get_by_role("button", name="Back to the answer").tap()
    assert eventually(lambda: in_view(page, ".fn-chip >> nth=1"))


def test_dark(visit: Open) -> None:
    page = visit(dark=True)
    answered(page, TROOPS)
    brightness = "e => getComputedStyle(e).{}.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
    assert page.locator("body").evaluate(brightness.format("backgroundColor")) < 150
    assert page.locator(".fn-sentences").evaluate(brightness.format("color")) > 600
    shot(page, "dark-answer")
    answered(page, UNANSWERABLE)
    shot(page, "dark-refusal")


def test_the_page_is_up_before_the_models_and_stop_works_meanwhile(visit: Open, tmp_path: Path) -> None:
    loaded = Event()

    def late() -> StandInAssistant:
        loaded.wait(60)
        return StandInAssistant(seed_library())

    with serving(late, tmp_path) as address:
        page = visit(address=address)
        expect(page.locator("#fn-status")).to_contain_text("Loading the models")
        ask(page, TROOPS)
        expect(page.locator("#fn-live .fn-stage")).to_contain_text("Loading the models")
        shot(page, "desk-loading")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".fn-stopped")).to_be_visible(timeout=3000)
        page.wait_for_timeout(300)  # gradio takes no new question until the last one has quite ended
        ask(page, TROOPS)
        loaded.set()
        page.locator("#fn-live .fn-exchange[data-state=done]").wait_for()
        expect(page.locator("#fn-status")).to_be_hidden()
        page.close()
