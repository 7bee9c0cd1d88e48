"""Slides, OpenDocument, RTF, e-books and e-mail in, text out; and every way in which such a file can be bad."""

import time
import zipfile
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pptx.util import Inches

from index.errors import UserError
from index.load_rtf import _prepared
from index.loaders import load
from index.zipped_xml import open_parts, parse_xml, read_part

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600
BOMB = "<!DOCTYPE b [<!ENTITY a0 'lol'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
)  # closed with "]>"; a11 is a hundred thousand million times "lol"


def text_of(path: Path) -> str:
    return load(path)[0].text


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def fault_of(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        load(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    return str(caught.value)


def sections_of(path: Path) -> list[tuple[str, str]]:
    """The name of each section with the first line that stands in it."""
    document, _ = load(path)
    return [(name, document.text[start:].split("\n")[0]) for start, name in document.sections]


def zipped(path: Path, parts: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


# -- PowerPoint


def slides(path: Path) -> Path:
    show = Presentation()
    first = show.slides.add_slide(show.slide_layouts[1])
    first.shapes.title.text = "Plan\vfor May"
    first.placeholders[1].text = "Buy tea\nBuy milk"
    first.notes_slide.notes_text_frame.text = "Say why."
    show.slides.add_slide(show.slide_layouts[6])
    third = show.slides.add_slide(show.slide_layouts[6])
    for words, left, top in (("right", 5, 1), ("below", 1, 3), ("left", 1, 1.1)):
        third.shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1)).text_frame.text = words
    table = third.shapes.add_table(3, 2, Inches(1), Inches(4), Inches(4), Inches(1)).table
    for cell, words in zip(table.iter_cells(), ["Item", "Cost", "Tea", "2\nEUR", "Both", ""], strict=True):
        cell.text = words
    table.cell(2, 0).merge(table.cell(2, 1))
    group = third.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(6), Inches(2), Inches(1)).text_frame.text = "שלום grouped"
    third._element.set("show", "0")
    show.save(str(path))
    return path


def test_slides_are_read_in_the_order_of_the_eye(tmp_path: Path) -> None:
    document, warnings = load(slides(tmp_path / "a.pptx"))
    assert document.text == (
        "Plan\nfor May\n\n- Buy tea\n- Buy milk\n\nNotes: Say why.\n\n"
        "left\n\nright\n\nbelow\n\nItem | Cost\nTea | 2 EUR\nBoth\n\nשלום grouped"
    )
    assert warnings == ("1 of 3 slides hold no text: 2",)
    assert sections_of(tmp_path / "a.pptx") == [("slide 1: Plan for May", "Plan"), ("slide 3", "left")]


def test_bullets_switched_off_and_on_are_followed(tmp_path: Path) -> None:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    frame = slide.placeholders[1].text_frame
    frame.text = "Not a point\nA point"
    frame.paragraphs[0]._p.get_or_add_pPr().insert_element_before(_bullet("buNone"))
    box = slide.shapes.add_textbox(Inches(1), Inches(6), Inches(2), Inches(1)).text_frame
    box.text = "A step\nNo step"
    box.paragraphs[0]._p.get_or_add_pPr().insert_element_before(_bullet("buAutoNum"))
    opening = show.slides.add_slide(show.slide_layouts[0])
    opening.placeholders[1].text = "A subtitle"
    show.save(str(tmp_path / "a.pptx"))
    assert text_of(tmp_path / "a.pptx") == "Not a point\n\n- A point\n- A step\n\nNo step\n\nA subtitle"


def _bullet(name: str) -> Any:
    from pptx.oxml import parse_xml as parse

    return parse(f'<a:{name} xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"/>')


def test_a_chart_is_said_to_be_unread(tmp_path: Path) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = CategoryChartData()
    data.categories = ["a"]
    data.add_series("s", (1,))
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "Sales"
    slide.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(3), Inches(3), data)
    show.save(str(tmp_path / "a.pptx"))
    assert load(tmp_path / "a.pptx")[1] == ("charts and diagrams are not read, on 1 slide: 1",)


