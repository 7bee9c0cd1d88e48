"""E-mail messages in, text out: who, to whom, when, about what; then the text, then messages that were passed on."""

import codecs
import email
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

from index.decode import clean, decode
from index.errors import UserError
from index.extract import Extract, Writer, counted
from index.load_html import extract_html

_HEAD = ("From", "To", "Cc", "Date", "Subject")
_LATIN = ("ascii", "iso8859-1", "cp1252")  # declared by many a mail in another encoding


def read_eml(path: Path) -> Extract:
    """The head and the text, plain where there is a choice; attachments are named in a warning.

    Raises UserError when it is not a message; other errors of a damaged file pass through.
    """
    data = path.read_bytes().removeprefix(codecs.BOM_UTF8).lstrip()
    message = email.message_from_bytes(data, policy=default)
    if not _head(message):
        raise UserError("damaged, or not an e-mail message")
    writer = Writer()
    attached = _write(message, writer)
    if attached:
        verb = "is" if len(attached) == 1 else "are"
        names = counted(len(attached), "attachment", attached)
        writer.warn(names.replace(":", f" {verb} not read:", 1))
    return writer.extract()


def _write(message: EmailMessage, writer: Writer) -> list[str]:
    """Write a message; gives the names of its attachments."""
    attached, passed_on = [], []
    writer.write("\n".join(_head(message)))
    for part in _parts(message):
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            passed_on.append(part.get_payload(0))
        elif _is_text(part):
            writer.write(_text(part))
        else:
            attached.append(" ".join(clean(part.get_filename() or part.get_content_type()).split()))
    for inner in passed_on:
        subject = _header(cast(EmailMessage, inner), "Subject")
        writer.section(f"attached message: {subject}" if subject else "attached message")
        attached += _write(cast(EmailMessage, inner), writer)
    return attached


def _head(message: EmailMessage) -> list[str]:
    headers = ((name, _header(message, name)) for name in _HEAD)
    return [f"{name}: {value}" for name, value in headers if value]


def _header(message: EmailMessage, name: str) -> str:
    """A header in one line, as it is written where it cannot be understood; nothing where there is none."""
    try:
        value = str(message.get(name, ""))
    except Exception:  # Python's parser of headers fails in many ways on broken ones
        value = next((str(raw) for key, raw in message.raw_items() if key.lower() == name.lower()), "")
    return " ".join(clean(value).split())


def _parts(part: EmailMessage) -> Iterator[EmailMessage]:
    """What a message is made of, in order: of alternatives the best to read, of a page not its pictures."""
    kind = part.get_content_type()
    if not part.is_multipart() or kind == "message/rfc822":
        yield part
        return
    inner = [list(_parts(cast(EmailMessage, each))) for each in part.get_payload()]
    if kind == "multipart/alternative":
        inner = [_best(inner)]
    elif kind == "multipart/related":
        inner = inner[:1] + [[each for each in parts if each.is_attachment()] for parts in inner[1:]]
    for parts in inner:
        yield from parts


def _best(alternatives: list[list[EmailMessage]]) -> list[EmailMessage]:
    """The first alternative in plain text that says anything, else the last that can be read, else the last."""
    readable = [parts for parts in alternatives if any(_is_text(part) and _text(part).strip() for part in parts)]
    plain = [parts for parts in readable if all(part.get_content_type() != "text/html" for part in parts)]
    return (plain[:1] or readable[-1:] or alternatives[-1:] or [[]])[0]


def _is_text(part: EmailMessage) -> bool:
    return part.get_content_maintype().strip() == "text" and not part.is_attachment() and not part.get_filename()


def _text(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    text = _declared(data, part.get_content_charset())
    if part.get_content_type() == "text/html":
        return extract_html(data if text is None else text.encode("utf-8", "replace")).text
    return decode(data.replace(b"\0", b"")) if text is None else text


def _declared(data: bytes, charset: str | None) -> str | None:
    """The text in the charset that was declared; None when there is none, it is unknown, or it is not that."""
    try:
        name = codecs.lookup(charset or "").name
        names = ("utf-8", "cp1252") if name in _LATIN else (name,)
    except (LookupError, ValueError):
        return None
    for name in names:
        try:
            return data.decode(name)
        except (LookupError, ValueError):
            continue
    return None
