"""Documents that are zip files of XML: opened, their parts read and parsed, so that a hostile one does no harm."""

import zipfile
from pathlib import Path
from typing import Any

from index.errors import UserError

_LARGEST_PART, _LARGEST_WHOLE = 100_000_000, 1_000_000_000  # bytes, unpacked


def open_parts(path: Path, kind: str) -> zipfile.ZipFile:
    """The zip file of a document of that kind ("an EPUB book"); raises UserError when it is none or would burst."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError) as error:
        raise UserError(f"damaged, or not {kind}") from error
    infos = archive.infolist()
    texts = (info.file_size for info in infos if info.filename.endswith(".xml"))
    if sum(info.file_size for info in infos) > _LARGEST_WHOLE or max(texts, default=0) > _LARGEST_PART:
        archive.close()
        raise UserError("too large when unpacked")
    return archive


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part, from the zip file and from nowhere else; raises UserError when it is not there or too large."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise UserError(f"damaged: {name} is missing") from None
    if info.file_size > _LARGEST_PART:
        raise UserError("too large when unpacked")
    return archive.read(info)


def parse_xml(data: bytes) -> Any:
    """The root element, without comments; entities are not replaced. Raises UserError when it is no XML."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UserError(f"damaged ({' '.join(str(error).split())[:100]})") from error