def test_an_encrypted_or_old_presentation(tmp_path: Path) -> None:
    assert "password" in fault_of(written(tmp_path / "a.pptx", OLE))


def test_an_entity_bomb_in_a_slide_does_not_go_off(tmp_path: Path) -> None:
    with zipfile.ZipFile(slides(tmp_path / "whole.pptx")) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    slide = parts["ppt/slides/slide1.xml"]
    assert isinstance(slide, bytes)
    head, _, rest = slide.decode().partition("?>")
    parts["ppt/slides/slide1.xml"] = head + "?>" + BOMB + "]>" + rest.replace("Buy tea", "Buy &a11;")
    assert "lollol" not in quickly(zipped(tmp_path / "a.pptx", parts))


def quickly(path: Path) -> str:
    """The text of a file, or nothing when it is said to be damaged; either in good time."""
    started = time.process_time()
    try:
        return text_of(path)
    except UserError as error:
        assert "damaged" in str(error) and "\n" not in str(error)
        return ""
    finally:
        assert time.process_time() - started < 5


# -- OpenDocument

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = "".join(
    f' xmlns:{name}="{ODF}{long}:1.0"'
    for name, long in [
        ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("show", "presentation"),
        ("m", "manifest"),
    ]
)  # fmt: skip


def odf(path: Path, inner: str, kind: str = "text", before: str = "", **parts: str) -> Path:
    body = f"<office:body><office:{kind}>{inner}</office:{kind}></office:body>"
    content = f'<?xml version="1.0"?>{before}<office:document-content{SPACES}>{body}</office:document-content>'
    return zipped(path, {"content.xml": content, **{name.replace("__", "/") + ".xml": p for name, p in parts.items()}})


def test_an_opendocument_text_is_read_in_order(tmp_path: Path) -> None:
    note = "<text:note-citation>1</text:note-citation><text:note-body><text:p>The note.</text:p></text:note-body>"
    note = f"<text:note>{note}</text:note>"
    box = "<draw:frame><draw:text-box><text:p>Boxed.</text:p></draw:text-box></draw:frame>"
    comment = "<office:annotation><text:p>no comment</text:p></office:annotation>"
    nested = "<text:list><text:list-item><text:p>Deep</text:p></text:list-item></text:list>"
    inner = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>deleted</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:h text:outline-level="1">Scope</text:h>'
        f"<text:p>All <text:span>of\n  it</text:span>{note},<text:tab/>two<text:s text:c='2'/>gaps{comment}"
        f"<text:line-break/>below{box}<!-- no --></text:p><text:p/>"
        '<text:section><text:h text:outline-level="2">Limits</text:h></text:section>'
        "<text:list><text:list-item><text:p>One</text:p><text:p>more of one</text:p></text:list-item>"
        f"<text:list-item><text:p>Two</text:p>{nested}</text:list-item></text:list>"
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Item</text:p>"
        "</table:table-cell><table:table-cell><text:p>Cost</text:p></table:table-cell></table:table-row>"
        "</table:table-header-rows><table:table-row><table:table-cell><text:p>Tea</text:p></table:table-cell>"
        "<table:table-cell><text:p>2</text:p><text:p>EUR</text:p></table:table-cell></table:table-row></table:table>"
        "<text:p>مرحبا بالعالم</text:p>"
    )
    assert text_of(odf(tmp_path / "a.odt", inner)) == (
        "Scope\n\nAll of it,\ttwo  gaps\nbelow\n\nThe note.\n\nBoxed.\n\nLimits\n\n"
        "- One\nmore of one\n- Two\n- Deep\n\nItem | Cost\nTea | 2 EUR\n\nمرحبا بالعالم"
    )
    assert sections_of(tmp_path / "a.odt") == [("Scope", "Scope"), ("Scope › Limits", "Limits")]


