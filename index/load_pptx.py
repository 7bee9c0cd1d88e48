"""PowerPoint slides in, text out: title, then shapes as they are read, then the speaker's notes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from index.blocks import Block, row, write_slides
from index.errors import UserError
from index.extract import Extract, Writer, counted
from index.zipped_xml import open_parts

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_BULLETS = frozenset(_A + name for name in ("buChar", "buAutoNum", "buBlip"))
_MARGIN = ("dt", "ftr", "sldNum", "hdr")  # what stands on every slide alike
_BODY = ("body", "obj")  # the kinds of placeholder that the master's bullets are for
_LINE = 228_600  # a quarter of an inch: shapes whose tops differ by less are read from left to right


def read_pptx(path: Path) -> Extract:
    """The text of all slides, the hidden ones too, each a section "slide 3: Title".

    Raises UserError when the file is encrypted or no presentation; other errors of a damaged file pass through.
    """
    from pptx import Presentation
    from pptx.exc import PackageNotFoundError

    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UserError("protected by a password, or an old .ppt file; save it without a password as .pptx")
    open_parts(path, "a PowerPoint presentation").close()
    try:
        slides = list(Presentation(str(path)).slides)
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise UserError("not a PowerPoint presentation, or a damaged one") from error
    writer = Writer()
    write_slides(writer, [_slide(slide) for slide in slides])
    drawn = [number for number, slide in enumerate(slides, 1) if any(map(_is_drawn, slide.shapes))]
    if drawn:
        writer.warn("charts and diagrams are not read, on " + counted(len(drawn), "slide", map(str, drawn)))
    return writer.extract()


def _slide(slide: Any) -> tuple[str, list[Block], str]:
    """Title, blocks and notes."""
    title = slide.shapes.title
    shapes = (shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id)
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return (
        title.text_frame.text if title is not None else "",
        list(_blocks(shapes, slide)),
        notes.text if notes is not None else "",
    )


def _blocks(shapes: Iterable[Any], slide: Any) -> Iterator[Block]:
    """The text of shapes from top to bottom and from left to right; a group is read as a whole."""
    for shape in sorted(shapes, key=lambda shape: ((shape.top or 0) // _LINE, shape.left or 0)):
        if hasattr(shape, "shapes"):
            yield from _blocks(shape.shapes, slide)
        elif getattr(shape, "has_table", False):
            for cells in shape.table.rows:
                yield from row(cell.text for cell in cells.cells if not cell.is_spanned)
        elif shape.has_text_frame and _role(shape) not in _MARGIN:
            styles = _list_styles(shape, slide)
            for paragraph in shape.text_frame.paragraphs:
                if text := paragraph.text.strip():
                    yield ("item", f"- {text}") if _bulleted(paragraph, styles) else ("paragraph", text)


def _role(shape: Any) -> str:
    """What a placeholder is for; nothing of a shape that is none."""
    holder = shape._element.find(f".//{_P}nvPr/{_P}ph")
    return str(holder.get("type", "obj")) if holder is not None else ""


def _list_styles(shape: Any, slide: Any) -> list[Any]:
    """What decides on a shape's bullets: the shape, the placeholders it takes after, the master's styles."""
    found, holder = [], shape
    while holder is not None:
        found.append(holder._element.find(f".//{_A}lstStyle"))
        holder = getattr(holder, "_base_placeholder", None)
    if _role(shape) in _BODY:
        found.append(slide.slide_layout.slide_master._element.find(f".//{_P}bodyStyle"))
    return [style for style in found if style is not None]


def _bulleted(paragraph: Any, styles: Iterable[Any]) -> bool:
    level = f"{_A}lvl{paragraph.level + 1}pPr"
    for properties in (paragraph._p.find(f"{_A}pPr"), *(style.find(level) for style in styles)):
        marks = {child.tag for child in properties} if properties is not None else set()
        if f"{_A}buNone" in marks or marks & _BULLETS:
            return f"{_A}buNone" not in marks
    return False


def _is_drawn(shape: Any) -> bool:
    """Whether it is or holds a chart or a diagram, whose text is not read."""
    if hasattr(shape, "shapes"):
        return any(map(_is_drawn, shape.shapes))
    return bool(shape._element.tag == f"{_P}graphicFrame" and not shape.has_table)
