"""Files in, documents out: every kind, every encoding, and every way in which a file can be bad."""

import os
import zipfile
from pathlib import Path

import docx
import pytest

from index.errors import UserError
from index.loaders import LOADERS, load
from tests.standins_index import pdf_lines, write_pdf


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


# -- text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Zoë paid 5 € — “really”."),
        ("utf-8-sig", "Zoë paid 5 €."),
        ("utf-16", "Zoë paid 5 €."),
        ("utf-16-le", "Zoe paid for all of the five books."),
        ("utf-16-be", "Zoe paid for all of the five books."),
        ("utf-32", "Zoë paid 5 €."),
        ("cp1252", "Le café était fermé à Noël, dit l’élève."),
        ("cp1252", "Müller ging über die Straße."),
        ("cp1252", "El señor Núñez comió jamón."),
        ("cp1252", "The price is £5 — “cheap”."),
        ("cp1250", "Zażółć gęślą jaźń, powiedział król."),
        ("cp1251", "Привет, как дела? Меня зовут Иван."),
        ("shift_jis", "これは日本語の文章です。今日は天気がいいですね。"),
        ("gb18030", "这是一个中文句子。今天天气很好。"),
    ],
)
def test_text_of_any_encoding(tmp_path: Path, encoding: str, text: str) -> None:
    assert text_of(written(tmp_path / "a.txt", text.encode(encoding))) == text


def test_markdown_is_kept_as_it_is_written(tmp_path: Path) -> None:
    text = "# Title\n\n* item  \n\n```\nx  =  1\n```\n"
    assert text_of(written(tmp_path / "a.md", text)) == text


def test_the_source_is_the_absolute_path_and_a_link_leads_to_its_file(tmp_path: Path) -> None:
    file = written(tmp_path / "a.txt", "text")
    (tmp_path / "link.txt").symlink_to(file)
    assert load(tmp_path / "link.txt")[0].source == str(file.resolve())


def test_line_ends_are_the_same_everywhere(tmp_path: Path) -> None:
    assert text_of(written(tmp_path / "a.txt", b"a\r\nb\rc\nd\x0ce")) == "a\nb\nc\nd\ne"


def test_control_characters_and_surrogates_never_survive(tmp_path: Path) -> None:
    text = text_of(written(tmp_path / "a.txt", b"one\0two \x1b[31m three\x07 " + b"filler " * 20))
    assert text.startswith("onetwo [31m three filler")
    broken, warnings = load(written(tmp_path / "b.txt", b"\xff\xfe" + "ab".encode("utf-16-le") + b"\x00\xd8c\x00"))
    assert broken.text == "ab\ufffdc" and warnings == ("1 character could not be read",)
    assert "\ud800" not in text_of(written(tmp_path / "c.html", "<p>a&#xD800;b&#0;c"))


def test_suffixes_in_capitals_are_known(tmp_path: Path) -> None:
    assert text_of(written(tmp_path / "A.TXT", "text")) == "text"


# -- web pages


def html(tmp_path: Path, page: str | bytes) -> str:
    return text_of(written(tmp_path / "a.html", page))


def test_a_page_is_read_in_blocks(tmp_path: Path) -> None:
    page = (
        "<title>Shop</title><nav>Home</nav><script>no()</script><style>no{}</style><h1>Prices</h1>"
        "<p>Text  <b>bol</b>d,\n<i>it</i>.<br>New&nbsp;line &amp; more.<p>H<sub>2</sub>O <!-- no -->"
        "<ul><li>One<li><p>Two</p></ul>"
        "<table><tr><th>Item</th><th>Cost</th></tr><tr><td>Tea</td><td>2<br>EUR</td></tr></table>"
        "<p hidden>no</p><div>a<div>b</div>c</div><noscript>no</noscript>"
    )
    assert html(tmp_path, page) == (
        "Shop\n\nPrices\n\nText bold, it.\nNew line & more.\n\nH2O\n\n- One\n- Two\n\n"
        "Item | Cost\nTea | 2 EUR\n\na\nb\nc"
    )


def test_a_title_that_is_the_heading_is_not_repeated(tmp_path: Path) -> None:
    assert html(tmp_path, "<title> The  Shop </title><h1>the shop</h1><p>Text") == "the shop\n\nText"


def test_a_table_that_lays_out_a_page_is_no_table(tmp_path: Path) -> None:
    page = "<table><tr><td><p>Left one.</p><p>Left two.</p></td><td><div>Right.</div></td></tr></table>"
    assert html(tmp_path, page) == "Left one.\n\nLeft two.\n\nRight."


