"""The evidence pane and the documents strip as HTML. Pure functions; all data is escaped."""

from base64 import b64encode
from collections.abc import Sequence
from itertools import pairwise

from index.page_image import Mark, PageImage
from index.types import Document, DocumentInfo, place
from ui.render import esc, name_of, span_data, stage_html

REACH = 8_000  # characters shown before and after a quote: about four pages, quick to render
SLACK = 300  # characters given up to begin and end at a line or a word

NO_EVIDENCE = (
    f'<div class="fn-evidence-empty"><div class="fn-sketch" aria-hidden="true">{"<i></i>" * 7}</div><p>'
    "The source of an answer is shown here: its place in the document, with the exact words marked.</p></div>"
)


_GLASS = (
    '<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="1.5" stroke-linecap="round"><circle cx="6.8" cy="6.8" r="4.8"/>'
    '<path d="M10.4 10.4 14.4 14.4M4.8 6.8h4M6.8 4.8v4"/></svg>'
)
VIEWS = (
    '<div class="fn-views" role="group" aria-label="How the source is shown">'
    '<button type="button" class="fn-closer" aria-pressed="false" aria-label="Closer to the quote" '
    f'title="Closer to the quote">{_GLASS}</button><span class="fn-switch">'
    '<button type="button" data-view="page" aria-pressed="false">Page</button>'
    '<button type="button" data-view="text" aria-pressed="true">Text</button></span></div>'
)


def evidence_html(document: Document, start: int, end: int) -> str:
    """A document's text around the quote at [start, end), the quote marked; where start == end nothing is marked."""
    length = len(document.text)
    start, end = max(0, min(start, length)), max(0, min(end, length))
    low, high = _window(document.text, start, end)
    where = place(document.page_of(start), document.section_of(start))
    within = f'<span class="fn-page"><bdi>{esc(where)}</bdi></span>' if where else ""
    name, path = esc(name_of(document.source)), esc(document.source)
    on_pages = path.lower().endswith(".pdf") and bool(document.pages) and start < end
    return (
        f'<section class="fn-source" {span_data(document.id, start, end)} data-view="text">'
        f'<div class="fn-source-bar"><h2 tabindex="-1" class="fn-source-head"><bdi title="{path}">{name}</bdi>'
        f'{within}</h2><button type="button" class="fn-back">Back to the answer</button>'
        f"{VIEWS if on_pages else ''}</div>"
        f"{_sheet(name) if on_pages else ''}"
        f'<div class="fn-text" tabindex="0" role="region" aria-label="Text of {name}">'
        f"{_omitted(low, 'before')}{_text(document, low, high, start, end)}{_omitted(length - high, 'after')}"
        "</div></section>"
    )


def _window(text: str, start: int, end: int) -> tuple[int, int]:
    """The span to show: REACH characters to either side, cut at the end of a line or a word where there is one."""
    low, high = max(0, start - REACH), min(len(text), end + REACH)
    if low:
        low = next((at + 1 for mark in "\n " if (at := text.find(mark, low, min(start, low + SLACK))) >= 0), low)
    if high < len(text):
        high = next((at for mark in "\n " if (at := text.rfind(mark, max(end, high - SLACK), high)) >= 0), high)
    return low, high


def _text(document: Document, low: int, high: int, start: int, end: int) -> str:
    """The characters [low, high), with a rule where a page begins and the quote marked, also across pages."""
    pages = {at: number for number, at in enumerate(document.pages, start=1) if low <= at < high}
    pieces = []
    for a, b in pairwise(sorted({low, high, start, end, *pages})):
        if a in pages:
            pieces.append(f'<span class="fn-page-rule" role="separator">page {pages[a]}</span>')
        piece = esc(document.text[a:b])
        pieces.append(f"<mark>{piece}</mark>" if start <= a < end else piece)
    return "".join(pieces)


def _omitted(characters: int, where: str) -> str:
    return f'<span class="fn-omitted">{characters:,} characters {where} this are not shown</span>' if characters else ""


def _sheet(name: str) -> str:
    """Where the pages are put when somebody looks: the script asks for them, `pages_html` is what comes."""
    return (
        f'<div class="fn-sheet" tabindex="0" role="region" aria-label="Pages of {name}">'
        f"{stage_html('Drawing the page')}</div>"
    )


def pages_html(document: Document, start: int, end: int, number: int, images: Sequence[PageImage]) -> str:
    """The pages of a quote as pictures, in answer to the request of this number."""
    leaves = "".join(_leaf(name_of(document.source), image) for image in images)
    return _answer(document.id, start, end, number, leaves)


def no_pages_html(document: str, start: int, end: int, number: int, fault: str) -> str:
    """Why the pages of a quote are not shown, in answer to the request of this number."""
    told = f'<p class="fn-no-pages" role="status">No page to show: {esc(fault)}. This is the text that was read.</p>'
    return _answer(document, start, end, number, told)


def _answer(document: str, start: int, end: int, number: int, content: str) -> str:
    # No template element: gradio changes what is there into what comes, and does not see what is in one.
    return f'<div class="fn-drawn" {span_data(document, start, end)} data-number="{number}">{content}</div>'


def _leaf(name: str, image: PageImage) -> str:
    data = b64encode(image.data).decode("ascii")
    marks = "".join(_mark(mark) for mark in image.marks)
    return (
        f'<div class="fn-leaf" style="aspect-ratio: {image.width} / {image.height}">'
        f'<img src="data:{esc(image.kind)};base64,{data}" width="{image.width}" height="{image.height}" '
        f'alt="{esc(name)}, page {image.page}, with the quote marked">{marks}</div>'
    )


def _mark(mark: Mark) -> str:
    place = zip(("left", "top", "width", "height"), (mark.left, mark.top, mark.width, mark.height), strict=True)
    return f'<i class="fn-mark" style="{"; ".join(f"{side}: {share:.3%}" for side, share in place)}"></i>'


def gone_html(fault: str) -> str:
    """What the evidence pane says when a source cannot be shown."""
    return f'<div class="fn-evidence-empty"><p role="alert">{esc(fault)}</p></div>'


def documents_html(documents: Sequence[DocumentInfo]) -> str:
    """The number of documents, and their names behind it."""
    count = len(documents)
    if not count:
        return '<p class="fn-docs-line">No documents yet</p>'
    items = "".join(_document_item(info) for info in documents)
    plural = "document" if count == 1 else "documents"
    names = ", ".join(name_of(source) for info in documents[:4] for source in info.sources[:1])
    return (
        f'<details class="fn-docs"><summary><strong>{count} {plural}</strong> '
        f'<span class="fn-docs-names">{esc(names)}{" …" if count > 4 else ""}</span></summary>'
        f"<ul>{items}</ul></details>"
    )


def _document_item(info: DocumentInfo) -> str:
    names = ", ".join(name_of(source) for source in info.sources) or info.id
    size = f"{info.pages} pages" if info.pages > 1 else f"{info.characters:,} characters"
    return (
        f'<li><button type="button" class="fn-doc" {span_data(info.id, 0, 0)}>'
        f'<bdi title="{esc(", ".join(info.sources))}">{esc(names)}</bdi><span>{size}</span></button></li>'
    )


def status_html(text: str, fault: bool = False) -> str:
    """One line in the documents strip: opening, or why it could not."""
    if fault:
        return f'<p class="fn-fault" role="alert">{esc(text)}</p>'
    return stage_html(text)
