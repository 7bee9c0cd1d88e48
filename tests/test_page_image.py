"""Pages of PDFs as pictures: the quote is marked where it stands, and nothing is marked where that is not certain."""

import io
import os
import re
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from index.archives import parts
from index.errors import UserError
from index.library import Library
from index.load_pdf import read_pdf
from index.page_image import Mark, PageImage, PageImages
from index.page_quote import Box, Glyph, find_quote, line_boxes
from index.rows import Stamp
from index.settings import IndexSettings
from index.types import Document
from tests.standins_index import HashEncoder, pdf_lines, write_pdf

LINES = (
    "All of this explains what the word manipulation stands for, and what manip-",
    "ulation does; it is a long-term plan, as every other plan of these is a long-",
    "term plan, and it holds the number of the part, which is the number A-",
    "12, until the end of this page.",
)
TOP = 800


def drawn(path: Path, quote: str, images: PageImages | None = None, nth: int = 0) -> Sequence[PageImage]:
    """The pages with the nth place of the quote in what is read of the file."""
    document = read_pdf(path).document(str(path))
    start = [match.start() for match in re.finditer(re.escape(quote), document.text)][nth]
    return (images or PageImages()).of(document, [Stamp(str(path), 0, -1)], start, start + len(quote))


def line_of(mark: Mark) -> int:
    """Which of the lines of `pdf_lines`, from 0, the middle of the mark is on."""
    baseline = 842 * (1 - mark.top - mark.height / 2) - 12 * 0.3
    return round((TOP - baseline) / 14)


def ink(image: PageImage, left: float, top: float, right: float, bottom: float) -> int:
    """How many dark pixels there are in a part of the page, given in shares of it."""
    picture = Image.open(io.BytesIO(image.data)).convert("L")
    box = (
        int(left * picture.width),
        int(top * picture.height),
        int(right * picture.width),
        int(bottom * picture.height),
    )
    return sum(picture.crop(box).histogram()[:128])


# -- where the quote stands


def test_a_quote_is_marked_where_it_stands(tmp_path: Path) -> None:
    file = write_pdf(tmp_path / "a.pdf", [pdf_lines("One line.", "The second of the lines.", "A third line.")])
    (image,) = drawn(file, "The second of the lines.")
    (mark,) = image.marks
    assert (image.page, line_of(mark)) == (1, 1)
    assert mark.left == pytest.approx(72 / 595, abs=0.003)
    assert ink(image, mark.left, mark.top, mark.left + mark.width, mark.top + mark.height) > 300
    beside = (mark.left + mark.width, mark.top, 1, mark.top + mark.height)
    assert ink(image, *beside) == 0, "the mark covers the line to its end"
    assert Image.open(io.BytesIO(image.data)).size == (image.width, image.height)


def test_a_quote_over_hyphenated_lines_has_a_mark_on_each(tmp_path: Path) -> None:
    file = write_pdf(tmp_path / "a.pdf", [pdf_lines(*LINES)])
    (image,) = drawn(
        file, "what manipulation does; it is a long-term plan, as every other plan of these is a long-term plan"
    )
    assert [line_of(mark) for mark in image.marks] == [0, 1, 2]
    first, second, third = image.marks
    assert first.left > 0.6 and second.left == third.left == pytest.approx(72 / 595, abs=0.003)
    assert ink(image, first.left + first.width, first.top, 1, first.top + first.height) == 0, "with the hyphen"
    (image,) = drawn(file, "the number A-12, until")
    assert [line_of(mark) for mark in image.marks] == [2, 3]


def test_of_equal_words_those_that_are_meant_are_marked(tmp_path: Path) -> None:
    file = write_pdf(tmp_path / "a.pdf", [pdf_lines("Tea: 2.", "Milk: 3.", "Tea: 2.", "Milk: 3.", "Tea: 2.")])
    assert [line_of(drawn(file, "Tea: 2.", nth=n)[0].marks[0]) for n in range(3)] == [0, 2, 4]


def test_a_running_head_that_was_left_out_is_not_taken_for_the_quote(tmp_path: Path) -> None:
    def page(number: int) -> list[tuple[float, float, float, str]]:
        return [
            (72, 820, 9, "The Book of Things"),
            *pdf_lines(
                f"Page {number} tells of", "The Book of Things", f"and number {number}", f"ends on {number}", top=790
            ),
        ]

    file = write_pdf(tmp_path / "a.pdf", [page(number) for number in range(4)])
    document = read_pdf(file).document(str(file))
    at = document.text.index("The Book of Things", document.pages[2])
    (image,) = PageImages().of(document, [Stamp(str(file), 0, -1)], at, at + 18)
    (mark,) = image.marks
    assert image.page == 3 and mark.top == pytest.approx(1 - 776 / 842, abs=0.02)


