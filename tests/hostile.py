"""Files made to do harm, or only damaged, each with the verdict that it must get; made on the spot."""

import io
import os
import re
import socket
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import docx
from pptx import Presentation

from tests.standins_index import pdf_lines, write_pdf

MEGA, GIGA = 1 << 20, 1 << 30
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
LAUGHS = "<!DOCTYPE b [<!ENTITY a0 'lol'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
)  # closed with "]>"; a11 is a hundred thousand million times "lol"
CONTAINER = f'<container xmlns="{ODF}container"><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>'
LONG_NAME = "n" * 246 + ".txt"  # 250 characters
BAD_NAME = os.fsdecode(b"bad\xff.txt")


@dataclass(frozen=True)
class Case:
    """A file (or what stands in its place) and what is to become of it.

    `told` are pieces of the reason or of a warning; what is `known` to be in the file must be found. Of an archive,
    `members` are its files by their path in it.
    """

    name: str
    make: Callable[[Path], object]
    verdict: str  # of the file itself; empty when only its members have one
    told: tuple[str, ...] = ()
    known: bool = False
    members: Mapping[str, tuple[str, str]] | None = None  # verdict and a piece of the reason


def code(name: str) -> str:
    """A word that is in this file alone."""
    letters = zlib.crc32(name.encode("utf-8", "surrogateescape")).to_bytes(4, "big").hex()
    return "zq" + letters.translate(str.maketrans("0123456789", "ghjklmnprs"))


def say(name: str) -> str:
    return f"The {code(name)} is kept in the barn."


def _text(name: str) -> bytes:
    return say(name).encode()


def written(content: bytes | str) -> Callable[[Path], object]:
    data = content.encode() if isinstance(content, str) else content
    return lambda path: path.write_bytes(data)


def zipped(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def zipping(parts: Mapping[str, str | bytes]) -> Callable[[Path], object]:
    return lambda path: zipped(path, parts)


# -- PDF


def _replaced(path: Path, pages: Sequence[str], old: bytes, new: bytes) -> None:
    data = write_pdf(path, [pdf_lines(page) if page else [] for page in pages]).read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


def _locked_pdf(path: Path) -> None:
    entry = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<%s> <%s>] /Size"
    _replaced(path, ["secret"], b"/Size", entry % (b"00" * 32, b"11" * 32, b"22" * 16, b"22" * 16))