def test_preformatted_text_keeps_its_lines(tmp_path: Path) -> None:
    assert html(tmp_path, "<p>x</p><pre>a\n  b   c</pre><p>y</p>") == "x\n\na\n  b   c\n\ny"


def test_the_encoding_that_a_page_declares_is_used(tmp_path: Path) -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>Привет'
    assert html(tmp_path, page.encode("koi8-r")) == "Привет"
    assert html(tmp_path, '<meta charset="no-such-thing"><p>é'.encode("cp1252")) == "é"


def test_a_page_nested_deeply_is_read(tmp_path: Path) -> None:
    assert html(tmp_path, "<span>" * 20_000 + "inside") == "inside"


# -- Word


def test_word_paragraphs_and_tables_in_order(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Report", 0)
    document.add_paragraph("First paragraph.\tAfter a tab.")
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(table._cells, ["Item", "Cost", "Note", "Tea", "2 EUR", ""], strict=True):
        cell.text = text
    merged = document.add_table(rows=1, cols=2)
    merged.cell(0, 0).merge(merged.cell(0, 1)).text = "Both"
    document.add_paragraph("Point one", style="List Bullet")
    document.add_paragraph("Point two", style="List Bullet")
    document.add_heading("Second part", 1)
    document.add_paragraph("")
    document.add_paragraph("Last.")
    document.save(str(tmp_path / "a.docx"))
    assert text_of(tmp_path / "a.docx") == (
        "Report\n\nFirst paragraph.\tAfter a tab.\n\nItem | Cost | Note\nTea | 2 EUR | \nBoth\n\n"
        "- Point one\n- Point two\n\nSecond part\n\nLast."
    )


def test_word_text_in_links_insertions_fields_and_boxes(tmp_path: Path) -> None:
    from docx.oxml import parse_xml

    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    document = docx.Document()
    for inner in (
        "<w:ins><w:r><w:t>inserted</w:t></w:r></w:ins><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>",
        "<w:hyperlink><w:r><w:t>linked</w:t></w:r></w:hyperlink><w:r><w:br/><w:t>below</w:t></w:r>",
        "<w:r><w:t>beside</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>",
    ):
        document.element.body.insert(0, parse_xml(f"<w:p {space}>{inner}</w:p>"))
    wrapped = f"<w:sdt {space}><w:sdtContent><w:p><w:r><w:t>filled in</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    document.element.body.insert(0, parse_xml(wrapped))
    document.save(str(tmp_path / "a.docx"))
    assert text_of(tmp_path / "a.docx") == "filled in\n\nbeside\n\nboxed\n\nlinked\nbelow\n\ninserted"


# -- PDF


def test_pdf_lines_are_joined_into_paragraphs(tmp_path: Path) -> None:
    page = pdf_lines(
        "The first paragraph of this page is long enough to be set on two",
        "lines, and its second line ends early.",
        "",
        "The second paragraph follows after a gap, and it is wrapped at the",
        "same place as the first.",
    )
    document, warnings = load(write_pdf(tmp_path / "a.pdf", [page]))
    assert document.text == (
        "The first paragraph of this page is long enough to be set on two lines, and its second line ends early.\n\n"
        "The second paragraph follows after a gap, and it is wrapped at the same place as the first."
    )
    assert warnings == () and document.pages == (0,)


def test_pdf_headings_items_and_short_lines_stay_on_their_lines(tmp_path: Path) -> None:
    page = [
        (72, 800, 20, "A heading in large letters"),
        *pdf_lines(
            "Some text below it that is long enough to fill all of the line it is",
            "on. Then come two items:",
            "- the first item",
            "- the second item",
            "Tea 2",
            "Milk 3",
            top=770,
        ),
    ]
    assert text_of(write_pdf(tmp_path / "a.pdf", [page])) == (
        "A heading in large letters\n\n"
        "Some text below it that is long enough to fill all of the line it is on. Then come two items:\n"
        "- the first item\n- the second item\nTea 2\nMilk 3"
    )


def test_pdf_words_split_at_the_end_of_a_line_are_joined(tmp_path: Path) -> None:
    page = pdf_lines(
        "All of this explains what the word manipulation stands for, and what manip-",
        "ulation does; it is a long-term plan, as every other plan of these is a long-",
        "term plan, and it holds the number of the part, which is the number A-",
        "12, until the end.",
    )
    text = text_of(write_pdf(tmp_path / "a.pdf", [page]))
    assert "what manipulation does" in text
    assert "a long-term plan, and it" in text
    assert "number A-12, until" in text


def test_pdf_pages_start_where_they_say(tmp_path: Path) -> None:
    pages = [pdf_lines("Page one."), [], pdf_lines("Page three."), []]
    document, warnings = load(write_pdf(tmp_path / "a.pdf", pages))
    assert document.text == "Page one.\n\nPage three."
    assert [document.page_of(document.text.index(word)) for word in ("one", "three")] == [1, 3]
    assert len(document.pages) == 4
    assert warnings == ("2 of 4 pages hold no text (scanned?): 2, 4",)


def test_pdf_page_numbers_and_running_heads_are_left_out(tmp_path: Path) -> None:
    pages = [
        [
            (200, 820, 9, "The Book of Things"),
            *pdf_lines(f"A text that is the {word} of these, which fills all of its line, and", "ends on the next."),
            (280, 40, 9, f"- {number} -"),
        ]
        for number, word in enumerate(("first", "second", "third", "fourth"), 7)
    ]
    text = text_of(write_pdf(tmp_path / "a.pdf", pages))
    assert text.startswith("The Book of Things\n\nA text that is the first of these, which fills")
    assert text.count("The Book of Things") == 1 and "7" not in text and "8" not in text and text.count("A text") == 4


def test_pdf_numbers_that_are_no_page_numbers_stay(tmp_path: Path) -> None:
    pages = [pdf_lines("The total:", number) for number in ("1984", "12", "77", "3")]
    text = text_of(write_pdf(tmp_path / "a.pdf", pages))
    assert all(number in text for number in ("1984", "12", "77", "3"))
    assert text_of(write_pdf(tmp_path / "b.pdf", [pdf_lines("1"), pdf_lines("2")])).split() == ["1", "2"]


def test_a_scanned_pdf_is_said_to_be_one(tmp_path: Path) -> None:
    told = fault_of(write_pdf(tmp_path / "a.pdf", [[], []]))
    assert "no text on any of its 2 pages; probably a scan" in told


LEFT = ("The council met in the old town", "hall about the bridge. Its main-", "tenance will cost 4,200 euros.")
RIGHT = ("Nine of them were in favour of", "it and two against. The mayor ab-", "stained because of her brother.")


@pytest.mark.parametrize("by_row", [False, True])
def test_pdf_columns_are_read_one_after_the_other_however_they_are_drawn(tmp_path: Path, by_row: bool) -> None:
    left = [(72, 760 - 14 * row, 11, text) for row, text in enumerate(LEFT)]
    right = [(320, 760 - 14 * row, 11, text) for row, text in enumerate(RIGHT)]
    body = [line for pair in zip(left, right, strict=True) for line in pair] if by_row else [*left, *right]
    assert text_of(write_pdf(tmp_path / "a.pdf", [[(72, 800, 18, "Bridge report"), *body]])) == (
        "Bridge report\n\n"
        "The council met in the old town hall about the bridge. Its maintenance will cost 4,200 euros.\n\n"
        "Nine of them were in favour of it and two against. The mayor abstained because of her brother."
    )


def test_pdf_tables_are_rows_of_cells(tmp_path: Path) -> None:
    rows = (("Year", "Income", "Costs"), ("2029", "310", "290"), ("Year 2030", "355", "301"))
    cells = [(72 + 120 * c, 760 - 18 * r, 11, text) for r, row in enumerate(rows) for c, text in enumerate(row)]
    page = [(72, 800, 11, "What came in and went out:"), *cells, (72, 600, 11, "All in thousands.")]
    assert text_of(write_pdf(tmp_path / "a.pdf", [page])) == (
        "What came in and went out:\n\nYear | Income | Costs\n2029 | 310 | 290\nYear 2030 | 355 | 301\n\n"
        "All in thousands."
    )


def test_pdf_lines_with_a_gap_that_are_no_table_stay_lines(tmp_path: Path) -> None:
    head = [(72, 800, 11, "Acme and Sons"), (400, 800, 11, "12 May 2024")]
    items = [
        (x, 760 - 14 * n, 11, text) for n in range(3) for x, text in ((72, f"{n + 1}."), (110, f"Item number {n}"))
    ]
    text = text_of(write_pdf(tmp_path / "a.pdf", [[*head, *items]]))
    assert "|" not in text and "Acme and Sons 12 May 2024" in text and "2. Item number 1\n3. Item" in text


def test_pdf_special_characters(tmp_path: Path) -> None:
    assert text_of(write_pdf(tmp_path / "a.pdf", [pdf_lines("Cost (net): 5 £ é \\ x")])) == "Cost (net): 5 £ é \\ x"


def test_an_encrypted_pdf_is_said_to_be_one(tmp_path: Path) -> None:
    file = write_pdf(tmp_path / "a.pdf", [pdf_lines("secret")])
    encrypt = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<%s> <%s>] /Size"
    data = file.read_bytes().replace(b"/Size", encrypt % (b"00" * 32, b"11" * 32, b"22" * 16, b"22" * 16))
    assert "password" in fault_of(written(tmp_path / "a.pdf", data))