def test_opendocument_slides(tmp_path: Path) -> None:
    def frame(role: str, words: str) -> str:
        return f'<draw:frame show:class="{role}"><draw:text-box><text:p>{words}</text:p></draw:text-box></draw:frame>'

    notes = f"<show:notes>{frame('notes', 'Say why.')}</show:notes>"
    first = frame("page-number", "1") + frame("outline", "Tea.") + frame("title", "Plan") + notes
    inner = f"<draw:page>{first}</draw:page><draw:page/>"
    document, warnings = load(odf(tmp_path / "a.odp", inner, "presentation"))
    assert document.text == "Plan\n\nTea.\n\nNotes: Say why."
    assert warnings == ("1 of 2 slides hold no text: 2",)
    assert sections_of(tmp_path / "a.odp") == [("slide 1: Plan", "Plan")]


def test_an_encrypted_opendocument_file(tmp_path: Path) -> None:
    manifest = f"<m:manifest{SPACES}><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"
    parts: dict[str, str | bytes] = {"META-INF/manifest.xml": manifest, "content.xml": b"\x01\x02"}
    assert "password" in fault_of(zipped(tmp_path / "a.odt", parts))


def test_an_opendocument_file_of_another_kind(tmp_path: Path) -> None:
    assert "not an OpenDocument text" in fault_of(odf(tmp_path / "a.odt", "", "spreadsheet"))


def test_entities_in_opendocument_are_not_replaced(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret.txt", "the secret")
    for before, inner in (
        (f'<!DOCTYPE b [<!ENTITY f SYSTEM "{secret.as_uri()}">]>', "<text:p>Kept &f;.</text:p>"),
        ("<!DOCTYPE b [<!ENTITY f 'small'>]>", "<text:p>Kept &f;.</text:p>"),
        (f'<!DOCTYPE b SYSTEM "{secret.as_uri()}">', "<text:p>Kept .</text:p>"),
    ):
        assert text_of(odf(tmp_path / "a.odt", inner, before=before)) == "Kept ."
    for inner in ("<text:p>Kept &a11;.</text:p>", '<text:p text:x="&a11;">Kept .</text:p>'):
        assert "lollol" not in quickly(odf(tmp_path / "a.odt", inner, before=BOMB + "]>"))


def test_opendocument_nested_too_deeply_is_damaged(tmp_path: Path) -> None:
    inner = "<text:section>" * 5000 + "</text:section>" * 5000
    assert "damaged" in fault_of(odf(tmp_path / "a.odt", inner))


# -- rich text


def rtf(tmp_path: Path, inner: str | bytes) -> str:
    data = inner if isinstance(inner, bytes) else inner.encode()
    return text_of(written(tmp_path / "a.rtf", b"{\\rtf1\\ansi\\ansicpg1252\\deff0 " + data + b"}"))


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (r"caf\'e9 \'80 5 \'93so\'94 \u8364? \u-10179?\u-8704? a\~b \{c\} \\d", "café € 5 “so” € 😀 a\xa0b {c} \\d"),
        (b"caf\xe9 raw", "café raw"),
        (r"{\fonttbl{\f0\fnil Arial;}{\f1\froman\fcharset204 Times;}}\f1\'cf\'f0\'e8\'e2\'e5\'f2", "Привет"),
        (r"\u1513?\u1500?\u1493?\u1501?", "שלום"),
        (r"One.\par Two\line three.\par", "One.\n\nTwo\n\nthree."),
        (r"{\listtext\'b7\tab}One\par{\listtext 2.\tab}Two\par", "- One\n2. Two"),
        (r"\trowd Item\cell Cost\cell\row Tea\cell 2 EUR\cell\row\pard After", "Item | Cost\nTea | 2 EUR\n\nAfter"),
        (r"a{\deleted gone}b {\v0 c}", "ab c"),
        (r"a{\*\unknown gone}{\info{\title gone}}b", "ab"),
        (r'see {\field{\*\fldinst{HYPERLINK "http://x.example/"}}{\fldrslt the page}} now', "see the page now"),
        (rb"a{\pict\pngblip " + b"0123456789abcdef\r\n" * 500 + b"}b{\\pict\\bin5 }{}\\x}c", "abc"),
    ],
)  # fmt: skip
def test_rich_text(tmp_path: Path, inner: str | bytes, text: str) -> None:
    assert rtf(tmp_path, inner) == text


