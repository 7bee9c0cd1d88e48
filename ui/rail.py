"""The list of conversations, and what the page hands out, as HTML. All data is escaped."""

from collections.abc import Sequence
from uuid import uuid4

from ui.conversations import Talk
from ui.render import esc, shortened

NAME_CHARACTERS = 90
MENU = (
    '<button type="button" class="fn-menu" aria-expanded="false" aria-controls="fn-rail">'
    '<i aria-hidden="true"></i><span>Chats</span></button>'
)
ACTS = {"rename": "Rename", "export": "Export", "remove": "Delete"}


def rail_html(talks: Sequence[Talk], current: str, fault: str = "") -> str:
    """The conversations, newest first, the one that is open marked; `fault` says why they cannot be listed."""
    told = f'<p class="fn-fault" role="alert">{esc(fault)}</p>' if fault else ""
    items = "".join(_item(talk, talk.id == current) for talk in talks)
    none = "" if talks or fault else '<p class="fn-rail-none">Your conversations are kept here, on this machine.</p>'
    return (
        f'<nav class="fn-rail" aria-label="Conversations" data-open="{esc(current)}">'
        '<h2 class="fn-rail-head">Conversations<button type="button" class="fn-rail-close">Close</button></h2>'
        f"{told}{none}<ul>{items}</ul></nav>"
    )


def _item(talk: Talk, current: bool) -> str:
    name = shortened(talk.name, NAME_CHARACTERS)
    acts = "".join(
        f'<button type="button" data-act="{act}">{label}<span class="fn-hidden"> “{esc(name)}”</span></button>'
        for act, label in ACTS.items()
    )
    return (
        f'<li class="fn-talk" data-talk="{esc(talk.id)}" data-name="{esc(talk.name)}">'
        f'<button type="button" class="fn-talk-name" data-act="choose"{" aria-current=true" if current else ""}>'
        f'<bdi>{esc(name)}</bdi><time datetime="{esc(talk.changed)}">{esc(talk.changed[:10])}</time></button>'
        f'<details class="fn-talk-acts"><summary aria-label="More for “{esc(name)}”"><i aria-hidden="true"></i>'
        f"</summary><div>{acts}</div></details></li>"
    )


def outbox_html(text: str, file: str = "") -> str:
    """What the script hands out: a file to keep, or, without its name, something to be told."""
    # Marked, so that handing out the same again is a change that the script sees.
    told = f'<p class="fn-fault" role="alert">{esc(text)}</p>' if not file else ""
    data = f'data-file="{esc(file)}" data-text="{esc(text)}"' if file else ""
    return f'<div data-mark="{uuid4().hex}" {data}>{told}</div>'
