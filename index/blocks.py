"""The paragraphs, headings, list items, table rows and slides of a document, put together as text."""

from collections.abc import Iterable, Sequence

from index.extract import Writer

Block = tuple[str, str]  # kind and text; "paragraph", "item", "row" or "heading 1", "heading 2" …
HEADING = "heading "


def write_blocks(writer: Writer, blocks: Iterable[Block]) -> None:
    """Write the blocks, headings as sections; items stand below one another, and so do rows."""
    before = ""
    for kind, text in blocks:
        if kind.startswith(HEADING):
            writer.section(text, int(kind.removeprefix(HEADING)))
        together = kind == before and kind in ("item", "row")
        writer.write(text, gap="\n" if together else "\n\n")
        before = kind


def flat(blocks: Iterable[Block]) -> str:
    """The text of the blocks in one line."""
    return " ".join(" ".join(text.split()) for _, text in blocks)


def row(cells: Iterable[str]) -> list[Block]:
    """The table row of these cells; none when all are blank."""
    texts = [" ".join(cell.split()) for cell in cells]
    return [("row", " | ".join(texts))] if any(texts) else []


def write_slides(writer: Writer, slides: Sequence[tuple[str, Sequence[Block], str]]) -> None:
    """Write slides (title, blocks, speaker notes), each a section; warns of those that hold no text."""
    empty = []
    for number, (title, blocks, notes) in enumerate(slides, 1):
        name = " ".join(title.split())
        said = [("paragraph", f"Notes: {notes.strip()}")] if notes.strip() else []
        written = [block for block in [("paragraph", title), *blocks, *said] if block[1].strip()]
        if written:
            writer.section(f"slide {number}: {name}" if name else f"slide {number}")
            write_blocks(writer, written)
        else:
            empty.append(number)
    if empty:
        which = ", ".join(map(str, empty[:5])) + (", …" if len(empty) > 5 else "")
        writer.warn(f"{len(empty)} of {len(slides)} slides hold no text: {which}")
