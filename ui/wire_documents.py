"""The documents view: its parts and what happens when they are used. Knows nothing of rendering them.

What a browser sends is looked up in the list of the library, or in that of the remembered folders: never a path of its
own but where a person types one, and that only on a page that no other machine can reach.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import UserError
from index.files import file_of, resolved
from index.types import DocumentInfo, Report
from ui import documents, panes, reports, tags
from ui.assistant import Library, OnProgress, Opening, told
from ui.changes import BUSY, Changes, Run, Steps, counted
from ui.folders import Folders
from ui.parts import PRIVATE, html, told_by
from ui.scope import EVERYTHING, Scope
from ui.uploads import add_uploads

FILTER_CHARACTERS = 200
PATH_CHARACTERS = 4096

# For what takes long: what is done meanwhile must not be passed over in silence, as it would be.
EACH = PRIVATE | {"trigger_mode": "multiple"}

DROPS = "footnote.drop(element);"
VIEWS = "footnote.view(element, trigger, 'shown');"
LISTS = (
    "footnote.sources(element, trigger, 'open');"
    "footnote.list(element, trigger, watch, 'act', 'tick', 'these', 'untag');"
)
PICKS = "footnote.picks(element, trigger, 'pick');"
TAGS = "footnote.tagging(element, trigger, 'tag');"
LIMITS = "footnote.limits(element, trigger, 'all');"
FOLDERS = "footnote.folders(element, trigger, 'act');"

ELSEWHERE = (
    '<p class="fn-hint">A page that other machines may reach cannot read folders of this one. On its terminal: '
    "<code>python -m index sync FOLDER</code></p>"
)


@dataclass(frozen=True)
class Shelf:
    """The parts of the documents view, and the line in the chat that tells what is asked."""

    scope: gr.State
    tag: gr.State
    path: gr.Textbox
    sync: gr.Button
    folders: gr.HTML
    filter: gr.Textbox
    picks: gr.HTML
    limits: gr.HTML
    tagging: gr.HTML
    said: gr.HTML
    list: gr.HTML


@dataclass(frozen=True)
class Around:
    """The parts of the rest of the page that the view writes to or is reached from."""

    view: gr.HTML
    reports: gr.HTML
    files: gr.UploadButton
    limits: gr.HTML
    evidence: gr.HTML
    strip: gr.HTML


@dataclass(frozen=True)
class Backing:
    """What is behind the view. Without `folders`, none can be pointed to."""

    opening: Opening
    uploads: Path
    folders: Folders | None
    changes: Changes

    @property
    def library(self) -> Library:
        return self.opening.wait().library

    def infos(self) -> list[DocumentInfo]:
        return self.library.documents() if self.opening.settled and not self.opening.fault else []

    def remembered(self) -> list[str]:
        try:
            return [folder.path for folder in self.folders.all()] if self.folders else []
        except UserError:  # told where the folders are shown
            return []


def lay_out(limit: str, with_folders: bool) -> Shelf:
    """The view; it is there all the time, and the look decides whether it is seen."""
    scope, tag = gr.State(EVERYTHING), gr.State("")
    with gr.Column(elem_id="fn-shelf"):
        with gr.Column(elem_id="fn-shelf-main"):
            html("shelf-head", '<h2 class="fn-shelf-title" tabindex="-1">Documents</h2>')
            box = gr.Textbox(
                label="Filter by name or folder", placeholder="Filter by name or folder …", lines=1, max_lines=1,
                max_length=FILTER_CHARACTERS, container=False, elem_id="fn-filter",
            )  # fmt: skip
            picks = html("picks", script=PICKS)
            limits = html("limits", script=LIMITS)
            tagging = html("tagging", script=TAGS)
            said = html("tag-said")
            rows = html("list", script=LISTS)
        with gr.Column(elem_id="fn-shelf-side"):
            html("drop-head", f'<h3>Add files</h3><p class="fn-hint">Up to {limit} each; many at once.</p>')
            html("drop", documents.DROP, DROPS)
            html("folder-head", "<h3>Keep a folder in sync</h3>" + ("" if with_folders else ELSEWHERE))
            with gr.Row(elem_id="fn-folder", visible=with_folders):
                path = gr.Textbox(
                    label="Path of a folder on this machine", placeholder="~/Documents", lines=1, max_lines=1,
                    max_length=PATH_CHARACTERS, container=False, elem_id="fn-path", scale=1,
                )  # fmt: skip
                sync = gr.Button("Sync", elem_id="fn-sync", min_width=64, scale=0)
            remembered = html("folders", script=FOLDERS)
    return Shelf(scope, tag, path, sync, remembered, box, picks, limits, tagging, said, rows)


def wire(shelf: Shelf, around: Around, backing: Backing) -> None:
    """Make the view do what it shows."""
    _wire_list(shelf, around, backing)
    _wire_limits(shelf, around, backing)
    _wire_changes(shelf, around, backing)
    if backing.folders:
        _wire_folders(shelf, around, backing, backing.folders)


def listed(backing: Backing, words: str, tag: str, scope: Scope) -> str:
    """The list, filtered by words and a tag."""
    uploads = resolved(backing.uploads)
    return documents.list_html(backing.infos(), words, scope, uploads, backing.remembered(), tag)


def asked(backing: Backing, scope: Scope) -> list[str]:
    """What depends on which documents are ticked: both lines that tell what is asked, and the form that tags them."""
    infos = backing.infos()
    lines = [documents.scope_html(infos, scope, always) for always in (True, False)]
    return [*lines, tags.tagging_html(infos, scope)]


def ticked_now(backing: Backing, scope: Scope, event: gr.EventData) -> Scope:
    """The scope as the browser shows it: it tells of every box in sight, so that no tick is lost where several come
    at once or something else comes with them."""
    sent, infos = told_by(event), backing.infos()
    for on, keys in ((True, sent.get("on")), (False, sent.get("off"))):
        named = {key for key in keys if isinstance(key, str)} if isinstance(keys, list) else set()
        scope = scope.ticked([info for info in infos if info.id in named], on)
    return scope


def _all(backing: Backing, words: str, tag: str, scope: Scope) -> list[Any]:
    """Everything that depends on the documents: the list, what is asked, the tags, the folders, the strip."""
    infos = backing.infos()
    try:
        folders = documents.folders_html(backing.folders.all() if backing.folders else [], infos)
    except UserError as error:
        folders = panes.status_html(told(error), fault=True)
    rows, picks = listed(backing, words, tag, scope), tags.picks_html(infos, tag)
    return [rows, *asked(backing, scope), picks, folders, panes.documents_html(infos)]


def _wire_list(shelf: Shelf, around: Around, backing: Backing) -> None:
    lists = [shelf.list, shelf.limits, around.limits, shelf.tagging, shelf.picks, shelf.folders, around.strip]
    looked_at = [shelf.filter, shelf.tag, shelf.scope]

    def refreshed(words: str, tag: str, scope: Scope) -> list[Any]:
        return _all(backing, words, tag, scope) if backing.opening.settled else [gr.skip()] * len(lists)

    def filtered(words: str, tag: str, scope: Scope) -> str:
        return listed(backing, words, tag, scope)

    for event in (around.view.shown, around.reports.renew):
        event(refreshed, looked_at, lists, **PRIVATE)
    # Not `input`, which does not tell of a paste.
    shelf.filter.change(filtered, looked_at, shelf.list, trigger_mode="always_last", **PRIVATE)


def _wire_limits(shelf: Shelf, around: Around, backing: Backing) -> None:
    def ticked(scope: Scope, event: gr.EventData) -> list[Any]:
        # The list itself stays as it is: the browser has ticked the box already, and the focus is on it.
        scope = ticked_now(backing, scope, event)
        return [scope, *asked(backing, scope)]

    def everything(words: str, tag: str) -> list[Any]:
        return [EVERYTHING, *asked(backing, EVERYTHING), listed(backing, words, tag, EVERYTHING)]

    shown = [shelf.scope, shelf.limits, around.limits, shelf.tagging]
    shelf.list.tick(ticked, shelf.scope, shown, trigger_mode="always_last", **PRIVATE)
    for part in (shelf.limits, around.limits):
        part.all(everything, [shelf.filter, shelf.tag], [*shown, shelf.list], **PRIVATE)


def _followed(backing: Backing, run: Run, steps: Steps, waits: bool = False) -> Iterator[str]:
    """A change as it goes. The list is not sent along: the browser asks for it anew, as it is filtered by then."""
    for now in backing.changes.follow(run, steps, waits):
        if now.fault == BUSY:
            gr.Warning(BUSY, title="Not now")  # apart from the report, which belongs to the change that goes on
            return
        yield reports.run_html(now)


def _wire_changes(shelf: Shelf, around: Around, backing: Backing) -> None:
    def handed_in(files: list[str] | None) -> Iterator[str]:
        paths = [Path(file) for file in files or ()]

        def steps(hear: OnProgress) -> Iterator[tuple[Sequence[Report], int]]:
            for so_far, waiting in add_uploads(backing.library, paths, backing.uploads, hear):
                yield so_far, len(paths) - waiting

        if paths:
            yield from _followed(backing, Run("adding", tuple(path.name for path in paths)), steps, waits=True)

    def acted(event: gr.EventData) -> Iterator[list[Any]]:
        sent = told_by(event)
        info = next((info for info in backing.infos() if info.id == sent.get("key")), None)
        if info is None:
            yield [reports.fault_html("This document is no longer in the list."), gr.skip()]
            return
        deleting = sent.get("act") == "delete"
        for report in _followed(backing, *(_deletion if deleting else _rereading)(backing, info)):
            # Its text must not stay in the pane beside the chat either.
            gone = deleting and sent.get("open") == info.id
            yield [report, panes.NO_EVIDENCE if gone else gr.skip()]

    around.files.upload(handed_in, around.files, around.reports, **EACH)
    shelf.list.act(acted, None, [around.reports, around.evidence], **EACH)
    around.reports.halt(backing.changes.stop, None, None, **PRIVATE)
    around.reports.dismiss(lambda: "", None, around.reports, **PRIVATE)


def _deletion(backing: Backing, info: DocumentInfo) -> tuple[Run, Steps]:
    run = Run("deleting", info.sources)
    return run, lambda hear: counted(backing.library.remove([info.id], erase=True))


def _rereading(backing: Backing, info: DocumentInfo) -> tuple[Run, Steps]:
    files = sorted({file_of(source) for source in info.sources})
    run = Run("again", tuple(str(file) for file in files))
    return run, lambda hear: counted(backing.library.add(files, hear, again=True))


def _wire_folders(shelf: Shelf, around: Around, backing: Backing, folders: Folders) -> None:
    def synced(folder: Path) -> Iterator[str]:
        def steps(hear: OnProgress) -> Iterator[tuple[Sequence[Report], int]]:
            folders.remember(str(folder))  # first: what an interrupted sync has left is found again with the next
            yield from counted(backing.library.sync([folder], hear))

        yield from _followed(backing, Run("syncing"), steps)

    def pointed_to(given: str) -> Iterator[list[Any]]:
        try:
            folder = folders.checked(given)
        except UserError as error:
            yield [reports.fault_html(told(error)), gr.skip()]
            return
        for report in synced(folder):
            yield [report, ""]

    def acted(event: gr.EventData) -> Iterator[str]:
        sent = told_by(event)
        path = sent.get("key")
        try:
            if not isinstance(path, str) or path not in backing.remembered():
                yield reports.fault_html("This folder is no longer in the list.")
            elif sent.get("act") == "sync":
                yield from synced(Path(path))
            else:
                folders.forget(path)
                yield reports.told_html(f"{path} is forgotten. Its documents stay in the list.")
        except UserError as error:
            yield reports.fault_html(told(error))

    gr.on([shelf.path.submit, shelf.sync.click], pointed_to, shelf.path, [around.reports, shelf.path], **EACH)
    shelf.folders.act(acted, None, around.reports, **EACH)