# -- faults


def test_a_missing_file(tmp_path: Path) -> None:
    assert "No such file" in fault_of(tmp_path / "a.txt")


def test_a_folder(tmp_path: Path) -> None:
    assert "folder where a file is expected" in fault_of(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert "not a regular file" in fault_of(tmp_path / "a.txt")


@pytest.mark.parametrize("suffix", LOADERS)
def test_an_empty_file(tmp_path: Path, suffix: str) -> None:
    assert "empty" in fault_of(written(tmp_path / f"a{suffix}", ""))


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".htm"])
def test_a_blank_file(tmp_path: Path, suffix: str) -> None:
    assert "holds no text" in fault_of(written(tmp_path / f"a{suffix}", " \n\t\xa0"))


def test_an_unknown_suffix_lists_the_known_ones(tmp_path: Path) -> None:
    fault = fault_of(written(tmp_path / "a.xyz", "text"))
    assert all(suffix in fault for suffix in LOADERS)


@pytest.mark.parametrize("suffix", [".pdf", ".docx"])
@pytest.mark.parametrize("content", [b"just some text", b"%PDF-1.4 broken", b"PK\x03\x04broken", b"\0" * 100])
def test_wrong_content_for_the_suffix(tmp_path: Path, suffix: str, content: bytes) -> None:
    assert "damaged" in fault_of(written(tmp_path / f"a{suffix}", content))