def test_a_quote_over_two_pages_gives_both(tmp_path: Path) -> None:
    file = write_pdf(tmp_path / "a.pdf", [pdf_lines("First.", "It began here"), pdf_lines("and ended there.", "Last.")])
    images = drawn(file, "It began here\n\nand ended there.")
    assert [(image.page, [line_of(mark) for mark in image.marks]) for image in images] == [(1, [1]), (2, [0])]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_marked_as_it_is_shown(tmp_path: Path, turn: int) -> None:
    file = write_pdf(tmp_path / "a.pdf", [pdf_lines("A line.")])
    turned = file.read_bytes().replace(b"/MediaBox [0 0 595 842]", b"/MediaBox [0 0 595 842]/Rotate %d" % turn)
    file.write_bytes(turned)  # the table at the end is out of step now, which pdfium mends
    (image,) = drawn(file, "A line.")
    (mark,) = image.marks
    assert (image.width < image.height) == (turn % 180 == 0)
    assert ink(image, mark.left, mark.top, mark.left + mark.width, mark.top + mark.height) == ink(image, 0, 0, 1, 1)
    assert mark.width * mark.height < 0.002


def test_a_cropped_page_is_marked_as_it_is_shown(tmp_path: Path) -> None:
    file = write_pdf(tmp_path / "a.pdf", [pdf_lines("A line.", *[""] * 20, "Out of sight.")])
    cropped = file.read_bytes().replace(b"/MediaBox [0 0 595 842]", b"/MediaBox [0 0 595 842]/CropBox [50 600 300 842]")
    file.write_bytes(cropped)
    (image,) = drawn(file, "A line.")
    (mark,) = image.marks
    assert mark.left == pytest.approx(22 / 250, abs=0.005)
    assert ink(image, mark.left, mark.top, mark.left + mark.width, mark.top + mark.height) == ink(image, 0, 0, 1, 1) > 0


def test_find_quote_folds_what_reading_changes_and_doubts_what_is_not_certain() -> None:
    assert find_quote("An e\ufb03\r\ncient co\x02op", "An efficient co-op", 3, 18) == (3, 17)
    assert find_quote("one two", "one two three", 8, 13) is None
    assert find_quote("one two", "one  two", 3, 5) is None, "white space is no quote"
    # Equal words on the page more often than in what was read of it, and nothing around them that tells.
    assert find_quote("x Tea y Tea z", "Tea", 0, 3) is None
    assert find_quote("x Tea y Tea z", "y Tea", 2, 5) == (8, 10)


def test_boxes_are_joined_along_the_line_and_not_across() -> None:
    def glyph(left: float, bottom: float, angle: float = 0.0) -> Glyph:
        return Glyph(Box(left, bottom, left + 8, bottom + 10), angle)

    assert line_boxes([glyph(0, 50), glyph(8, 50), glyph(0, 38)]) == [(0, 50, 16, 60), (0, 38, 8, 48)]
    assert len(line_boxes([glyph(0, 50), glyph(60, 50)])) == 2, "another column"
    assert line_boxes([glyph(0, 0, 1.5708), glyph(0, 10, 1.5708)]) == [(0, 0, 8, 20)], "a line that runs upwards"
    assert len(line_boxes([glyph(0, 0, 0.6), glyph(6, 4, 0.6)])) == 2, "a slanting line"
    assert line_boxes([]) == []


# -- when there is no picture


def fault_of(path: Path, quote: str, stamp: Stamp, document: Document, images: PageImages | None = None) -> str:
    start = document.text.index(quote)
    with pytest.raises(UserError) as caught:
        (images or PageImages()).of(document, [stamp], start, start + len(quote))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_pdf(tmp_path / "a.pdf", [pdf_lines("The number is 5.", "It stays.")])


def old(path: Path) -> Stamp:
    """The file's stamp, after it was made to look as if it had not changed for long."""
    long_ago = time.time_ns() - 10**12
    os.utime(path, ns=(long_ago, long_ago))
    return Stamp(str(path), path.stat().st_size, long_ago)


def test_a_file_that_is_gone(file: Path) -> None:
    document = read_pdf(file).document(str(file))
    stamp = old(file)
    file.unlink()
    assert "no longer where it was read" in fault_of(file, "It stays.", stamp, document)


def test_a_file_that_has_changed_although_the_quote_is_still_there(file: Path) -> None:
    document = read_pdf(file).document(str(file))
    stamp = old(file)
    images = PageImages()
    start = document.text.index("It stays.")
    assert images.of(document, [stamp], start, start + 9)
    write_pdf(file, [pdf_lines("The number is 6.", "It stays.")])
    assert "has changed since it was read" in fault_of(file, "It stays.", stamp, document, images)
    file.write_text("no PDF any more")
    assert "has changed since it was read" in fault_of(file, "It stays.", stamp, document, images)