def test_footnotes_of_rich_text_are_said_to_be_unread(tmp_path: Path) -> None:
    document, warnings = load(written(tmp_path / "a.rtf", r"{\rtf1 Text{\super{\footnote Note.}}.}"))
    assert document.text == "Text." and warnings == ("1 footnote is not read",)


def test_what_is_no_rich_text(tmp_path: Path) -> None:
    assert "not an RTF file" in fault_of(written(tmp_path / "a.rtf", "just some text"))


@pytest.mark.parametrize(
    "junk",
    [
        r"{\fonttbl" + r"\f1" * 30_000,
        r"{\fonttbl" + r"\f1\fcharset0" * 20_000,
        r"{\field{\*\fldinst{" * 20_000,
        r"{\field{\*\fldinst{" + 'HYPERLINK "' * 20_000,
        "{" * 300_000,
        "}" * 300_000,
        "\\" * 300_000,
        "abcdef\n" * 60_000,
        "\\pict\\bin" * 30_000,
        r"\bin9999999999 x",
        r"\u9999999999 ",
        r"\uc \'zz \'",
    ],
)
def test_junk_in_rich_text_does_not_hold_anybody_up(tmp_path: Path, junk: str) -> None:
    file = written(tmp_path / "a.rtf", r"{\rtf1 Kept \par " + junk)
    quickly(file)


def test_rich_text_keeps_its_header_words(tmp_path: Path) -> None:
    assert _prepared(rb"{\rtf1\ansicpg1251 x}") == r"{\rtf1{\fonttbl}\ansicpg1251 x}"


# -- e-books

CONTAINER = f'<container xmlns="{ODF}container"><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>'


def epub(path: Path, pages: dict[str, str], more: dict[str, str | bytes] | None = None, opf: str = "") -> Path:
    items = "".join(f'<item id="i{n}" href="{name}"/>' for n, name in enumerate(pages))
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    package = opf or (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>The  Book</dc:title></metadata><manifest>{items}"
        '<item id="n" href="t.ncx" media-type="application/x-dtbncx+xml"/>'
        f'<item id="v" href="n/nav.xhtml" properties="nav"/></manifest><spine>{spine}</spine></package>'
    )
    parts: dict[str, str | bytes] = {"META-INF/container.xml": CONTAINER, "O/b.opf": package}
    parts |= {f"O/{name}".replace("%20", " "): page for name, page in pages.items() if page}
    return zipped(path, parts | (more or {}))


def test_a_book_is_read_chapter_by_chapter(tmp_path: Path) -> None:
    points = '<navPoint><navLabel><text>Preface</text></navLabel><content src="p%20one.xhtml"/></navPoint>'
    links = '<a href="../c2.xhtml#start">Second\n chapter</a><a href="../c3.xhtml#a">X</a><a href="../c3.xhtml#b">Y</a>'
    file = epub(
        tmp_path / "a.epub",
        {
            "p%20one.xhtml": "<html><head><title>The Book</title></head><body><p>Before all.</p></body></html>",
            "c1.xhtml": "<head><title>x</title></head><h1>One</h1><p>First.</p><h2>Part</h2><p>Of it.</p>",
            "c2.xhtml": "<head><title/><script src='x'/></head><p>Opening.</p><h3>Deep</h3><p><a id='q'/>Text.</p>",
            "c3.xhtml": "<p>שלום.</p>",
            "c4.xhtml": "<head><title>Last &amp; least</title></head><p>End.</p>",
            "blank.xhtml": "<p> </p>",
        },
        {
            "O/t.ncx": f"<ncx>{points}</ncx>",
            "O/n/nav.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><nav>{links}</nav></html>',
        },
    )
    document, warnings = load(file)
    assert document.text == (
        "The Book\n\nBefore all.\n\nOne\n\nFirst.\n\nPart\n\nOf it.\n\nOpening.\n\nDeep\n\nText.\n\nשלום.\n\nEnd."
    )
    assert warnings == ()
    assert sections_of(file) == [
        ("Preface", "Before all."),
        ("One", "One"),
        ("One › Part", "Part"),
        ("Second chapter", "Opening."),
        ("Second chapter › Deep", "Deep"),
        ("", "שלום."),
        ("Last & least", "End."),
    ]


