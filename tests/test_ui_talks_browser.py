"""Conversations as a person keeps them, in a real Chromium: come back to, rename, delete, correct, ask why, judge."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser_ui import answered, ask, eventually, is_outside, shot
from tests.serving_ui import serving
from tests.standins_ui import StandInAssistant, stand_in
from ui.conversations import Conversations
from ui.feedback import main as feedback
from ui.serve import serve

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page")]

TROOPS = "How many troops did the Pentagon announce it was sending to Poland?"
BOATS = "How many boats has the lighthouse keeper counted?"
DESK, LAPTOP, PHONE = (1440, 900), (1000, 700), (390, 844)
DONE = "#fn-live .fn-exchange[data-state=done]"
Open = Callable[..., Page]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def assistant() -> StandInAssistant:
    return stand_in(pause=0.01)


@pytest.fixture
def url(assistant: StandInAssistant, home: Path) -> Iterator[str]:
    with serving(lambda: assistant, home) as address:
        yield address


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Opens an address in a browser of its own; at the end, nothing was asked of elsewhere and nothing went wrong."""
    contexts, outside, wrong = [], [], []

    def opened(
        address: str,
        size: tuple[int, int] = DESK,
        dark: bool = False,
        touch: bool = False,
        user: tuple[str, str] | None = None,
        remembered: str = "",
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda r: outside.append(r.url) if is_outside(r.url) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        if remembered:
            context.add_init_script(f"localStorage['footnote-open'] = {json.dumps(remembered)}")
        page.goto(address)
        if user:
            page.get_by_label("username").fill(user[0])
            page.get_by_label("password").fill(user[1])
            page.get_by_role("button", name="Login").click()
        ready(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not outside, "the browser asked something outside this machine"
    assert not wrong, "a script failed"


def ready(page: Page) -> None:
    """Until the list is there, and with it the conversation that was open."""
    page.locator("#fn-rail nav").wait_for(state="attached")
    page.get_by_label("Your question").wait_for()


def act(page: Page, name: str, label: str) -> None:
    item = page.locator(".fn-talk", has_text=name)
    item.locator("summary").click()
    item.get_by_role("button", name=label).click()


def new_chat(page: Page) -> None:
    page.get_by_role("button", name="New chat").click()
    page.locator(".fn-empty").wait_for()


def names(page: Page) -> list[str]:
    return page.locator(".fn-talk-name bdi").all_inner_texts()


def test_a_conversation_comes_back_after_a_reload_and_a_restart(visit: Open, home: Path) -> None:
    served = serve(stand_in, home)
    page = visit(served.url)
    answered(page, TROOPS)
    answered(page, BOATS)
    shot(page, "talks-desk")
    page.reload()
    expect(page.locator("#fn-past .fn-question")).to_contain_text(TROOPS)
    expect(page.locator(DONE)).to_contain_text("three")
    served.close()
    served = serve(stand_in, home, port=int(served.url.rstrip("/").rsplit(":", 1)[1]))
    page.goto(served.url)
    expect(page.locator("#fn-past .fn-question")).to_contain_text(TROOPS)
    page.locator("#fn-live .fn-chip").first.click()
    expect(page.locator("mark")).to_contain_text("forty")
    new_chat(page)
    expect(page.locator(".fn-talk-name[aria-current]")).to_have_count(0)
    page.get_by_role("button", name=TROOPS).click()
    expect(page.locator(DONE)).to_contain_text(BOATS)
    assert names(page) == [TROOPS]
    served.close()


def test_renaming_exporting_and_deleting(visit: Open, url: str) -> None:
    page = visit(url)
    answered(page, BOATS)
    new_chat(page)
    answered(page, TROOPS)
    assert names(page) == [TROOPS, BOATS]
    act(page, BOATS, "Rename")
    shot(page, "talks-rename")
    page.get_by_role("textbox", name="Rename this conversation").fill("Harbour <b>notes</b>")
    page.keyboard.press("Enter")
    expect(page.locator(".fn-talk-name").nth(1)).to_contain_text("Harbour <b>notes</b>")
    with page.expect_download() as download:
        act(page, "Harbour", "Export")
    assert download.value.suggested_filename == "Harbour-b-notes-b.md"
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.startswith("# Harbour \\<b\\>notes\\</b\\>\n\n## How many boats")
    assert "[^1]: harbour \\<ledger\\>.pdf, page 2: “The lighthouse keeper" in text
    act(page, TROOPS, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert len(names(page)) == 2
    act(page, TROOPS, "Delete")
    shot(page, "talks-delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".fn-talk")).to_have_count(1)
    expect(page.locator(".fn-empty")).to_be_visible()
    page.reload()
    ready(page)
    assert names(page) == ["Harbour <b>notes</b>"]
    expect(page.locator(".fn-exchange")).to_have_count(0)


def test_a_question_is_corrected_edited_and_asked_again(visit: Open, url: str, assistant: StandInAssistant) -> None:
    page = visit(url)
    answered(page, TROOPS)
    answered(page, "And boats?")
    expect(page.locator("#fn-live .fn-read-as")).to_contain_text("Poland")
    page.get_by_role("button", name="Not what you meant? Correct it").click()
    page.get_by_label("What you meant").fill(BOATS)
    shot(page, "talks-correct")
    page.get_by_label("What you meant").press("Enter")
    expect(page.locator(DONE)).to_contain_text("forty")
    expect(page.locator("#fn-live .fn-question")).to_contain_text("And boats?")
    expect(page.locator("#fn-live .fn-read-as")).to_contain_text(BOATS)
    page.get_by_role("button", name="Edit question").click()
    page.get_by_label("The question, as it should").fill("Pancakes for the weekend, and their recipe?")
    page.get_by_role("button", name="Ask again").first.click()
    expect(page.locator("#fn-live .fn-refusal")).to_be_visible()
    expect(page.locator("#fn-live .fn-question")).to_contain_text("Pancakes")
    count = len(assistant.heard)
    page.locator(DONE).wait_for()
    page.locator(".fn-tools").get_by_role("button", name="Ask again").click()
    assert eventually(lambda: len(assistant.heard) == count + 1)
    page.locator(DONE).wait_for()
    assert [turn.text for turn in assistant.heard[-1][1]][::2] == [TROOPS], "what is replaced was not said"
    expect(page.locator(".fn-exchange")).to_have_count(2)
    page.reload()
    expect(page.locator("#fn-live .fn-question")).to_contain_text("Pancakes")
    expect(page.locator(".fn-exchange")).to_have_count(2)


def test_why_copying_and_judging(visit: Open, url: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = visit(url)
    answered(page, BOATS)
    why = page.get_by_role("button", name="Why this answer?")
    why.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why this answer?")).to_be_focused()
    expect(page.locator('[data-table="evidence"]')).to_contain_text("ranked 1")
    expect(page.locator('[data-table="checks"]')).to_contain_text("every word is there")
    expect(page.locator("#fn-frame img, #fn-frame b")).to_have_count(0)
    shot(page, "talks-why")
    page.keyboard.press("Escape")
    expect(why).to_be_focused()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_focused()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[1] harbour <ledger>.pdf, page 2: “The lighthouse keeper counted <b>forty</b>" in copied
    wrong = page.get_by_role("button", name="This answer is wrong")
    wrong.click()
    page.get_by_label("What should be known of it?").fill("Boats, not ships")
    shot(page, "talks-judge")
    page.get_by_label("What should be known of it?").press("Enter")
    expect(wrong).to_be_focused()
    assert eventually(lambda: any(j.comment for j in Conversations(home).judged()))
    page.reload()
    expect(wrong).to_have_attribute("aria-pressed", "true")
    capsys.readouterr()
    assert feedback(["--home", str(home), "--verdict", "down"]) == 0
    case = json.loads(capsys.readouterr().out)
    assert (case["question"], case["verdict"], case["why"]) == (BOATS, "down", "Boats, not ships")


def test_two_browsers_stream_at_once_and_a_reload_meanwhile_loses_only_the_rest(visit: Open, home: Path) -> None:
    with serving(lambda: stand_in(pause=0.04), home) as address:
        one, other = visit(address), visit(address)
        ask(one, TROOPS)
        ask(other, BOATS)
        for page in (one, other):
            page.locator(".fn-draft").wait_for()
        one.locator("#fn-live .fn-sentence").first.wait_for()
        one.reload()
        expect(one.locator("#fn-live .fn-question")).to_contain_text(TROOPS)
        expect(one.locator("#fn-live .fn-stopped")).to_be_visible()
        other.locator(DONE).wait_for()
        expect(other.locator("#fn-left")).not_to_contain_text("Pentagon")
        one.get_by_role("button", name="Ask again").click()
        expect(one.locator(DONE)).to_contain_text("3,000 more troops")


def test_another_conversation_is_opened_while_one_is_answered(visit: Open, home: Path) -> None:
    with serving(lambda: stand_in(pause=0.04), home) as address:
        page = visit(address)
        answered(page, BOATS)
        new_chat(page)
        ask(page, TROOPS)
        page.locator("#fn-live .fn-sentence").first.wait_for()
        page.get_by_role("button", name=BOATS).click()
        expect(page.locator(DONE)).to_contain_text("forty")
        page.get_by_role("button", name=TROOPS).click()
        expect(page.locator("#fn-live .fn-stopped")).to_contain_text("what is above was checked")


def test_users_do_not_see_each_others_conversations(visit: Open, home: Path) -> None:
    served = serve(stand_in, home, login=[("ann", "a"), ("bob", "b")])
    try:
        page = visit(served.url, user=("ann", "a"))
        answered(page, BOATS)
        stolen = page.evaluate("localStorage['footnote-open']")
        assert stolen
        page = visit(served.url, user=("bob", "b"), remembered=stolen)
        expect(page.locator(".fn-talk")).to_have_count(0)
        expect(page.locator(".fn-exchange")).to_have_count(0)
        answered(page, TROOPS)
        assert names(page) == [TROOPS]
    finally:
        served.close()
    assert [len(Conversations(home).talks(owner)) for owner in ("ann", "bob", "")] == [1, 1, 0]


def test_a_removed_document_is_told_and_first_questions_come_from_the_rest(
    visit: Open, url: str, assistant: StandInAssistant
) -> None:
    page = visit(url)
    shot(page, "talks-start")
    first = page.locator(".fn-suggestion").first
    question = first.inner_text()
    first.click()
    expect(page.locator("#fn-live .fn-question")).to_contain_text(question)
    page.locator(DONE).wait_for()
    new_chat(page)
    answered(page, BOATS)
    list(assistant.library.remove([d.id for d in assistant.library.documents() if "harbour" in d.sources[0]]))
    page.reload()
    expect(page.locator("#fn-live .fn-gone").first).to_contain_text("no longer in the library")
    expect(page.locator("#fn-live .fn-note q").first).to_contain_text("forty")
    shot(page, "talks-gone")
    page.locator("#fn-live .fn-chip").first.click()
    expect(page.locator("#fn-evidence")).to_contain_text("no longer in the library")


def test_a_phone_has_the_list_in_a_drawer(visit: Open, url: str) -> None:
    page = visit(url, PHONE, touch=True)
    shot(page, "talks-phone-start")
    answered(page, TROOPS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out at the side"
    shot(page, "talks-phone-answer")
    new_chat(page)
    answered(page, BOATS)
    page.get_by_role("button", name="Chats").tap()
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_focused()
    shot(page, "talks-phone-drawer")
    page.get_by_role("button", name=TROOPS).tap()
    expect(page.locator(DONE)).to_contain_text("3,000")
    expect(page.locator("#fn-rail")).to_be_hidden()
    page.get_by_role("button", name="Why this answer?").tap()
    expect(page.get_by_role("heading", name="Why this answer?")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nor does a table"
    shot(page, "talks-phone-why")


def test_the_list_in_the_dark_and_in_a_middling_window(visit: Open, url: str) -> None:
    page = visit(url, dark=True)
    answered(page, TROOPS)
    new_chat(page)
    answered(page, BOATS)
    page.get_by_role("button", name="Why this answer?").click()
    page.locator('[data-table="evidence"]').wait_for()
    page.locator(".fn-talk summary").first.click()
    shot(page, "talks-dark")
    page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    page.get_by_role("button", name="Chats").click()
    expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()
    shot(page, "talks-dark-drawer")
    page.keyboard.press("Escape")
    expect(page.locator("#fn-rail")).to_be_hidden()
    expect(page.get_by_role("button", name="Chats")).to_be_focused()
