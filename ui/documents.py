"""The documents view as HTML: the list, what a deletion does, the folders. Pure functions; all data is escaped."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path, PurePath

from index.archives import is_archive
from index.files import is_below
from index.types import DocumentInfo
from ui.folders import Folder
from ui.render import esc, many, name_of, span_data
from ui.scope import Scope
from ui.tags import tags_html

SHOWN = 200  # rows sent to the browser: more than a person looks through, few enough to be quick
NAMED = 3  # documents named where questions are limited

DROP = (
    '<button type="button" class="fn-drop"><strong>Drop files or folders</strong>'
    '<span>anywhere on this page, or choose files</span><span class="fn-drop-said" role="status"></span></button>'
)


def matching(documents: Sequence[DocumentInfo], words: str, tag: str = "") -> list[DocumentInfo]:
    """Those with every one of the words in the path of one of their files or in a tag, whatever the case.

    With a `tag` that some document has, only those with it.
    """
    wanted = words.casefold().split()
    if any(tag in info.tags for info in documents):
        documents = [info for info in documents if tag in info.tags]
    texts = ((info, [source, *info.tags]) for info in documents for source in info.sources)
    found = [info for info, text in texts if all(any(word in part.casefold() for part in text) for word in wanted)]
    return list(dict.fromkeys(found))


def view_button() -> str:
    """What opens and closes the view; its state is the script's."""
    return (
        '<button type="button" class="fn-view" aria-expanded="false" aria-controls="fn-shelf">'
        '<span class="fn-view-open">Documents</span><span class="fn-view-close">Back to chat</span></button>'
    )


def list_html(
    documents: Sequence[DocumentInfo],
    words: str,
    scope: Scope,
    uploads: Path,
    folders: Collection[str] = (),
    tag: str = "",
) -> str:
    """The documents that match, with their ticks and what can be done with each."""
    if not documents:
        return _nothing_yet()
    found = matching(documents, words, tag)
    ticked = {info.id for info in scope.among(found)}
    rows = "".join(_row(info, info.id in ticked, uploads, folders) for info in found[:SHOWN])
    more = ""
    if len(found) > SHOWN:
        more = f'<p class="fn-more">The first {SHOWN} of {len(found):,} are shown; filter to find the others.</p>'
    return f'{_counts(documents, found, words, tag)}<ul class="fn-items" aria-label="Documents">{rows}</ul>{more}'


def _counts(documents: Sequence[DocumentInfo], found: Sequence[DocumentInfo], words: str, tag: str) -> str:
    if not found:
        where = f"tagged “{tag}” " if tag else ""
        told = f"No document {where}has “{words.strip()}” in its name, folder or tags."
        return f'<p class="fn-count" role="status">{esc(told)}</p>'
    whole = many(len(documents), "document")
    if len(found) < len(documents):
        whole = f"{len(found):,} of {whole}"
    sums = f"{many(sum(d.characters for d in found), 'character')}, {many(sum(d.passages for d in found), 'passage')}"
    all_of = '<label class="fn-every"><input type="checkbox" class="fn-tick-all" /> Tick all shown</label>'
    these = f'<button type="button" class="fn-act fn-these">Ask only {"these" if len(found) > 1 else "this"}</button>'
    acts = f'<div class="fn-count-acts">{all_of}{these if words.strip() or tag else ""}</div>'
    return f'<div class="fn-count"><p role="status"><strong>{whole}</strong> · {sums}</p>{acts}</div>'


def _row(info: DocumentInfo, ticked: bool, uploads: Path, folders: Collection[str]) -> str:
    source = info.sources[0] if info.sources else info.id
    name, key = esc(name_of(source)), esc(info.id)
    where = _where(info, uploads)
    facts = [many(info.characters, "character"), many(info.pages, "page") if info.pages else ""]
    facts += [many(info.passages, "passage"), f"added {_day(info.added)}" if info.added else ""]
    told = "".join(f"<span>{esc(fact)}</span>" for fact in facts if fact)
    return (
        f'<li class="fn-item"><label class="fn-check"><input type="checkbox" class="fn-tick" data-key="{key}" '
        f'aria-label="Ask {name}"{" checked" if ticked else ""} /></label>'
        f'<div class="fn-item-main"><div class="fn-item-head"><button type="button" class="fn-title" '
        f'{span_data(info.id, 0, 0)} title="Show its text"><bdi>{name}</bdi></button>'
        f'{tags_html(info, name_of(source))}</div><p class="fn-path">{where}</p>'
        f'<p class="fn-facts">{told}</p></div>'
        f'<div class="fn-acts"><button type="button" class="fn-act" data-act="again" data-key="{key}" '
        f'aria-label="Read {name} again">Read again</button>'
        '<button type="button" class="fn-act fn-doubt" aria-expanded="false" '
        f'aria-label="Delete {name}">Delete</button>'
        f"</div>{_sure(info, name, uploads, folders)}</li>"
    )


