"""The page's HTML: what is data stays data, and each state looks like what it is."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from index.page_image import Mark, PageImage
from index.types import Document, DocumentInfo, Hit, Passage
from rag.types import Answer, Citation, Sentence, Trace
from ui import answers, panes, render
from ui.chat import Chat, Exchange

NASTY = """<script>alert(1)</script><img src="http://example.com/x.png" onerror='alert(1)'>" ' & {{x}} ${y} \ud800"""
SPACED = f"lead {NASTY} tail"


class Tags(HTMLParser):
    """All tags and attribute names of some HTML, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.depth += 1

    def handle_endtag(self, _tag: str) -> None:
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.text += data


def harmless(html: str) -> Tags:
    """The tags of HTML, seen to hold none that loads or runs anything, and each of them closed."""
    seen = Tags(html)
    assert not seen.tags & {"script", "img", "iframe", "a", "link", "style", "svg"}
    assert not {name for name in seen.attributes if name.startswith("on") or name in {"src", "href", "style"}}
    assert seen.depth == 0, "every element is closed"
    return seen


def cited(quote: str = "Forty boats came.", source: str = "/home/me/harbour.pdf", document: str = "d1") -> Answer:
    citation = Citation(1, document, source, 3, 10, 10 + len(quote), quote)
    return Answer("How many?", "How many?", (Sentence(quote, (1,)),), (citation,), done=True)


def hit(text: str = "Some passage.", source: str = "a.txt") -> Hit:
    return Hit(Passage("d1", source, 0, len(text), None, text, ((0, len(text)),)), 1.0)


def shown(answer: Answer, state: str = "done", note: str = "") -> str:
    return render.exchange_html(Exchange(answer, state, note), 1)  # type: ignore[arg-type]


NASTY_HTML = {
    "answer": lambda: shown(cited(SPACED, SPACED, SPACED)),
    "question": lambda: shown(Answer(SPACED, SPACED + "!"), "working", SPACED),
    "draft": lambda: shown(replace(cited(), draft=SPACED, done=False), "working"),
    "failure": lambda: shown(Answer("q", "q"), "failed", SPACED),
    "model": lambda: shown(replace(cited(), trace=Trace(model=SPACED, seconds={"a": 1.0}))),
    "refusal": lambda: shown(
        Answer("q", "q", (Sentence(SPACED, ()),), refused=True, hits=(hit(SPACED, SPACED),), done=True)
    ),
    "evidence": lambda: panes.evidence_html(Document(SPACED, SPACED.replace("\ud800", "") * 3, (0, 40)), 20, 60),
    "documents": lambda: panes.documents_html([DocumentInfo(SPACED, (SPACED,), 1, 1, 1, "")]),
    "status": lambda: panes.status_html(SPACED, fault=True),
    "gone": lambda: panes.gone_html(SPACED),
    "no pages": lambda: panes.no_pages_html(SPACED, 0, 1, 1, SPACED),
}


@pytest.mark.parametrize("part", NASTY_HTML)
def test_data_never_becomes_markup(part: str) -> None:
    html = NASTY_HTML[part]()
    seen = harmless(html)
    assert "<script>" in seen.text or "<script>" in html.replace("&lt;", "<").replace("&gt;", ">")
    html.encode("utf-8")  # half surrogates, as odd file names have them, cannot be sent to a browser


def test_a_sentence_ends_with_its_marks() -> None:
    html = shown(cited())
    chip = re.search(r'<button type="button" class="fn-chip".*?</button>', html)
    assert chip
    assert 'data-document="d1" data-start="10" data-end="27"' in chip[0]
    assert 'aria-label="Footnote 1: open harbour.pdf, page 3"' in chip[0]
    assert 'data-tip="Forty boats came."' in chip[0]
    assert html.index("came.") < chip.start() < html.index("fn-notes"), "mark after its sentence, quotes below"


def test_a_mark_without_a_citation_is_left_out() -> None:
    answer = replace(cited(), sentences=(Sentence("Forty boats came.", (1, 7)),))
    assert shown(answer).count('class="fn-chip"') == 1


def test_quotes_are_verbatim_and_complete() -> None:
    quote = "Long  words,\nkept as they are. " * 40
    seen = Tags(shown(cited(quote)))
    assert quote in seen.text


@pytest.mark.parametrize(("standalone", "told"), [("How many?", False), ("How many boats came?", True)])
def test_read_as_is_shown_only_when_the_question_was_rewritten(standalone: str, told: bool) -> None:
    assert ("read as:" in shown(replace(cited(), standalone=standalone))) is told


def test_a_refusal_is_no_error_and_names_the_nearest_as_such() -> None:
    answer = Answer("q", "q", (Sentence("Not there.", ()),), refused=True, hits=(hit(), hit()), done=True)
    html = shown(answer)
    assert "fn-refusal" in html
    assert "fn-fault" not in html
    assert 'role="alert"' not in html
    assert html.count('class="fn-near"') == 2
    assert html.index("Not there.") < html.index("Nearest passages") < html.index("not an answer")


def test_an_unchecked_draft_is_marked_and_gone_when_done() -> None:
    answer = replace(cited(), draft="Perhaps fifty", done=False)
    working = shown(answer, "working", "Writing a draft")
    assert "not yet checked" in working
    assert "Perhaps fifty" in working
    assert 'role="status"' in working
    assert "Perhaps fifty" not in shown(answer)
    assert "Perhaps fifty" not in shown(answer, "stopped")


def test_stopped_and_failed_say_so() -> None:
    assert "nothing was checked yet" in shown(Answer("q", "q"), "stopped")
    assert "what is above was checked" in shown(cited(), "stopped")
    assert 'role="alert">no model</p>' in shown(Answer("q", "q"), "failed", "no model")


def test_exchanges_are_numbered_through() -> None:
    chat = Chat((Exchange(cited(), "done"), Exchange(cited(), "done"), Exchange(cited(), "done")))
    assert 'aria-label="Question 3"' in answers.exchanges_html(chat, 2, 3)
    assert answers.exchanges_html(chat, 0, 2).count("<article") == 2


@pytest.mark.parametrize(
    ("source", "name"),
    [("/a/b/c.pdf", "c.pdf"), ("C:\\a\\c.pdf", "c.pdf"), ("c.pdf", "c.pdf"), ("/a/b/", "b"), ("/", "/")],
)
def test_name_of(source: str, name: str) -> None:
    assert render.name_of(source) == name


def test_shortened_keeps_whole_words() -> None:
    assert render.shortened("one two  three", 100) == "one two three"
    assert render.shortened("one two, three", 9) == "one two …"


def test_evidence_marks_exactly_the_quote_and_names_the_page() -> None:
    document = Document("/x/ledger.pdf", "Page one.\nPage two has forty boats.\nPage three.", (0, 10, 36))
    start = document.text.index("forty")
    html = panes.evidence_html(document, start, start + 11)
    assert "<mark>forty boats</mark>" in html
    assert re.search(r"<h2[^>]*><bdi[^>]*>ledger.pdf</bdi><span[^>]*><bdi>page 2</bdi></span></h2>", html)
    assert re.findall(r'role="separator">(page \d)<', html) == ["page 1", "page 2", "page 3"]


def test_a_quote_across_pages_is_marked_on_both() -> None:
    html = panes.evidence_html(Document("a.pdf", "abcdef", (0, 3)), 2, 4)
    assert re.findall("<mark>(.*?)</mark>", html) == ["c", "d"]


@pytest.mark.parametrize(("start", "end"), [(0, 0), (-5, 3), (2, 10**9), (10**9, 10**9), (4, 2)])
def test_any_span_can_be_asked_for(start: int, end: int) -> None:
    assert Tags(panes.evidence_html(Document("a.txt", "abcdef"), start, end)).depth == 0
    assert Tags(panes.evidence_html(Document("a.txt", ""), start, end)).depth == 0


def test_a_long_document_is_cut_at_lines_around_the_quote() -> None:
    text = "".join(f"line {n} of the ledger\n" for n in range(20_000))
    start = text.index("line 10000 ")
    html = panes.evidence_html(Document("a.txt", text), start, start + 10)
    body = re.search(r'before this are not shown</span>(.*)<span class="fn-omitted">', html, re.DOTALL)
    assert body
    assert len(html) < 25_000
    plain = re.sub("</?mark>", "", body[1])
    assert plain.startswith("line ")
    assert plain in text
    assert plain.endswith("ledger"), "ends with a whole line"


def test_documents_are_counted_and_named() -> None:
    infos = [DocumentInfo(f"d{n}", (f"/u/file{n}.txt",), 1234, 0, 3, "") for n in range(6)]
    text = Tags(panes.documents_html(infos)).text
    assert "6 documents" in text
    assert "file3.txt …" in text
    assert "file5.txt1,234 characters" in text
    assert "No documents yet" in panes.documents_html([])
    assert "Add files" in render.empty_html(0)
    assert "Add files" not in render.empty_html(3)


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def test_a_page_is_a_picture_inside_the_page_with_its_marks_over_it() -> None:
    image = PageImage(3, 100, 140, "image/png", b"\0\1", (Mark(0.1, 0.2, 0.5, 0.025), Mark(0.1, 0.225, 0.2, 0.025)))
    html = panes.pages_html(Document(SPACED, "text"), 4, 9, 7, [image])
    assert 'data-start="4" data-end="9" data-number="7"' in html
    assert re.findall(r'<img src="([^"]*)"', html) == ["data:image/png;base64,AAE="]
    assert "tail, page 3, with the quote marked" in html
    assert html.count('class="fn-mark"') == 2
    assert 'style="left: 10.000%; top: 20.000%; width: 50.000%; height: 2.500%"' in html
    assert Tags(html).tags == {"div", "img", "i"} and not {"onerror", "onload"} & Tags(html).attributes


def test_only_a_quote_from_a_pdf_can_be_seen_on_its_page() -> None:
    pdf, text = Document("a.PDF", "One. Two.", (0,)), Document("a.txt", "One. Two.")
    assert "fn-sheet" in panes.evidence_html(pdf, 0, 4) and 'aria-label="Pages of a.PDF"' in panes.evidence_html(
        pdf, 0, 4
    )
    for shown_as_text in (panes.evidence_html(pdf, 0, 0), panes.evidence_html(text, 0, 4)):
        assert "fn-sheet" not in shown_as_text and "fn-views" not in shown_as_text


def test_why_there_is_no_page_is_one_plain_line() -> None:
    html = panes.no_pages_html("d1", 0, 1, 2, "the file is inside an archive")
    assert Tags(html).text == "No page to show: the file is inside an archive. This is the text that was read."


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [":root", ".dark"])
def test_all_text_has_contrast_aa(scheme: str) -> None:
    css = (Path(render.__file__).parent / "style.css").read_text(encoding="utf-8")
    colours = _colours(css.split(scheme + " {", 1)[1].split("}", 1)[0])
    pairs = [
        *((ink, paper) for ink in ("ink", "soft", "accent") for paper in ("paper", "sheet", "wash")),
        ("accent", "accent-wash"), ("on-accent", "accent"), ("mark-ink", "mark"), ("refuse", "refuse-wash"),
        ("refuse", "sheet"),
        ("ink", "refuse-wash"), ("fault", "fault-wash"), ("fault", "sheet"), ("sheet", "fault"), ("paper", "ink"),
        *((ink, wash) for ink in ("ink", "soft") for wash in ("accent-wash", "fault-wash")),
    ]  # fmt: skip
    poor = {pair: _contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert not {pair: ratio for pair, ratio in poor.items() if ratio < 4.5}


def test_nothing_is_loaded_from_elsewhere() -> None:
    for file in Path(render.__file__).parent.glob("*"):
        if file.suffix in {".css", ".js", ".py"}:
            assert not re.search(r"https?://|@import|url\(", file.read_text(encoding="utf-8")), file
