"""What axe-core, a checker of accessibility, finds on the page in all its states: nothing serious, nothing critical."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser_ui import answered, ask, shot
from tests.serving_ui import serving
from tests.standins_ui import stand_in

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("page")]

BOATS = "How many boats has the lighthouse keeper counted?"
UNANSWERABLE = "What is the best recipe for pancakes?"
SIZES = {"desk": (1280, 800), "phone": (390, 844)}
GRAVE = frozenset({"serious", "critical"})


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(lambda: stand_in(pause=0.02), tmp_path_factory.mktemp("home")) as address:
        yield address


def faults(page: Page, state: str) -> list[str]:
    """What is grave of what axe finds, one line for each part that is at fault."""
    found: dict[str, Any] = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert found["testEngine"]["name"] == "axe-core"
    return [
        f"{state}: {rule['id']} ({rule['impact']}) {node['target']}: {node['failureSummary'].splitlines()[1].strip()}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def states(page: Page, phone: bool) -> Iterator[str]:
    """Takes the page from state to state, as a person would."""
    page.locator(".fn-suggestion").first.wait_for()
    yield "empty"
    ask(page, BOATS)
    page.locator(".fn-draft").wait_for()
    yield "working"
    page.locator("#fn-live .fn-exchange[data-state=done]").wait_for()
    yield "answered"
    page.locator(".fn-chip").first.focus()
    page.get_by_role("tooltip").wait_for()
    yield "tip"
    page.locator(".fn-chip").first.click()
    page.locator("mark").first.wait_for()
    yield "evidence"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Why this answer?").click()
    page.locator(".fn-why").wait_for()
    yield "why"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit question").click()
    page.get_by_role("button", name="This answer is wrong").click()
    page.locator("form[data-form=comment]").wait_for()
    yield "forms"
    answered(page, UNANSWERABLE)
    page.locator(".fn-refusal").wait_for()
    yield "refusal"
    answered(page, "Sent where?")
    yield "follow-up"
    if phone:
        page.get_by_role("button", name="Chats").click()
    page.locator(".fn-talk-acts summary").first.click()
    yield "conversations"
    page.get_by_role("button", name="Rename").first.click()
    yield "renaming"
    page.keyboard.press("Escape")
    if phone:
        page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="Documents", exact=True).click()
    page.locator(".fn-tick").first.wait_for()
    page.get_by_label("Ask harbour").check()
    page.get_by_role("button", name="Ask all").first.wait_for()
    yield "documents"
    page.get_by_label("Tag the 1 ticked document").fill("boats")
    page.get_by_role("button", name="Add tag").click()
    page.locator(".fn-tagged", has_text="boats").wait_for()
    page.get_by_label("Tag the 1 ticked document").fill("ropes")
    page.get_by_role("button", name="Add tag").click()
    page.locator(".fn-pick", has_text="ropes").click()
    page.locator(".fn-these").wait_for()
    yield "tagged"
    page.get_by_role("button", name="Delete harbour").click()
    yield "deleting"
    page.get_by_role("button", name="Keep it").click()
    page.get_by_label("Path of a folder").fill("nowhere")
    page.get_by_role("button", name="Sync", exact=True).click()
    page.get_by_role("alert").first.wait_for()
    yield "report"


@pytest.mark.parametrize(("size", "scheme"), [("desk", "light"), ("desk", "dark"), ("phone", "light")])
def test_nothing_grave_is_found_in_any_state(
    browser: Browser, url: str, size: str, scheme: Literal["light", "dark"]
) -> None:
    width, height = SIZES[size]
    with browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme) as context:
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.goto(url)
        found: list[str] = []
        for state in states(page, size == "phone"):
            page.wait_for_timeout(300)  # what fades in has its colours
            shot(page, f"axe-{size}-{scheme}-{state}")
            found += faults(page, f"{size} {scheme} {state}")
    assert found == []