def _where(info: DocumentInfo, uploads: Path) -> str:
    """The folder of each file that holds the text."""
    places = [
        "handed in here" if is_below(source, uploads) else str(PurePath(source).parent) for source in info.sources
    ]
    return ", ".join(f"<bdi>{esc(place)}</bdi>" for place in dict.fromkeys(places) if place != ".")


def _day(added: str) -> str:
    try:
        moment = datetime.fromisoformat(added)
    except ValueError:
        return added
    return f"{moment.day} {moment:%b %Y}"


def _sure(info: DocumentInfo, name: str, uploads: Path, folders: Collection[str]) -> str:
    """The step between Delete and deleting: what will happen to the text, and to each file."""
    what = "".join(f"<li>{esc(line)}</li>" for line in deletion(info.sources, uploads, folders))
    return (
        f'<div class="fn-sure" role="group" aria-label="Delete {name}?" hidden><ul>{what}</ul>'
        f'<button type="button" class="fn-act fn-do" data-act="delete" data-key="{esc(info.id)}">'
        "Yes, delete it</button>"
        '<button type="button" class="fn-act fn-keep">Keep it</button></div>'
    )


def deletion(sources: Sequence[str], uploads: Path, folders: Collection[str]) -> list[str]:
    """What deleting a document does, in plain words."""
    lines = ["Answers will not use it any more, in any conversation. Its text is wiped from the index."]
    for source in sources:
        archive = next((above for above in PurePath(source).parents if is_archive(Path(above))), None)
        if is_below(source, uploads) and archive:
            lines.append(f"The archive {archive.name}, handed in here, is deleted with the last of its documents.")
        elif is_below(source, uploads):
            lines.append("The copy of the file that was handed in here is deleted too.")
        else:
            lines.append(f"The file stays where it is: {archive or source}")
        if any(is_below(source, Path(folder)) for folder in folders):
            lines.append("Its folder is kept in sync: the next sync brings it back, unless the file is moved away.")
    return list(dict.fromkeys(lines))


def _nothing_yet() -> str:
    ways = (
        ("Drop files", "PDF, Word, slides, sheets, e-books, e-mail, web pages, plain text and archives of them."),
        ("Or point to a folder", "Its files are read where they are, and what has changed is read at the next sync."),
        ("Then ask", "Tick documents to ask only those. What you delete here, answers no longer use."),
    )
    items = "".join(f"<li><strong>{head}</strong><span>{text}</span></li>" for head, text in ways)
    return f'<div class="fn-nothing"><p class="fn-nothing-head">No documents yet</p><ol>{items}</ol></div>'


def scope_html(documents: Sequence[DocumentInfo], scope: Scope, always: bool) -> str:
    """Which documents are asked; when all are, that is told only where it is `always` told."""
    if not scope.sources:
        whole = "all documents" if len(documents) != 1 else "your one document"
        line = f'<p class="fn-scope">Asking <strong>{whole}</strong>. Tick some to ask only those, or to tag them.</p>'
        return line if always and documents else ""
    chosen = scope.among(documents)
    names = ", ".join(name_of(info.sources[0]) for info in chosen[:NAMED]) + (" …" if len(chosen) > NAMED else "")
    told = f": <bdi>{esc(names)}</bdi>" if names else ""
    return (
        '<p class="fn-scope fn-limited" role="status"><span>Asking '
        f"<strong>{len(chosen)} of {len(documents):,}</strong> documents{told}</span>"
        '<button type="button" class="fn-ask-all">Ask all</button></p>'
    )


def folders_html(folders: Sequence[Folder], documents: Sequence[DocumentInfo]) -> str:
    """The remembered folders, each with how many documents are from it."""
    items = []
    for folder in folders:
        held = sum(any(is_below(source, Path(folder.path)) for source in info.sources) for info in documents)
        path, when = esc(folder.path), f", synced {_day(folder.synced)}" if folder.synced else ""
        items.append(
            f'<li><p class="fn-folder-path"><bdi>{path}</bdi></p>'
            f'<p class="fn-facts">{many(held, "document")}{esc(when)}</p>'
            f'<button type="button" class="fn-act" data-act="sync" data-key="{path}">Sync again</button>'
            f'<button type="button" class="fn-act" data-act="forget" data-key="{path}" '
            'title="Its documents stay in the list">Forget folder</button></li>'
        )
    return f'<ul class="fn-folders" aria-label="Folders kept in sync">{"".join(items)}</ul>' if items else ""
