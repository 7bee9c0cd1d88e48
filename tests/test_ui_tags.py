"""Tags in the documents view without a browser: what is shown of them, and which documents they leave."""

from dataclasses import replace
from pathlib import Path

import pytest

from index.tags import CHARACTERS
from index.types import DocumentInfo
from tests.test_ui_render import SPACED, Tags, harmless
from ui.documents import list_html, matching
from ui.scope import EVERYTHING, Scope
from ui.tags import picks_html, said_html, tagging_html, tags_html, told_of

UP = Path("/home/me/.rag/uploads")


def info(name: str, *tags: str) -> DocumentInfo:
    return DocumentInfo(name, (f"/papers/{name}.txt",), 1234, 0, 3, "2026-03-14T10:00:00+00:00", tags)


ROPES, SAILS, OARS = info("ropes", "2024", "Orders"), info("sails", "Orders"), info("oars")
INFOS = [ROPES, SAILS, OARS]
ROPES_ONLY = EVERYTHING.ticked([ROPES], True)
NASTY = replace(info("x", SPACED), sources=(SPACED,))
NASTY_HTML = {
    "picks": lambda: picks_html([NASTY], SPACED),
    "tags": lambda: tags_html(NASTY, SPACED),
    "form": lambda: tagging_html([NASTY], Scope(frozenset({SPACED}))),
    "said": lambda: said_html(SPACED),
    "fault": lambda: said_html("", SPACED),
    "list": lambda: list_html([NASTY], "", EVERYTHING, UP, (), SPACED),
    "no match": lambda: list_html([NASTY], "nothing", EVERYTHING, UP, (), SPACED),
}


@pytest.mark.parametrize("part", NASTY_HTML)
def test_data_never_becomes_markup(part: str) -> None:
    html = NASTY_HTML[part]()
    harmless(html)
    assert "alert(1)" in html


def test_without_tags_nothing_is_shown_of_them() -> None:
    assert picks_html([OARS], "") == tags_html(OARS, "oars.txt") == tagging_html(INFOS, EVERYTHING) == ""
    assert "fn-tags" not in list_html([OARS], "", EVERYTHING, UP)
    assert 'value="remove"' not in tagging_html(INFOS, EVERYTHING.ticked([OARS], True)), "there is none to remove"


def test_every_tag_filters_and_tells_how_many_have_it() -> None:
    html = picks_html(INFOS, "Orders")
    assert Tags(html).text == "2024 1 documentOrders 2 documents"
    assert html.count('aria-pressed="true"') == 1
    assert 'data-tag="Orders" aria-pressed="true"' in html


def test_a_row_shows_its_tags_with_what_takes_each_away() -> None:
    html = list_html(INFOS, "", EVERYTHING, UP)
    assert "ropes.txt2024×Orders×/papers" in Tags(html).text
    assert html.count('class="fn-untag"') == 3
    assert 'aria-label="Remove the tag 2024 from ropes.txt"' in html


def test_the_form_is_for_what_is_ticked_and_knows_the_tags_there_are() -> None:
    html = tagging_html(INFOS, ROPES_ONLY)
    assert "Tag the 1 ticked document" in html
    assert '<option value="2024"></option><option value="Orders"></option>' in html
    assert f'maxlength="{CHARACTERS}"' in html
    assert 'value="remove"' in html


def test_what_was_done_is_told_as_a_status_and_why_it_was_not_as_an_alert() -> None:
    assert 'role="status">Done.</p>' in said_html("Done.")
    assert said_html("", "No.") == '<p class="fn-fault" role="alert">No.</p>'


@pytest.mark.parametrize(
    ("words", "tag", "found"),
    [
        ("", "Orders", [ROPES, SAILS]),
        ("", "2024", [ROPES]),
        ("sails", "Orders", [SAILS]),
        ("oars", "Orders", []),
        ("ORDERS", "", [ROPES, SAILS]),
        ("orders papers 2024", "", [ROPES]),
        ("", "gone", INFOS),
    ],
)
def test_words_and_a_tag_filter_together(words: str, tag: str, found: list[DocumentInfo]) -> None:
    assert matching(INFOS, words, tag) == found


def test_what_is_filtered_can_be_asked_at_once() -> None:
    assert "fn-these" not in list_html(INFOS, " ", EVERYTHING, UP)
    assert "Ask only these" in list_html(INFOS, "", EVERYTHING, UP, (), "Orders")
    assert "Ask only this" in list_html(INFOS, "oars", EVERYTHING, UP)
    none = Tags(list_html(INFOS, "oars", EVERYTHING, UP, (), "Orders")).text
    assert none == "No document tagged “Orders” has “oars” in its name, folder or tags."


def test_what_was_done_is_told() -> None:
    assert told_of(1, "a", removed=False) == "1 document tagged “a”."
    assert told_of(2, "a", removed=True) == "“a” removed from 2 documents."
    assert told_of(0, "a", removed=True) == "Nothing to change."