def test_a_file_that_was_only_touched_or_read_at_once_is_what_it_was(file: Path) -> None:
    document = read_pdf(file).document(str(file))
    for stamp in (Stamp(str(file), file.stat().st_size, -1), Stamp(str(file), 1, 1)):
        assert PageImages().of(document, [stamp], 0, 16)


def test_a_copy_stands_in_for_a_file_that_is_gone(file: Path, tmp_path: Path) -> None:
    document = read_pdf(file).document("gone.pdf")
    assert PageImages().of(document, [Stamp(str(tmp_path / "gone.pdf"), 1, 1), old(file)], 0, 16)


def test_a_file_inside_an_archive(file: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(file, "a.pdf")
    (part,) = parts(tmp_path / "all.zip", tmp_path)
    assert part.document
    inside = Stamp(str(tmp_path / "all.zip" / "a.pdf"), 1, 1)
    assert fault_of(file, "It stays.", inside, part.document) == "the file is inside an archive"


def test_a_quote_that_is_not_on_the_page(file: Path) -> None:
    document = Document(str(file), "The number is 7. It stays.", (0,))
    assert "could not be found again" in fault_of(file, "The number is 7.", old(file), document)


def test_a_document_without_pages_and_a_quote_of_everything(file: Path) -> None:
    assert "no page" in fault_of(file, "It stays.", old(file), Document(str(file), "It stays."))
    long = Document(str(file), "a b c d e", (0, 2, 4, 6, 8))
    assert "more than 3 pages" in fault_of(file, "a b c d e", old(file), long)


def test_a_protected_file(file: Path) -> None:
    document = read_pdf(file).document(str(file))
    encrypt = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<%s> <%s>] /Size"
    data = file.read_bytes().replace(b"/Size", encrypt % (b"00" * 32, b"11" * 32, b"22" * 16, b"22" * 16))
    file.write_bytes(data)
    assert "password" in fault_of(file, "It stays.", old(file), document)


# -- limits


def test_a_page_that_takes_too_long_or_too_much(tmp_path: Path) -> None:
    line = b"BT /F1 12 Tf 72 700 Td (A line.) Tj ET "
    heavy = line + b"q 0 0 595 842 re W n " + b"0 0 m 595 842 l 300 0 l 0 842 l 595 0 l f* " * 400_000 + b"Q"
    file = write_pdf(tmp_path / "a.pdf", [pdf_lines("A line.")])
    data = file.read_bytes()
    start, end = data.index(b"<< /Length"), data.index(b"endstream")
    file.write_bytes(data[:start] + b"<< /Length %d >>\nstream\n%s\n" % (len(heavy), heavy) + data[end:])
    document = Document(str(file), "A line.", (0,))
    assert (
        fault_of(file, "A line.", old(file), document, PageImages(seconds=1))
        == "the page takes more than 1 seconds to draw"
    )
    write_pdf(file, [pdf_lines("A line.")])
    assert "the page" in fault_of(file, "A line.", old(file), document, PageImages(megabytes=40))


@pytest.mark.parametrize("box", ["0 0 14400 14400", "0 0 14400 20", "0 0 3 14400", "0 0 10 10"])
def test_a_picture_is_bounded_whatever_the_page(tmp_path: Path, box: str) -> None:
    file = write_pdf(tmp_path / "a.pdf", [[(0, 1, 8, "Ax")]])
    file.write_bytes(file.read_bytes().replace(b"[0 0 595 842]", f"[{box}]".encode()))
    (image,) = drawn(file, "Ax")
    assert 0 < image.width <= 1241 and 0 < image.height <= 2481


# -- the library


@pytest.fixture
def library(file: Path, tmp_path: Path) -> Iterator[Library]:
    with Library(IndexSettings(home=tmp_path / "home"), HashEncoder()) as opened:
        assert [report.verdict for report in opened.add([file])] == ["added"]
        yield opened


def test_the_library_draws_and_keeps_pages_of_files_that_stay_the_same(library: Library, file: Path) -> None:
    old(file)
    (info,) = library.documents()
    start = library.document(info.id).text.index("It stays.")
    (image,) = first = library.page_images(info.id, start, start + 9)
    assert line_of(image.marks[0]) == 1
    assert library.page_images(info.id, start, start + 9) is first, "kept in memory"
    with pytest.raises(UserError, match="no document"):
        library.page_images(str(file), start, start + 9)
    write_pdf(file, [pdf_lines("The number is 6.", "It stays.")])
    with pytest.raises(UserError, match="has changed"):
        library.page_images(info.id, start, start + 9)
    list(library.remove([info.id]))
    with pytest.raises(UserError, match="no document"):
        library.page_images(info.id, start, start + 9)