def test_a_zip_that_is_no_word_document(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("x.txt", "text")
    assert "not a Word document" in fault_of(tmp_path / "a.docx")


def test_an_encrypted_word_document(tmp_path: Path) -> None:
    assert "password" in fault_of(written(tmp_path / "a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600))


@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_a_picture_is_no_text(tmp_path: Path, suffix: str) -> None:
    assert "not a text file" in fault_of(
        written(tmp_path / f"a{suffix}", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe" * 50)
    )


def test_cut_files_never_raise_anything_else(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "whole.docx"))
    write_pdf(tmp_path / "whole.pdf", [pdf_lines("Some text.", "More text.")])
    loaded = 0
    for name in ("whole.docx", "whole.pdf"):
        data = (tmp_path / name).read_bytes()
        for part in range(1, 20):
            file = written(tmp_path / f"cut{Path(name).suffix}", data[: len(data) * part // 20])
            try:
                loaded += bool(load(file))
            except UserError as error:
                assert "\n" not in str(error)
    assert loaded < 38


def sections_of(path: Path) -> list[tuple[str, str]]:
    """The name of each section with the first line that stands in it."""
    document, _ = load(path)
    return [(name, document.text[start:].split("\n")[0]) for start, name in document.sections]


def test_markdown_sections_are_named_with_the_headings_above(tmp_path: Path) -> None:
    front, code = "---\ntitle: no heading\n---\nPreface.\n", "```\n# code\n```\n\n"
    text = front + "# One\n\nA.\n\n" + code + "Setext\n------\nB.\n\n#### Deep\n\n# Two #\nC.\n"
    assert sections_of(written(tmp_path / "a.md", text)) == [
        ("One", "# One"),
        ("One › Setext", "Setext"),
        ("One › Setext › Deep", "#### Deep"),
        ("Two", "# Two #"),
    ]


def test_sections_of_a_web_page(tmp_path: Path) -> None:
    page = (
        "<title>T</title><p>Before.<h1> Big\n<b>one</b></h1><p>a<h3>Small</h3><pre>\n code</pre><h2></h2><h1>Next</h1>b"
    )
    assert sections_of(written(tmp_path / "a.html", page)) == [
        ("Big one", "Big one"),
        ("Big one › Small", "Small"),
        ("Next", "Next"),
    ]


def test_sections_of_a_word_document(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Before.")
    document.add_heading("Scope", 1)
    document.add_paragraph("All of it.")
    document.add_heading("Limits", 2)
    document.save(str(tmp_path / "a.docx"))
    assert sections_of(tmp_path / "a.docx") == [("Scope", "Scope"), ("Scope › Limits", "Limits")]


def test_a_document_longer_than_anybody_wants_is_cut_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.loaders.LONGEST", 100)
    document, warnings = load(written(tmp_path / "a.txt", "word " * 50))
    assert document.text == ("word " * 20).strip()
    assert warnings == ("only the first 100 of 250 characters are kept",)
