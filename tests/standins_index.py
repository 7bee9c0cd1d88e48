"""An encoder that behaves like a real one without weights, files of every kind made on the spot, small libraries."""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.library import Library
from index.settings import IndexSettings


class HashEncoder:
    """Unit vectors of hashed words: texts that share words are near, equal texts are equal. Counts what it encodes."""

    def __init__(self, name: str = "hash", dimension: int = 64, max_tokens: int = 64) -> None:
        self.name, self.dimension, self.max_tokens = name, dimension, max_tokens
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or [text]:
                code = zlib.crc32(f"{self.name}{word}".encode())
                vectors[row, code % self.dimension] += 1 if code & 1024 else -1
            if not vectors[row].any():
                vectors[row, 0] = 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [2 + len(re.findall(r"\w{1,8}|[^\w\s]", text)) for text in texts]


def write_pdf(path: Path, pages: Sequence[Sequence[tuple[float, float, float, str]]]) -> Path:
    """A PDF with lines of (x, y, size, text) on each page, in Helvetica; x and y in points from the bottom left."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    kids = []
    for lines in pages:
        drawn = b"".join(
            b"BT /F1 %g Tf %g %g Td (%s) Tj ET\n" % (size, x, y, re.sub(rb"([()\\])", rb"\\\1", text.encode("latin-1")))
            for x, y, size, text in lines
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        fonts = b"/Resources << /Font << /F1 3 0 R >> >>"
        contents = b"/MediaBox [0 0 595 842] /Contents %d 0 R" % len(objects)
        objects.append(b"<< /Type /Page /Parent 2 0 R %s %s >>" % (contents, fonts))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    path.write_bytes(body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer)
    return path


def pdf_lines(*lines: str, size: float = 12, top: float = 800) -> list[tuple[float, float, float, str]]:
    """Lines below one another; an empty one leaves a gap."""
    return [(72, top - 14 * number, size, line) for number, line in enumerate(lines) if line]


@contextmanager
def library_with(folder: Path, texts: Mapping[str, str]) -> Iterator[Library]:
    """A library in the folder over files of these names and texts, which are written there."""
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    with Library.open(IndexSettings(home=folder / "home"), HashEncoder()) as opened:
        reports = opened.add([folder / name for name in texts])
        assert [report.verdict for report in reports] == ["added"] * len(texts)
        yield opened