def _cut_pdf(path: Path) -> None:
    data = write_pdf(path, [pdf_lines(say(path.name)) for _ in range(9)]).read_bytes()
    path.write_bytes(data[: len(data) // 9])


def _cyclic_pdf(path: Path) -> None:
    _replaced(path, [say(path.name)], b"/Kids [5 0 R]", b"/Kids [2 0 R]")


def _looping_pdf(path: Path) -> None:
    """The page's contents are an array that holds itself."""
    _replaced(path, [say(path.name)], b"<< /Type /Page /Parent 2 0 R", b"<< /Type /Page /Parent 5 0 R")


# -- zip bombs


def _bombed(path: Path, name: str, others: Mapping[str, str | bytes], size: int = 10 * GIGA) -> None:
    """A zip file with a member of `size` zeros, made without writing them: one stretch of 16 MB, again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    stretch = packer.compress(bytes(16 * MEGA)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = stretch * (size // (16 * MEGA)) + b"\x03\x00"
    zipped(path, others)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.compress_type, info.file_size, info.compress_size = zipfile.ZIP_DEFLATED, size, len(packed)
        file = archive.fp
        assert file
        file.seek(archive.start_dir)
        info.header_offset, info.CRC = file.tell(), 0
        file.write(info.FileHeader(zip64=True) + packed)
        archive.filelist.append(info)
        archive.start_dir = file.tell()
        archive._didModify = True  # type: ignore[attr-defined]


def bombing(name: str, others: Mapping[str, str | bytes]) -> Callable[[Path], object]:
    return lambda path: _bombed(path, name, others)


def docx_parts() -> dict[str, bytes]:
    saved = io.BytesIO()
    docx.Document().save(saved)
    return _unzipped(saved)


def pptx_parts() -> dict[str, bytes]:
    saved, show = io.BytesIO(), Presentation()
    show.slides.add_slide(show.slide_layouts[6])
    show.save(saved)
    return _unzipped(saved)


def _unzipped(file: io.BytesIO) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _without(parts: Mapping[str, str | bytes], name: str) -> dict[str, str | bytes]:
    return {key: value for key, value in parts.items() if key != name}


def odt(inner: str, before: str = "") -> str:
    names = " ".join(f'xmlns:{name}="{ODF}{name}:1.0"' for name in ("office", "text", "table", "draw"))
    body = f"<office:body><office:text>{inner}</office:text></office:body>"
    return f"{before}<office:document-content {names}>{body}</office:document-content>"


def book(page: str | None, title: str = "", before: str = "") -> dict[str, str | bytes]:
    spine = "<itemref idref='i'/>" if page is not None else ""
    package = (
        f"{before}<package xmlns='http://www.idpf.org/2007/opf'><metadata xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<dc:title>{title}</dc:title></metadata><manifest><item id='i' href='p.xhtml'/></manifest>"
        f"<spine>{spine}</spine></package>"
    )
    return {"META-INF/container.xml": CONTAINER, "b.opf": package, **({"p.xhtml": page} if page is not None else {})}


def _laughing_docx(path: Path) -> None:
    parts = docx_parts()
    name = "word/document.xml"
    body = re.sub(r"<\?xml.*?\?>", "", parts[name].decode())
    body = body.replace("<w:body>", "<w:body><w:p><w:r><w:t>&a11;</w:t></w:r></w:p>")
    zipped(path, {**parts, name: f"{LAUGHS}]>{body}"})


# -- archives


def _locked_zip(path: Path) -> None:
    data = bytearray(zipped(path, {"open.txt": say("locked.zip/open.txt"), "shut.txt": "secret"}).read_bytes())
    local, central = data.index(b"PK\x03\x04", 1), data.rindex(b"PK\x01\x02")
    data[local + 6] |= 1
    data[central + 8] |= 1
    path.write_bytes(data)


def tarred(path: Path, members: Iterable[tuple[tarfile.TarInfo, bytes]], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data) if data else None)
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def _tar_of_links(path: Path) -> None:
    members = [
        (entry("passwd.txt", tarfile.SYMTYPE, "/etc/passwd"), b""),
        (entry("hard.txt", tarfile.LNKTYPE, "../../../etc/passwd"), b""),
        (entry("zero.txt", tarfile.CHRTYPE), b""),
        (entry("pipe.txt", tarfile.FIFOTYPE), b""),
        (entry("good.txt"), _text("links.tar/good.txt")),
    ]
    tarred(path, members)


def _cut_tar(path: Path) -> None:
    members = [
        (entry("first.txt"), _text("cut.tar.gz/first.txt")),
        (entry("last.txt"), os.urandom(50_000).hex().encode()),
    ]
    data = tarred(path, members, "w:gz").read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _tar_of_bad_names(path: Path) -> None:
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for name in (os.fsdecode(b"a\xff.txt"), "good.txt"):
            info = entry(name)
            data = _text(f"names.tar/{name}".replace("\udcff", "\ufffd"))
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


# -- what is no file, or not to be had


def _own_loop(path: Path) -> None:
    path.symlink_to(path)


def _up(path: Path) -> None:
    path.symlink_to(path.parent)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "inner.txt").write_text(say("folder.txt/inner.txt"))


def _spaces(path: Path) -> None:
    with path.open("wb") as file:
        for _ in range(200):
            file.write(b" " * MEGA)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(20 * GIGA)


def _circular_ole(path: Path) -> None:
    """An OLE file whose table of sectors leads from each sector to itself."""
    header = OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 1, 1, 0, 1) + struct.pack("<I", 0) + b"\xff" * 432
    path.write_bytes(header[:512] + b"".join(struct.pack("<I", n) for n in range(128)) + bytes(2048))


def _html(inner: str) -> bytes:
    return f"<html><body>{inner}</body></html>".encode()


BROKEN_MAIL = (
    b'From: a\nContent-Type: multipart/mixed; boundary="x\n--x\nContent-Type: text/plain; charset=\xff\xfe\n'
    b"Content-Transfer-Encoding: base64\n\n!!!not base64!!!\n--x\nContent-Type: multipart/x; boundary=x\n\n"
)
TEXTS = (
    Case("zero.txt", written(b""), "failed", ("empty",)),
    Case("blank.txt", written(" \r\n\t\u00a0\u3000\n" * 99), "failed", ("holds no text",)),
    Case("blank.html", written(_html("<p> &nbsp; </p><script>x = 1</script>")), "failed", ("holds no text",)),
    Case("spaces.txt", _spaces, "failed", ("holds no text",)),
    Case("sparse.txt", _sparse, "failed", ("takes more than 2048 MB",)),
    Case("words.txt", written(say("words.txt") + " and so on" * (5 * MEGA // 10)), "added", (), True),
    Case("letter.txt", written(say("letter.txt") + " " + "x" * 5 * MEGA), "added", (), True),
    Case("accents.txt", written(say("accents.txt") + " e" + "\u0301" * 100_000), "added", (), True),
    Case("utf16.txt", written(say("utf16.txt").encode("utf-16-le")), "added", (), True),
    Case("mixed.txt", written("Ça été déjà à Köln. ".encode() * 9 + "Grüße ".encode("latin-1") + _text("mixed.txt")),
         "added", ("2 characters could not be read",), True),
    Case("cut.txt", written(_text("cut.txt") + " Über Straßen, größer".encode()[:-3]), "added",
         ("1 character could not be read",), True),
    Case("nuls.txt", written(b"A nul\0 or two\0. " + _text("nuls.txt")), "added", (), True),
    Case("binary.txt", written(b"\0\1\2\xfe\xff" * 2000), "failed", ("not a text file",)),
    Case("arabic.txt", written("\u202eمرحبا بالعالم\u202c. " + say("arabic.txt")), "added", (), True),
    Case("deep.html", written(_html("<div>" * 30_000 + say("deep.html"))), "added", (), True),
    Case("attribute.html", written(_html(f"<p title='{'x' * 5 * MEGA}'>{say('attribute.html')}</p>")), "added", (),
         True),
    Case("heading.html", written(_html(f"<h1>{'word ' * 200_000}</h1>" + "<h2>Part</h2><p>Text.</p>" * 500
                                       + f"<p>{say('heading.html')}</p>")), "added", (), True),
    Case("junk.rtf", written(b"{\\rtf1" + b"{\\*\\x\\'zz\\u99999999999 " * 2000 + _text("junk.rtf")), "failed"),
    Case("broken.eml", written(BROKEN_MAIL), "added", ("1 attachment is not read",)),
)  # fmt: skip
NOT_WHAT_THEY_SAY = (
    Case("pdf.docx", lambda path: write_pdf(path, [pdf_lines("x")]), "failed", ("not a Word document",)),
    Case("png.txt", written(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20), "failed", ("not a text file",)),
    Case("page.txt", written(_html(f"<p>{say('page.txt')}</p>")), "added", (), True),
    Case("zip.pdf", zipping({"a.txt": "x"}), "failed", ("not a PDF",)),
    *(Case(f"text{kind}", written(say(f"text{kind}")), "failed", ("damaged",))
      for kind in (".pdf", ".docx", ".pptx", ".odt", ".odp", ".epub", ".rtf", ".eml", ".zip", ".tar", ".tar.gz")),
    Case("circular.docx", _circular_ole, "failed", ("password",)),
    Case("circular.doc", _circular_ole, "skipped"),
)  # fmt: skip
PDFS = (
    Case("scanned.pdf", lambda path: write_pdf(path, [[], [], []]), "failed", ("holds no text", "scan")),
    Case("partly.pdf", lambda path: write_pdf(path, [[], pdf_lines(say("partly.pdf")), [], []]), "added",
         ("3 of 4 pages hold no text", "1, 3, 4"), True),
    Case("locked.pdf", _locked_pdf, "failed", ("password",)),
    Case("cut.pdf", _cut_pdf, "failed", ("damaged",)),
    Case("cyclic.pdf", _cyclic_pdf, "failed", ("holds no text",)),
    Case("looping.pdf", _looping_pdf, "added", (), True),
)  # fmt: skip
PACKED = (
    Case("bomb.docx", lambda path: _bombed(path, "word/document.xml", _without(docx_parts(), "word/document.xml")),
         "failed", ("too large when unpacked",)),
    Case("bomb.pptx", lambda path: _bombed(path, "ppt/slides/slide1.xml",
                                           _without(pptx_parts(), "ppt/slides/slide1.xml")),
         "failed", ("too large when unpacked",)),
    Case("bomb.odt", bombing("content.xml", {}), "failed", ("too large when unpacked",)),
    Case("bomb.epub", bombing("p.xhtml", _without(book(""), "p.xhtml")), "failed", ("too large when unpacked",)),
    Case("laughs.docx", _laughing_docx, "failed", ("damaged",)),
    Case("laughs.odt", zipping({"content.xml": odt("<text:p>&a11;</text:p>", LAUGHS + "]>")}), "failed",
         ("damaged",)),
    Case("laughs.epub", zipping(book("<p>x</p>", "&a11;", LAUGHS + "]>")), "failed", ("damaged",)),
    Case("spine.epub", zipping(book(None, "A title")), "failed", ("holds no text",)),
    Case("nodoc.docx", zipping({"x.xml": "<x/>"}), "failed", ("not a Word document",)),
)  # fmt: skip
EVIL = {
    "../../evil.txt": "evil.txt", "/etc/absolute.txt": "etc/absolute.txt", "..\\back\\slash.txt": "back/slash.txt",
    "C:\\windows\\drive.txt": "C:/windows/drive.txt",
}  # fmt: skip
ARCHIVES = (
    Case("bomb.zip", bombing("zeros.txt", {"a.txt": say("bomb.zip/a.txt")}), "", members={
        "zeros.txt": ("failed", "more than 1,024 MB"), "a.txt": ("added", "")}),
    Case("nested.zip", lambda path: zipped(path, {
        "inner.zip": zipped(path, {"deep.txt": "deep"}).read_bytes(), "out.txt": say("nested.zip/out.txt")}), "",
         members={"inner.zip": ("skipped", ""), "out.txt": ("added", "")}),
    Case("only.zip", lambda path: zipped(path, {"inner.zip": "x", "photo.jpg": "x"}), "failed", ("2 of other kinds",)),
    Case("none.zip", zipping({}), "failed", ("holds no files",)),
    Case("tricks.zip", zipping({name: say(f"tricks.zip/{safe}") for name, safe in EVIL.items()}), "",
         members=dict.fromkeys(EVIL.values(), ("added", ""))),
    Case("twice.zip", zipping({"a.txt": say("twice.zip/a.txt"), "../a.txt": "Another."}), "", members={
        "a.txt": ("added", ""), "a.txt#2": ("failed", "same name")}),
    Case("locked.zip", _locked_zip, "", members={"open.txt": ("added", ""), "shut.txt": ("failed", "password")}),
    Case("many.zip", zipping({f"{number}.txt": "" for number in range(20_000)}), "failed",
         ("more than 10,000 files",), members={"77.txt": ("failed", "empty")}),
    Case("links.tar", _tar_of_links, "", members={"good.txt": ("added", "")}),
    Case("cut.tar.gz", _cut_tar, "failed", ("damaged",), members={"first.txt": ("added", "")}),
    Case("names.tar", _tar_of_bad_names, "", members={"a\ufffd.txt": ("added", ""), "good.txt": ("added", "")}),
)  # fmt: skip
NO_FILES = (
    Case("self.txt", _own_loop, "failed", ("symbolic links",)),
    Case("up", _up, ""),
    Case("dangling.txt", lambda path: path.symlink_to(path.with_name("nowhere.txt")), ""),
    Case("nowhere.txt", lambda path: None, "failed", ("No such file",)),  # what dangling.txt leads to
    Case("pipe.txt", lambda path: os.mkfifo(path), "skipped"),
    Case("socket.txt", _socket, "skipped"),
    Case("folder.txt", _folder, "", members={"inner.txt": ("added", "")}),
)  # fmt: skip
NAMES = (
    Case("new\nline.txt", written(say("new\nline.txt")), "added", (), True),
    Case(BAD_NAME, written(_text(BAD_NAME)), "failed", ("not valid Unicode",)),
    Case(LONG_NAME, written(say(LONG_NAME)), "added", (), True),
    Case("red\x1b[31m\x9b.txt", written(say("red\x1b[31m\x9b.txt")), "added", (), True),
    Case("UPPER.TXT", written(say("UPPER.TXT")), "added", (), True),
)
CASES = (*TEXTS, *NOT_WHAT_THEY_SAY, *PDFS, *PACKED, *ARCHIVES, *NO_FILES, *NAMES)
