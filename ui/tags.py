"""Tags in the documents view as HTML: those to filter by, those of a document, the form. Pure; all data is escaped."""

from collections.abc import Sequence

from index.tags import CHARACTERS, in_use
from index.types import DocumentInfo
from ui.render import esc, many
from ui.scope import Scope


def picks_html(documents: Sequence[DocumentInfo], tag: str) -> str:
    """All tags, each with how many documents have it, to show only those; nothing where there are no tags."""
    picks = "".join(
        f'<button type="button" class="fn-pick" data-tag="{esc(name)}" aria-pressed="{str(name == tag).lower()}">'
        f'<bdi>{esc(name)}</bdi> <span>{count:,}<span class="fn-hidden"> {"document" if count == 1 else "documents"}'
        "</span></span></button>"
        for name, count in in_use(documents).items()
    )
    return f'<div class="fn-picks" role="group" aria-label="Show only documents tagged">{picks}</div>' if picks else ""


def tags_html(info: DocumentInfo, name: str) -> str:
    """The tags of a document, each with what takes it away; `name` is the document's."""
    items = "".join(
        f'<li class="fn-tagged"><bdi>{esc(tag)}</bdi><button type="button" class="fn-untag" data-key="{esc(info.id)}" '
        f'data-tag="{esc(tag)}" aria-label="Remove the tag {esc(tag)} from {esc(name)}" title="Remove this tag">'
        '<span aria-hidden="true">×</span></button></li>'
        for tag in info.tags
    )
    return f'<ul class="fn-tags" aria-label="Tags of {esc(name)}">{items}</ul>' if items else ""


def tagging_html(documents: Sequence[DocumentInfo], scope: Scope) -> str:
    """The form that tags the ticked documents; nothing where none is ticked."""
    chosen = scope.among(documents)
    if not chosen:
        return ""
    known = "".join(f'<option value="{esc(name)}"></option>' for name in in_use(documents))
    remove = '<button type="submit" class="fn-act" value="remove">Remove tag</button>' if in_use(chosen) else ""
    return (
        '<form class="fn-tagging" autocomplete="off"><label for="fn-tag-box">Tag the '
        f"{many(len(chosen), 'ticked document')}</label>"
        f'<input id="fn-tag-box" type="text" list="fn-tags-known" maxlength="{CHARACTERS}" required '
        'placeholder="Name of a tag" />'
        f'<datalist id="fn-tags-known">{known}</datalist>'
        f'<button type="submit" class="fn-act" value="add">Add tag</button>{remove}</form>'
    )


def said_html(said: str, fault: str = "") -> str:
    """What was done last, or `fault`: why it was not."""
    return (
        f'<p class="fn-fault" role="alert">{esc(fault)}</p>'
        if fault
        else f'<p class="fn-tag-said" role="status">{esc(said)}</p>'
    )


def told_of(changed: int, tag: str, removed: bool) -> str:
    """What was done, in words."""
    if not changed:
        return "Nothing to change."
    return (
        f"“{tag}” removed from {many(changed, 'document')}."
        if removed
        else f"{many(changed, 'document')} tagged “{tag}”."
    )
