"""E-books (EPUB) in, text out: the chapters in reading order, each read as the web page that it is."""

import posixpath
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from index.errors import UserError
from index.extract import SEPARATOR, Extract, counted
from index.load_html import extract_html
from index.types import Section
from index.zipped_xml import open_parts, parse_xml, read_part

_HIDDEN_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")  # only against copying a font
_FONTS = (".ttf", ".otf", ".woff", ".woff2")
_TITLE = re.compile(rb"<title\b[^<>]*(?:/>|>([^<>]*)</title\s*>)", re.IGNORECASE)
# XML may close an element at once, HTML only these: else a script without words would swallow the whole chapter.
_CLOSED = re.compile(
    rb"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)([A-Za-z][\w:-]*)(\s[^<>]*)?/>"
)


class _Chapter(NamedTuple):
    title: str
    extract: Extract


def read_epub(path: Path) -> Extract:
    """The book's title and the text of its chapters with their headings as sections.

    A chapter whose headings do not begin it is a section under its title in the table of contents. Raises UserError
    when the book is protected or is none.
    """
    with open_parts(path, "an EPUB book") as archive:
        _check_rights(archive)
        container = parse_xml(read_part(archive, "META-INF/container.xml"))
        root = container.find(".//{*}rootfile[@full-path]")
        if root is None:
            raise UserError("not an EPUB book, or a damaged one")
        base = root.get("full-path")
        package = parse_xml(read_part(archive, base))
        title = " ".join((package.findtext("{*}metadata/{http://purl.org/dc/elements/1.1/}title") or "").split())
        items = {item.get("id"): item for item in package.iterfind("{*}manifest/{*}item")}
        labels = _labels(archive, [item for item in items.values() if item.get("href")], base)
        parts = [_part(base, items, ref) for ref in package.iterfind("{*}spine/{*}itemref")]
        present = [name for name in dict.fromkeys(parts) if name in archive.NameToInfo]
        chapters = [_chapter(read_part(archive, name), labels.get(name, ""), title) for name in present]
    missing = [name for name in dict.fromkeys(parts) if name not in present]
    warnings = (f"{counted(len(missing), 'part')} of the book missing: {', '.join(missing[:5])}",) if missing else ()
    return _joined(title, chapters, warnings)


def _check_rights(archive: zipfile.ZipFile) -> None:
    """Raises UserError when more than fonts is encrypted."""
    if "META-INF/encryption.xml" not in archive.NameToInfo:
        return
    for data in parse_xml(read_part(archive, "META-INF/encryption.xml")).iter("{*}EncryptedData"):
        method, reference = data.find("{*}EncryptionMethod"), data.find(".//{*}CipherReference")
        name = reference.get("URI", "") if reference is not None else ""
        hides_font = method is not None and method.get("Algorithm") in _HIDDEN_FONTS
        if not hides_font and not name.lower().endswith(_FONTS):
            raise UserError("protected against copying (DRM); only a copy without that protection can be read")


def _part(base: str, items: Mapping[str, Any], reference: Any) -> str:
    """The name in the archive of what the spine refers to."""
    name = reference.get("idref", "?")
    item = items.get(name)
    return _named(base, item.get("href")) if item is not None and item.get("href") else name


def _named(base: str, href: str) -> str:
    """The name in the archive of what the part `base` calls `href`."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(href.partition("#")[0])))


def _labels(archive: zipfile.ZipFile, items: list[Any], base: str) -> dict[str, str]:
    """What the table of contents calls each part, of those that it has a single name for."""
    found: dict[str, set[str]] = {}
    for item in items:
        contents = _named(base, item.get("href"))
        is_page = "nav" in item.get("properties", "").split()
        if not is_page and item.get("media-type") != "application/x-dtbncx+xml":
            continue
        try:
            tree = parse_xml(read_part(archive, contents))
        except UserError:  # the book can be read without it
            continue
        if is_page:
            pairs = [(link.get("href", ""), _words(link)) for link in tree.iter("{*}a")]
        else:
            points = [(point.find("{*}content"), point.find("{*}navLabel")) for point in tree.iter("{*}navPoint")]
            pairs = [(at.get("src", ""), _words(name)) for at, name in points if None not in (at, name)]
        for href, words in pairs:
            found.setdefault(_named(contents, href), set()).add(words)
    return {name: next(iter(words)) for name, words in found.items() if len(words) == 1}


def _words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _chapter(page: bytes, label: str, book: str) -> _Chapter:
    """A page of the book; without a label its title is the page's, if that is not the book's."""
    page = _CLOSED.sub(rb"<\1\2></\1>", page)
    titled = _TITLE.search(page)
    if titled:
        page = page[: titled.start()] + page[titled.end() :]  # else it would be part of the text
    own = " ".join(extract_html(titled[1]).text.split()) if titled and titled[1] else ""
    return _Chapter(label or (own if own.casefold() != book.casefold() else ""), extract_html(page))


def _joined(title: str, chapters: list[_Chapter], warnings: tuple[str, ...]) -> Extract:
    pieces, sections = [title] if title else [], []
    length = len(title)
    for name, extract in chapters:
        if not extract.text:
            continue
        start = length + 2 if pieces else 0
        own = extract.sections
        if not own or own[0].start > 0:
            sections.append(Section(start, name))
            own = tuple(Section(at, SEPARATOR.join(filter(None, (name, under)))) for at, under in own)
        sections += [Section(start + at, under) for at, under in own]
        pieces.append(extract.text)
        length = start + len(extract.text)
    return Extract("\n\n".join(pieces), sections=tuple(sections), warnings=warnings)