def test_missing_parts_of_a_book_are_counted_and_looked_for_in_the_book_only(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret.xhtml", "<p>secret</p>")
    pages = {
        "c.xhtml": "<p>Here.</p>",
        "gone.xhtml": "",
        "../../etc/passwd": "",
        str(secret): "",
        "../../secret.xhtml": "",
    }
    document, warnings = load(epub(tmp_path / "a.epub", pages))
    assert document.text == "The Book\n\nHere."
    assert warnings == (f"4 parts of the book missing: O/gone.xhtml, ../etc/passwd, {secret}, ../secret.xhtml",)


def test_a_page_that_is_listed_often_is_read_once(tmp_path: Path) -> None:
    opf = (
        '<package><manifest><item id="a" href="a.xhtml"/><item/></manifest><spine>'
        + '<itemref idref="a"/>' * 1000
        + '<itemref/><itemref idref="b"/></spine></package>'
    )
    document, warnings = load(epub(tmp_path / "a.epub", {"a.xhtml": "<p>Once."}, opf=opf))
    assert document.text == "Once." and warnings == ("2 parts of the book missing: ?, b",)


@pytest.mark.parametrize(
    ("method", "uri", "refused"),
    [
        ("http://www.idpf.org/2008/embedding", "O/f.bin", False),
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "O/f.otf", False),
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "O/c.xhtml", True),
    ],
)
def test_only_a_book_with_hidden_fonts_is_read(tmp_path: Path, method: str, uri: str, refused: bool) -> None:
    rights = (
        '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>'
        f'<e:EncryptionMethod Algorithm="{method}"/>'
        f'<e:CipherData><e:CipherReference URI="{uri}"/></e:CipherData></e:EncryptedData></encryption>'
    )
    file = epub(tmp_path / "a.epub", {"c.xhtml": "<p>Text."}, {"META-INF/encryption.xml": rights})
    if refused:
        assert "DRM" in fault_of(file)
    else:
        assert "Text." in text_of(file)


def test_an_entity_bomb_in_a_book_does_not_go_off(tmp_path: Path) -> None:
    opf = BOMB + (
        ']><package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>T &a11;</dc:title></metadata>'
        '<manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>'
    )
    page = BOMB + "]><html><body><p>Kept &a11;.</p></body></html>"
    assert "lollol" not in quickly(epub(tmp_path / "a.epub", {"a.xhtml": page}, opf=opf))
    kept = quickly(epub(tmp_path / "b.epub", {"a.xhtml": page}))
    assert "Kept" in kept and "lollol" not in kept


def test_a_damaged_table_of_contents_does_not_keep_a_book_closed(tmp_path: Path) -> None:
    assert text_of(epub(tmp_path / "a.epub", {"a.xhtml": "<p>Kept."}, {"O/t.ncx": "<ncx><"})) == "The Book\n\nKept."


# -- e-mail


