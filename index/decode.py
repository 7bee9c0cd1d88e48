"""Bytes in, clean text out, whatever the encoding."""

import codecs
import re

from index.errors import UserError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# charset-normalizer takes French for Hungarian: settled first is a text whose special letters are all of one language.
_ALPHABETS = {
    "cp1252": (
        "àâæçéèêëîïôœùûüÿ",
        "áéíñóúü",
        "äöüß",
        "áâãàçéêíóôõúü",
        "àèéìíîòóùú",
        "åäöé",
        "æøåé",
        "áéëïóöü",
        "áéíóúýþæðö",
    ),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čšžćđ"),
}
_LATIN = re.compile(
    r"cp125[0247]|cp437|cp850|cp858|latin|mac|iso8859_(?:1|2|3|4|9|10|13|14|15|16)$|hp_roman", re.IGNORECASE
)
_SAMPLE = 200_000  # bytes that the guess is made from
_CONTROL = {**dict.fromkeys([*range(9), *range(14, 32), 127, 0xFEFF, 0xFFFE, 0xFFFF]), 11: "\n", 12: "\n", 0x85: "\n"}
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode(data: bytes) -> str:
    """The text of `data`, cleaned; raises UserError when it is not text."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return clean(data[len(mark) :].decode(encoding, errors="replace"))
    if encoding := _utf16_without_mark(data):
        return clean(data.decode(encoding, errors="replace"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
        if not _mostly_utf8(text):
            if b"\0" in data[:_SAMPLE]:
                raise UserError("not a text file") from None
            text = data.decode(_guess(data), errors="replace")
    if text.count("\0") * 20 > len(text):
        raise UserError("not a text file")
    return clean(text)


def clean(text: str) -> str:
    """The text without control characters and lone surrogates; every line ends in a single newline character."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    return _SURROGATES.sub("\ufffd", text.translate(_CONTROL))


def _utf16_without_mark(data: bytes) -> str:
    """UTF-16 of mostly Latin text has a zero in nearly every second byte, and hardly one between them."""
    head = data[:2000]
    if len(head) < 4 or len(data) % 2:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half and odd < 0.1 * half else ""


def _mostly_utf8(text: str) -> bool:
    """Whether UTF-8 is only damaged here and there: in another encoding hardly a letter beyond ASCII looks like it."""
    whole = text.replace("\ufffd", "")
    return len(whole.encode("utf-8")) - len(whole) > 2 * (len(text) - len(whole))


def _guess(data: bytes) -> str:
    """The likeliest 8-bit or East Asian encoding of bytes that are not UTF-8."""
    from charset_normalizer import from_bytes

    sample = data[:_SAMPLE]
    for encoding, alphabets in _ALPHABETS.items():
        letters = {
            c
            for c in sample.decode(encoding, errors="replace").lower()
            if ord(c) > 127 and (c.isalnum() or c == "\ufffd")
        }
        if any(letters <= set(alphabet) for alphabet in alphabets):
            return encoding
    best = from_bytes(sample).best()
    if best is None or _LATIN.match(best.encoding):
        return "cp1252" if best is None or _decodes(sample, "cp1252") else best.encoding
    return best.encoding


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
