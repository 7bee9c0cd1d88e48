"""`python -m index.page_draw SECONDS MEGABYTES`: draws pages of a PDF for another process, within limits.

A hostile file ends this process and no other. The request comes in on standard input, the answer goes out on standard
output, both in JSON: pages with where the quote is marked, as shares of width and height, or the fault.
"""

import io
import json
import resource
import signal
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from ctypes import byref, c_int
from pathlib import Path
from typing import Any

from index.errors import UserError
from index.page_quote import Box, Glyph, find_quote, line_boxes

WIDTH, HEIGHT = 1240, 2480  # pixels of a picture at most: sharp in half a window, small enough to send
ENLARGED = 4.0  # pixels for a point at most
LARGE = 700_000  # bytes of a lossless picture; a larger one is a photograph and is made smaller
MARKS = 1000  # boxes on a page at most
_GRID = 100_000  # steps across a page in which places are told
CHANGED = "the file has changed since it was read"
UNFOUND = "the quote could not be found again on its page"


def main() -> int:
    """Answer one request."""
    seconds, megabytes = map(int, sys.argv[1:3])
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(seconds)  # the system ends the process when they are over
    request = json.loads(sys.stdin.buffer.read())
    try:
        answer: Any = {"pages": list(_drawn(Path(request["path"]), request["document"], request["pages"]))}
    except UserError as error:
        answer = {"fault": str(error)}
    except MemoryError:
        answer = {"fault": f"the page takes more than {megabytes} MB of memory to draw"}
    sys.stdout.write(json.dumps(answer))
    return 0


def _drawn(path: Path, document: str, pages: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Each page (number, text, start, end) drawn. With `document`, the file must still hold the text of that id."""
    import pypdfium2 as pdfium

    if document and _id_of(path) != document:
        raise UserError(CHANGED)
    try:
        pdf = pdfium.PdfDocument(str(path))
        for number, text, start, end in pages:
            yield {"page": number, **_page(pdf[number - 1], text, start, end)}
    except pdfium.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise UserError("the file is protected by a password" if locked else "the page is damaged") from error
    except IndexError as error:
        raise UserError(CHANGED) from error


def _id_of(path: Path) -> str:
    from index.loaders import load

    try:
        return load(path)[0].id
    except UserError:
        return ""


def _page(page: Any, text: str, start: int, end: int) -> dict[str, Any]:
    marks = _marks(page, text, start, end)
    width, height = page.get_size()
    scale = min(WIDTH / max(width, 1), HEIGHT / max(height, 1), ENLARGED)
    picture = page.render(scale=scale).to_pil().convert("RGB")
    kind, data = "image/png", _encoded(picture, "PNG", compress_level=4)
    if len(data) > LARGE:
        kind, data = "image/jpeg", _encoded(picture, "JPEG", quality=82)
    return {"size": picture.size, "kind": kind, "data": b64encode(data).decode(), "marks": marks}


def _encoded(picture: Any, form: str, **how: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


def _marks(page: Any, text: str, start: int, end: int) -> list[tuple[float, ...]]:
    """The boxes of the quote as (left, top, width, height), in shares of the page as it is shown."""
    from pypdfium2 import raw

    words = page.get_textpage()
    codes = [raw.FPDFText_GetUnicode(words, at) for at in range(words.count_chars())]
    found = find_quote([chr(code) if code <= sys.maxunicode else "" for code in codes], text, start, end)
    if found is None:
        raise UserError(UNFOUND)
    glyphs = [
        Glyph(Box(*words.get_charbox(at, loose=True)), max(0.0, raw.FPDFText_GetCharAngle(words, at)))
        for at in range(found[0], found[1] + 1)
        if not chr(codes[at]).isspace() and not raw.FPDFText_IsGenerated(words, at)
    ]
    placed = (_placed(page, box) for box in line_boxes(glyphs))
    marks = [mark for mark in placed if mark[2] > 0 and mark[3] > 0]
    if not 0 < len(marks) <= MARKS:  # outside of what is shown, or so torn that marks would cover the page
        raise UserError(UNFOUND)
    return marks


def _placed(page: Any, box: Box) -> tuple[float, ...]:
    """A box on the page as it is shown, that is turned and cropped, without what lies outside."""
    (x1, y1), (x2, y2) = (_shown(page, *corner) for corner in (box[:2], box[2:]))
    left, top, right, bottom = (
        min(1.0, max(0.0, edge)) for edge in (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    )
    return left, top, right - left, bottom - top


def _shown(page: Any, x: float, y: float) -> tuple[float, float]:
    from pypdfium2 import raw

    across, down = c_int(), c_int()
    raw.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, byref(across), byref(down))
    return across.value / _GRID, down.value / _GRID


if __name__ == "__main__":
    sys.exit(main())
