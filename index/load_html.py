"""Web pages in, readable text out: blocks on lines of their own, table cells side by side."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.decode import clean, decode
from index.extract import Extract, outline

_SKIPPED = frozenset({
    "script", "style", "nav", "noscript", "template", "svg", "iframe", "object", "canvas", "video", "audio", "head",
    "select", "button", "textarea",
})  # fmt: skip
_BLOCKS = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre", "section", "article",
    "main", "header", "footer", "aside", "figure", "details", "hr", "form", "fieldset", "address",
})  # fmt: skip
_LINES = frozenset({
    "div", "li", "dt", "dd", "tr", "br", "caption", "summary", "figcaption", "legend", "option", "center", "body",
    "html",
})  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CELLS = frozenset({"td", "th"})
_LAYOUT = frozenset({"p", "div", "table", "ul", "ol", "h1", "h2", "h3", "h4", "blockquote", "pre"})
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


def read_html(path: Path) -> Extract:
    """The text of a page without scripts, styles and navigation, its title first unless a heading repeats it."""
    return extract_html(path.read_bytes())


def extract_html(data: bytes) -> Extract:
    """As `read_html`, of the page's bytes."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_decoded(data))
    title_node = tree.css_first("head title")
    title = " ".join(title_node.text().split()) if title_node else ""
    headings = {" ".join(node.text().split()).casefold() for node in tree.css("h1")}
    writer = _Writer()
    if title and title.casefold() not in headings:
        writer.write(title)
        writer.end_line(2)
    if tree.body is not None:
        _walk(tree.body, writer)
    return writer.extract()


def _decoded(data: bytes) -> str:
    """By byte order mark or as UTF-8 when it is; else as the page says; else by a guess."""
    declared = _CHARSET.search(data[:4096])
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            try:
                return clean(data.decode(declared[1].decode("ascii"), errors="replace"))
            except LookupError:
                pass
    return decode(data)


class _Writer:
    """Collects text; white space is folded and line ends are written only between pieces of text."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._ends = 0  # line ends due before the next text
        self._length = 0
        self._headings: list[tuple[int, int, str]] = []
        self._heading: tuple[int, str] | None = None  # rank and title of one whose words come next
        self._space = self._glued = False

    def write(self, text: str, verbatim: bool = False) -> None:
        text = clean(text) if self._pieces or not verbatim else clean(text).lstrip()
        folded = text if verbatim else " ".join(text.split())
        if not folded.strip():
            self._space = self._space or bool(text)
            return
        if self._ends and self._pieces:
            self._append("\n" * self._ends)
        elif self._pieces and (self._space or (not verbatim and text[0].isspace())):
            self._append(" ")
        if self._heading:
            self._headings.append((self._length, *self._heading))
            self._heading = None
        self._append(folded)
        self._ends, self._space, self._glued = 0, not verbatim and text[-1].isspace(), False

    def begin_item(self) -> None:
        """Write a list item's mark; what follows stays on its line."""
        self.write("- ")
        self._glued = True

    def end_line(self, count: int) -> None:
        if not self._glued:
            self._ends = max(self._ends, count)

    def heading(self, rank: int, title: str) -> None:
        """The words that come next are a heading."""
        self._heading = rank, title

    def extract(self) -> Extract:
        return Extract("".join(self._pieces).rstrip(), sections=outline(self._headings))

    def _append(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)


def _walk(root: Any, writer: _Writer) -> None:
    """Write everything below `root` in order; without recursion, for pages may be nested thousands deep."""
    cells = pre = 0  # how many open data cells and preformatted elements there are
    for node, entering in _events(root):
        tag = node.tag
        if tag == "-text":
            if entering:
                writer.write(node.text_content or "", verbatim=pre > 0 and not cells)
        elif tag in _CELLS:
            if _is_data(node):
                cells += 1 if entering else -1
                if entering and _has_cell_before(node):
                    writer.write(" | ")
            else:
                writer.end_line(1)
        elif tag in _BLOCKS or tag in _LINES:
            pre += (1 if entering else -1) if tag == "pre" else 0
            if cells:
                writer.write(" ")
                continue
            writer.end_line(2 if tag in _BLOCKS else 1)
            if tag == "li" and entering:
                writer.begin_item()
            if tag in _HEADINGS and entering:
                writer.heading(int(tag[1]), clean(node.text()))


def _events(root: Any) -> Iterator[tuple[Any, bool]]:
    """(node, True) on entering and (node, False) on leaving; what is not to be read is left out."""
    node, entering = root, True
    while node is not None:
        if entering and not _is_hidden(node):
            yield node, True
            if node.child is not None:
                node = node.child
                continue
            yield node, False
        elif not entering:
            yield node, False
        if node.mem_id == root.mem_id:  # comparing nodes would compare their whole text
            return
        node, entering = (node.next, True) if node.next is not None else (node.parent, False)


def _is_hidden(node: Any) -> bool:
    if node.tag in _SKIPPED or node.tag == "-comment":
        return True
    attributes = node.attributes if node.tag != "-text" else {}
    return "hidden" in attributes or attributes.get("aria-hidden") == "true" or attributes.get("role") == "navigation"


def _is_data(cell: Any) -> bool:
    """Whether a table cell holds a value, not a part of a page laid out by a table."""
    child = cell.child
    while child is not None:
        if child.tag in _LAYOUT:
            return False
        child = child.next
    return True


def _has_cell_before(cell: Any) -> bool:
    before = cell.prev
    while before is not None and before.tag == "-text":
        before = before.prev
    return before is not None and before.tag in _CELLS
