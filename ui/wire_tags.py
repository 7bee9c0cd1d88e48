"""What happens with tags in the documents view: filtering by one, giving and taking them. Knows nothing of rendering.

What a browser sends is looked up among the documents and tags of the library; a new tag is checked there.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from index.types import DocumentInfo
from ui import documents, tags
from ui.assistant import told
from ui.parts import PRIVATE, told_by
from ui.scope import EVERYTHING, Scope
from ui.wire_documents import Around, Backing, Shelf, asked, listed, ticked_now

CHARACTERS = 200  # of what is looked at of a tag that is sent: more than any has


def wire(shelf: Shelf, around: Around, backing: Backing) -> None:
    """Make the tags do what they show."""
    looked_at = [shelf.filter, shelf.tag, shelf.scope]
    shelf.picks.pick(_picking(backing), looked_at, [shelf.tag, shelf.picks, shelf.list], **PRIVATE)
    asked_parts = [shelf.scope, shelf.limits, around.limits, shelf.tagging, shelf.list]
    shelf.list.these(_asking(backing), [shelf.filter, shelf.tag], asked_parts, **PRIVATE)
    # What was done is told apart from the form: a tick that arrives late draws the form anew, and must not unsay it.
    changed = [shelf.tag, shelf.picks, shelf.list, shelf.tagging, shelf.said]
    around.view.shown(lambda: "", None, shelf.said, **PRIVATE)
    shelf.tagging.tag(_tagging(backing), looked_at, [shelf.scope, *changed], **PRIVATE)
    shelf.list.untag(_untagging(backing), looked_at, changed, **PRIVATE)


def _picking(backing: Backing) -> Any:
    def picked(words: str, tag: str, scope: Scope, event: gr.EventData) -> list[Any]:
        sent = _text(event, "tag")
        tag = "" if sent == tag else sent
        return [tag, tags.picks_html(backing.infos(), tag), listed(backing, words, tag, scope)]

    return picked


def _asking(backing: Backing) -> Any:
    def these(words: str, tag: str) -> list[Any]:
        scope = EVERYTHING.ticked(documents.matching(backing.infos(), words, tag), True)
        return [scope, *asked(backing, scope), listed(backing, words, tag, scope)]

    return these


def _tagging(backing: Backing) -> Any:
    def tagged(words: str, tag: str, scope: Scope, event: gr.EventData) -> list[Any]:
        scope = ticked_now(backing, scope, event)
        given = _changed(
            backing, scope.among(backing.infos()), _text(event, "tag"), told_by(event).get("act") == "remove"
        )
        return [scope, *_shown(backing, words, tag, scope, *given)]

    return tagged


def _untagging(backing: Backing) -> Any:
    def untagged(words: str, tag: str, scope: Scope, event: gr.EventData) -> list[Any]:
        chosen = [info for info in backing.infos() if info.id == told_by(event).get("key")]
        given = _changed(backing, chosen, _text(event, "tag"), removing=True)
        return _shown(backing, words, tag, scope, *given)

    return untagged


def _changed(backing: Backing, chosen: Sequence[DocumentInfo], tag: str, removing: bool) -> tuple[str, str]:
    """Give the documents a tag or take it from them; what was done, and why it was not, in words."""
    before = {info.id: info.tags for info in chosen}
    add, remove = ((), (tag,)) if removing else ((tag,), ())
    try:
        after = backing.library.tag(list(before), add, remove)
    except Exception as error:  # one change fails, the page goes on
        fault = told(error)
        return "", fault[:1].upper() + fault[1:]
    return tags.told_of(sum(info.tags != before.get(info.id) for info in after), tag.strip(), removing), ""


def _shown(backing: Backing, words: str, tag: str, scope: Scope, said: str, fault: str) -> list[Any]:
    """Everything that shows tags, with what was done last."""
    infos = backing.infos()
    tag = tag if any(tag in info.tags for info in infos) else ""  # the last document may have lost it
    form = tags.tagging_html(infos, scope)
    return [tag, tags.picks_html(infos, tag), listed(backing, words, tag, scope), form, tags.said_html(said, fault)]


def _text(event: gr.EventData, name: str) -> str:
    value = told_by(event).get(name)
    return value[:CHARACTERS] if isinstance(value, str) else ""