def test_a_message_is_read_with_its_head(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Date"] = (
        "Zoë <z@x.example>",
        "a@x.example, b@x.example",
        "Mon, 02 Mar 2020 10:00:00 +0100",
    )
    message["Subject"] = "Grüße " + "und mehr " * 15
    message.set_content("Plain מהיום.\n")
    message.add_alternative("<p>Rich</p>", subtype="html")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    message.add_attachment("notes", filename="b.txt")
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "Passed on", "c@x.example"
    inner.set_content("<h1>Big</h1><p>Inner.</p>", subtype="html")
    message.add_attachment(inner)
    document, warnings = load(written(tmp_path / "a.eml", message.as_bytes()))
    assert document.text == (
        "From: Zoë <z@x.example>\nTo: a@x.example, b@x.example\nDate: Mon, 02 Mar 2020 10:00:00 +0100\n"
        f"Subject: Grüße {'und mehr ' * 14}und mehr\n\nPlain מהיום.\n\n"
        "From: c@x.example\nSubject: Passed on\n\nBig\n\nInner."
    )
    assert warnings == ("2 attachments are not read: a.pdf, b.txt",)
    assert sections_of(tmp_path / "a.eml") == [("attached message: Passed on", "From: c@x.example")]


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain; charset=koi8-r", "Привет".encode("koi8-r"), "Привет"),
        ("text/plain; charset=no-such-thing", "Zoë — 5 €".encode(), "Zoë — 5 €"),
        ("text/plain; charset=us-ascii", "Müller ging über Straßen.".encode("cp1252"), "Müller ging über Straßen."),
        ("text/plain; charset=iso-8859-1", "“really”".encode("cp1252"), "“really”"),
        ("text/plain; charset=iso-8859-1", "Zoë".encode(), "Zoë"),
        ("text/plain; charset=utf-8", "Le café était fermé à Noël.".encode("cp1252"), "Le café était fermé à Noël."),
        ("text/plain; charset=hex", b"6162", "6162"),
        ("text/plain; charset*=x''%00", b"a\0b", "ab"),
        ("text/html; charset=windows-1251", "<p>Привет</p>".encode("cp1251"), "Привет"),
        ("text/html", '<meta charset="koi8-r"><p>Привет</p>'.encode("koi8-r"), "Привет"),
        ("text/calendar", b"Party", "Party"),
        ("text / broken;;; charset", b"Text", "Text"),
    ],
)  # fmt: skip
def test_charsets_of_mail_that_are_wrong_or_unknown(tmp_path: Path, kind: str, body: bytes, text: str) -> None:
    mail = b"Subject: S\r\nContent-Type: " + kind.encode() + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body
    assert text_of(written(tmp_path / "a.eml", mail)) == f"Subject: S\n\n{text}"


def parts_of_mail(kind: str, *parts: str) -> str:
    joined = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return f"Subject: S\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary=b\r\n\r\n{joined}--b--\r\n"


def test_the_best_of_alternatives_is_read(tmp_path: Path) -> None:
    blank, page = "Content-Type: text/plain\r\n\r\n \r\n", "Content-Type: text/html\r\n\r\n<p>Page</p>"
    plain, other = "Content-Type: text/plain\r\n\r\nPlain", "Content-Type: application/x\r\n\r\nx"
    for parts, text in (((blank, page), "Page"), ((plain, page), "Plain"), ((page, plain), "Plain"), ((other,), "")):
        file = written(tmp_path / "a.eml", parts_of_mail("alternative", *parts))
        assert text_of(file) == f"Subject: S\n\n{text}".strip()
    assert load(file)[1] == ("1 attachment is not read: application/x",)


def test_pictures_in_a_page_are_no_attachments(tmp_path: Path) -> None:
    page, picture = "Content-Type: text/html\r\n\r\n<p>Page</p>", "Content-Type: image/png; name=a.png\r\n\r\nx"
    footer = "Content-Type: text/plain\r\n\r\nA footer"
    document, warnings = load(written(tmp_path / "a.eml", parts_of_mail("related", page, picture)))
    assert document.text == "Subject: S\n\nPage" and warnings == ()
    assert (
        text_of(written(tmp_path / "a.eml", parts_of_mail("mixed", page, footer))) == "Subject: S\n\nPage\n\nA footer"
    )


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Subject: Grüße"),
        (b"Subject: =?no-such?q?abc?=", "Subject: abc"),
        (b"Subject: =?utf-8?b?!!!?= x", "Subject: "),
        ("Subject: Zoë".encode(), "Subject: Zoë"),
        (b"From: <<a@@b>, ;:,\r\nSubject: s", "Subject: s"),
        (b'From: "unclosed <a@b\r\nTo: :;,<>\r\nSubject: s', "Subject: s"),
        (b"no header at all\r\nSubject: s", ""),
        (b"Subject: s\r\nContent-Type: multipart/mixed", "Subject: s"),
        (b"Subject: s\r\nContent-Type: message/rfc822", "Subject: s"),
        (b"Subject: s\r\nContent-Type: multipart/mixed; boundary=\"\"", "Subject: s"),
        (b"Subject: s\r\nContent-Disposition: attachment; filename*=utf-8''%ff", "Subject: s"),
        (b"Subject: s\r\nContent-Transfer-Encoding: base64", "Subject: s"),
        (b"\r\n\r\n\xef\xbb\xbfSubject: s", ""),
    ],
)  # fmt: skip
def test_broken_headers_of_mail(tmp_path: Path, head: bytes, shown: str) -> None:
    try:
        assert shown in text_of(written(tmp_path / "a.eml", head + b"\r\n\r\nBody."))
    except UserError as error:
        assert not shown and "not an e-mail message" in str(error)


