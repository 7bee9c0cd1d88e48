"""What is shown around conversations, and taken away from them: data stays data, in HTML and in Markdown."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from evals.cases import _case
from rag.types import Answer, Candidate, Check, Citation, Sentence, Trace
from tests.standins_rag import evidence
from tests.test_ui_render import SPACED, Tags, cited, hit
from ui.answers import exchanges_html
from ui.chat import Chat, Exchange
from ui.conversations import Conversations, Talk
from ui.feedback import main as feedback
from ui.markdown import answer_text, chat_markdown, file_name, literal
from ui.rail import outbox_html, rail_html
from ui.render import empty_html
from ui.why import why_html


def nasty() -> Answer:
    (piece,) = evidence(SPACED.replace("\ud800", ""))
    trace = Trace(
        model=SPACED,
        searched=SPACED,
        mended={SPACED: SPACED},
        signs={"sign": 1.0},
        candidates=(Candidate(piece, True, SPACED),),
        checks=(Check(SPACED, False, SPACED),),
        seconds={"search": 1.0},
    )
    answer = replace(cited(SPACED, SPACED), question=SPACED, standalone=SPACED + "!", trace=trace)
    return replace(answer, hits=(hit(SPACED, SPACED),))


NASTY = {
    "answers": lambda: exchanges_html(Chat((Exchange(nasty(), "done", id=1),)), 0, 1, {"d1"}),
    "why": lambda: why_html(Exchange(nasty(), "done"), 1),
    "rail": lambda: rail_html([Talk(SPACED, SPACED, SPACED)], SPACED, SPACED),
    "file": lambda: outbox_html(SPACED, SPACED),
    "told": lambda: outbox_html(SPACED),
    "start": lambda: empty_html(2, [SPACED]),
}


@pytest.mark.parametrize("part", NASTY)
def test_data_never_becomes_markup(part: str) -> None:
    html = NASTY[part]()
    seen = Tags(html)
    assert not seen.tags & {"script", "img", "iframe", "a", "link", "style"}
    assert not {name for name in seen.attributes if name.startswith("on") or name in {"src", "href", "style"}}
    assert "&lt;script&gt;" in html
    html.encode("utf-8")


def test_only_the_last_question_can_be_asked_again_and_only_when_it_has_ended() -> None:
    answer = replace(cited(), standalone="How many boats?")
    chat = Chat((Exchange(answer, "done", id=1), Exchange(answer, "done", id=2)))
    assert "Edit question" not in exchanges_html(chat, 0, 1)
    assert "Edit question" in exchanges_html(chat, 1, 2)
    assert "Correct it" in exchanges_html(chat, 1, 2)
    assert "Edit question" not in exchanges_html(chat, 0, 2, asked_again=False)
    assert "fn-tools" not in exchanges_html(chat.with_last(Exchange(answer, "working")), 1, 2)
    stopped = exchanges_html(chat.with_last(Exchange(answer, "stopped")), 1, 2)
    assert "Ask again" in stopped
    assert "Copy" not in stopped


def test_a_removed_document_is_told_at_its_mark_and_its_quote() -> None:
    html = exchanges_html(Chat((Exchange(cited(), "done"),)), 0, 1, {"d1"})
    assert html.count("no longer in the library") == 3, "in the mark's label and its card, and at the quote"
    assert "no longer" not in exchanges_html(Chat((Exchange(cited(), "done"),)), 0, 1, {"other"})


def test_what_was_thought_of_an_answer_is_shown() -> None:
    html = exchanges_html(Chat((Exchange(cited(), "done", id=1, verdict="down"),)), 0, 1)
    assert re.findall(r'data-verdict="(\w+)" aria-pressed="(\w+)"', html) == [("up", "false"), ("down", "true")]


def test_why_has_every_table_that_has_something() -> None:
    html = why_html(Exchange(nasty(), "done"), 1)
    tables = ["searched", "spelling", "confidence", "passages", "evidence", "model", "checks", "seconds"]
    assert re.findall(r'data-table="(\w+)"', html) == tables
    bare = why_html(Exchange(Answer("q", "q"), "done"), 1)
    assert re.findall(r'data-table="(\w+)"', bare) == ["confidence"]


def test_a_copied_answer_carries_its_references() -> None:
    citations = (
        *cited().citations,
        replace(cited().citations[0], number=2, quote="Two\nlines.", page=None, section="A"),
    )
    answer = replace(cited(), sentences=(Sentence("Forty.", (1,)), Sentence("So it was.", (1, 2))), citations=citations)
    assert answer_text(answer) == (
        "Forty. [1] So it was. [1] [2]\n\n"
        "[1] harbour.pdf, page 3: “Forty boats came.”\n[2] harbour.pdf, A: “Two lines.”"
    )


def test_a_conversation_as_markdown_has_footnotes_numbered_through() -> None:
    followed = replace(cited(), question="And then?", standalone="How many then?", note="Half was read.")
    chat = Chat((Exchange(cited(), "done"), Exchange(followed, "stopped")))
    assert chat_markdown("Boats & co", chat, {"d1"}).split("\n\n") == [
        r"# Boats \& co",
        "## How many?",
        "Forty boats came.[^1]",
        "[^1]: harbour.pdf, page 3: “Forty boats came.” (no longer in the library)",
        "## And then?",
        "*Read as: How many then?*",
        "Forty boats came.[^2]",
        "Stopped before it was done.",
        "Half was read.",
        "[^2]: harbour.pdf, page 3: “Forty boats came.” (no longer in the library)\n",
    ]


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("# a\n# b", r"\# a # b"),
        ("1. one", r"1\. one"),
        ("12) b", r"12\) b"),
        ("1.5 tonnes", r"1\.5 tonnes"),
        ("- item", r"\- item"),
        ("![x](http://y)", r"!\[x\](http://y)"),
        ("<img src=x> *b* _c_ `d` a|b", r"\<img src=x\> \*b\* \_c\_ \`d\` a\|b"),
        ("[^1]: no", r"\[^1\]: no"),
        ("\ud800 end\\", "? end\\\\"),
        ("", ""),
    ],
)
def test_in_markdown_data_is_data(text: str, markdown: str) -> None:
    assert literal(text) == markdown


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("How many?", "How-many.md"),
        ("../../etc/passwd", "etc-passwd.md"),
        ("???", "conversation.md"),
        ("日本", "日本.md"),
    ],
)
def test_a_file_has_a_name_that_every_system_takes(name: str, file: str) -> None:
    assert file_name(name) == file


def test_judged_answers_come_out_as_candidate_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Conversations(tmp_path)
    talk, first = store.begin("ann", Chat(), "How many?")
    store.finish(Exchange(cited(), "done", id=first))
    chat = store.chat("ann", talk)
    assert chat
    _, second = store.begin("ann", chat, "And then?")
    store.finish(Exchange(replace(cited(), question="And then?", standalone="How many then?"), "done", id=second))
    store.judge("ann", first, "up")
    store.judge("ann", second, "down", "not so\nat all")
    assert feedback(["--home", str(tmp_path)]) == 0
    good, bad = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    case = _case("feedback", good)
    assert (case.question, case.answers, case.gold[0].quote) == (
        "How many?",
        (("Forty boats came.",),),
        "Forty boats came.",
    )
    assert good["citations"][0]["source"] == "harbour.pdf", "no folder of the machine"
    case = _case("feedback", bad)
    assert (case.standalone, case.answers, case.why) == ("How many then?", (), "not so\nat all")
    assert [(turn.role, turn.text) for turn in case.history] == [
        ("user", "How many?"),
        ("assistant", "Forty boats came."),
    ]
    assert (bad["verdict"], bad["answer"]) == ("down", "Forty boats came.")
    assert feedback(["--home", str(tmp_path / "none")]) == 2
    assert "no conversations" in capsys.readouterr().err


def test_a_citation_without_a_number_in_any_sentence_is_not_a_reference() -> None:
    beside = Citation(2, "d2", "b.txt", None, 0, 3, "Far")
    assert "b.txt" not in answer_text(replace(cited(), citations=(*cited().citations, beside)))