def test_mail_nested_deeply_is_no_fault_of_the_program(tmp_path: Path) -> None:
    mail = b"Subject: s\r\nContent-Type: message/rfc822\r\n\r\n" * 2000 + b"Body."
    try:
        load(written(tmp_path / "a.eml", mail))
    except UserError as error:
        assert "\n" not in str(error)


# -- faults of all of them

ALL = [".pptx", ".odt", ".odp", ".rtf", ".epub", ".eml"]


@pytest.mark.parametrize("suffix", ALL)
@pytest.mark.parametrize(
    "content", [b"just some text", b"%PDF-1.4 broken", b"PK\x03\x04broken", b"\0" * 100, b"\x89PNG\r\n\x1a\n\0\0\xff"]
)
def test_wrong_content_for_the_suffix(tmp_path: Path, suffix: str, content: bytes) -> None:
    assert "damaged" in fault_of(written(tmp_path / f"a{suffix}", content))


@pytest.mark.parametrize("suffix", [".pptx", ".odt", ".odp", ".epub"])
def test_a_zip_without_the_parts(tmp_path: Path, suffix: str) -> None:
    assert "damaged" in fault_of(zipped(tmp_path / f"a{suffix}", {"x.txt": "text"}))


def test_cut_files_never_raise_anything_else(tmp_path: Path) -> None:
    whole = [
        slides(tmp_path / "whole.pptx"),
        odf(tmp_path / "whole.odt", "<text:p>Text.</text:p>"),
        epub(tmp_path / "whole.epub", {"a.xhtml": "<p>Text."}),
        written(tmp_path / "whole.rtf", r"{\rtf1{\fonttbl{\f0\fcharset0 A;}}\f0 caf\'e9\par}"),
    ]
    loaded = 0
    for file in whole:
        data = file.read_bytes()
        for part in range(1, 20):
            try:
                loaded += bool(load(written(tmp_path / f"cut{file.suffix}", data[: len(data) * part // 20])))
            except UserError as error:
                assert "\n" not in str(error)
    assert loaded < 20


def test_what_would_burst_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.archive._LARGEST_PART", 1000)
    assert "too large" in fault_of(odf(tmp_path / "a.odt", "<text:p>" + "a" * 2000 + "</text:p>"))
    assert "too large" in fault_of(epub(tmp_path / "a.epub", {"a.xhtml": "a" * 2000}))
    monkeypatch.setattr("index.archive._LARGEST_PART", 10**9)
    monkeypatch.setattr("index.archive._LARGEST_WHOLE", 1000)
    assert "too large" in fault_of(slides(tmp_path / "a.pptx"))


def test_a_part_that_is_larger_than_it_says_is_read_no_further(tmp_path: Path) -> None:
    file = zipped(tmp_path / "a.zip", {"x": b"y" * 5000})
    data = bytearray(file.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    file.write_bytes(data)
    with open_parts(file, "a test") as archive, suppress(zipfile.BadZipFile):
        assert len(read_part(archive, "x")) <= 10


def test_xml_is_parsed_without_comments() -> None:
    assert [child.tag for child in parse_xml(b"<a><!-- no --><?no no?><b/></a>")] == ["b"]
    with pytest.raises(UserError):
        parse_xml(b"")
