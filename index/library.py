"""A person's documents: what the other packages use of the index.

Composes loading, splitting, embedding, the catalogue and the vector store; the rules of each live there.
"""

import logging
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.archives import is_known
from index.catalogue import Catalogue
from index.check import damage
from index.decode import clean
from index.errors import UserError
from index.files import Ignored, all_named, delete_below, file_of, find, is_below, is_gone, is_there, named, resolved
from index.intake import Intake, OnProgress, unheard
from index.lock import Busy, write_lock
from index.mend import Tell, mend, rebuild, rebuild_apart
from index.page_image import PageImage, PageImages
from index.renew import renew
from index.settings import IndexSettings
from index.tags import known, tag_of
from index.types import Document, DocumentInfo, Evidence, Hit, Report
from index.vectors import VectorFault, Vectors

if TYPE_CHECKING:
    from index import search as searching
    from index.embed import Encoder

log = logging.getLogger(__name__)
UPLOADS = "uploads"  # the folder in the home for files that have no other place
UNUSED = 0.25  # the share of a store that may be unused


class Library:
    """The documents of one home folder. Safe to use from several threads; one process at a time may change it.

    The encoder and Chroma are loaded when first needed. `tell` hears of repairs. What a person can mend is a UserError.
    """

    def __init__(self, settings: IndexSettings, encoder: "Encoder | None" = None, tell: Tell = log.warning) -> None:
        self._settings, self._encoder, self._tell = settings, encoder, tell
        self.catalogue = Catalogue(settings.home)
        if earlier := self.catalogue.database.migrated:
            tell(f"the index had format {earlier} and was brought up to date; the next sync may read its files again")
        identity = self.catalogue.fact("identity") or ""
        self.vectors = Vectors(settings.home, settings.chroma, identity, self.catalogue.store)
        self._ignored = Ignored(settings.ignore)
        self._images = PageImages()
        self._guard = threading.RLock()
        self._seen: str | None = None  # the revision that the vector store was last known to agree with
        self._embedder_agreed = False

    @classmethod
    def open(cls, settings: IndexSettings, encoder: "Encoder | None" = None, tell: Tell = log.warning) -> Self:
        """Open the library in `settings.home`, made when missing; without `encoder`, the one that the settings name."""
        return cls(settings, encoder, tell)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()

    def close(self) -> None:
        self.vectors.close()
        self.catalogue.close()

    # -- changing

    def add(
        self, paths: Iterable[str | Path], progress: OnProgress = unheard, again: bool = False, tags: Sequence[str] = ()
    ) -> Iterator[Report]:
        """Read files, and folders with all below; one report per file, as it is done. What fails stops nothing else.

        A file that is known and has not changed is read only with `again`, a text that is known is not embedded again.
        Every file that can be read is given the `tags`. `progress` hears how far the run has come.
        """
        tags = [tag_of(text) for text in tags]
        with self._changing(embedding=True):
            for report in self._intake(progress, {}, again).take(find(paths, is_known, self._ignored)):
                if tags and report.verdict in ("added", "unchanged", "updated"):
                    self.catalogue.tags.change([report.source], tags)
                yield report

    def sync(self, paths: Iterable[str | Path], progress: OnProgress = unheard) -> Iterator[Report]:
        """Like `add`; besides, what was indexed from these folders and is gone from the disk or ignored is removed."""
        folders = [resolved(path) for path in paths]
        with self._changing(embedding=True):
            known = self.catalogue.files()
            below = [path for path in known if any(is_below(path, folder) for folder in folders)]
            lost = [folder for folder in folders if not is_there(folder) and str(folder) not in known]
            gone = {path: known[path][0] for path in below if is_gone(path) or self._is_ignored(path, folders)}
            for folder in lost:  # a drive may just not be there: nothing is removed for that
                yield Report(str(folder), "failed", "no such file or folder; `remove` it if it is gone for good")
                gone = {path: document for path, document in gone.items() if not is_below(path, folder)}
            there = [folder for folder in folders if folder not in lost and str(folder) not in gone]
            yield from self._intake(progress, gone).take(find(there, is_known, self._ignored))
            for path in sorted(gone):
                yield self._forget(path, "gone from the disk" if is_gone(path) else "ignored now")

    def remove(self, names: Iterable[str], erase: bool = False) -> Iterator[Report]:
        """Forget documents, named by id, path, file name or folder; one report per file.

        Files are not touched, but `erase` deletes those handed in through the page, and wipes every trace at the end.
        """
        with self._changing(embedding=False):
            for name in names:
                try:
                    paths = named(name, self.catalogue.files())
                except UserError as error:
                    yield Report(name, "failed", str(error))
                    continue
                for path in paths:
                    yield self._forget(path, self._erase(path, paths) if erase else "")
            if erase:
                self._wipe()

    def tag(self, names: Iterable[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> list[DocumentInfo]:
        """Take tags from documents, named as for `remove`, and give them others; these documents as they are then.

        Raises UserError, and changes nothing, when a document or a tag to remove is not there, or a text is no tag.
        """
        paths = all_named(names, self.catalogue.files())
        self.catalogue.tags.change(paths, [tag_of(text) for text in add], known(self.documents(), remove))
        return [info for info in self.documents() if not set(paths).isdisjoint(info.sources)]

    def vacuum(self) -> None:
        """Free unused space and wipe what was removed."""
        with self._changing(embedding=False):
            self._wipe()

    def check(self) -> list[str]:
        """What is damaged, one line each; empty when all is well. Changes nothing."""
        with write_lock(self._settings.home):
            self.vectors.reopen()
            return damage(self.catalogue, self.vectors)

    def is_noise(self, path: Path, folder: Path) -> bool:
        """Whether a change of a file below the folder is none that `sync` would follow: hidden, ignored, or our own."""
        below = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in below.parts)
        return hidden or self._ignored(below) or is_below(str(path), resolved(self._settings.home))

    # -- reading

    def documents(self) -> list[DocumentInfo]:
        return self.catalogue.documents()

    def document(self, document_id: str) -> Document:
        """The document of this id; raises UserError when there is none."""
        document = self.catalogue.document(document_id)
        if document is None:
            raise UserError(f"no document {document_id!r} in the library; `python -m index list` shows all")
        return document

    def page_images(self, document_id: str, start: int, end: int) -> tuple[PageImage, ...]:
        """Pictures of the pages of a PDF that the quote at [start, end) is on; raises UserError if there are none."""
        files = [stamp for held, stamp in self.catalogue.files().values() if held == document_id]
        return self._images.of(self.document(document_id), files, start, end)

    @property
    def encoder(self) -> "Encoder":
        """What the library embeds with, in agreement with what is recorded."""
        return self._ready()

    def find(self, question: str, within: Collection[str] | None = None) -> "searching.Found":
        """All evidence and passages for a question, best first; `within` are ids of the documents to look in."""
        from index.search import find as search

        def found() -> "searching.Found":
            return search(self.catalogue, self.vectors, self._ready(), clean(question), within)

        try:
            return found()
        except VectorFault as fault:
            self._tell(str(fault))
            self._seen = None
        try:
            return found()
        except VectorFault as fault:
            raise UserError(f"the vector store cannot be used: {fault}; run `python -m index check`") from fault

    def search(self, question: str, k: int = 5, within: Collection[str] | None = None) -> list[Hit]:
        """The k best passages for a question."""
        return list(self.find(question, within).hits[:k])

    def evidence(self, question: str, k: int = 5, within: Collection[str] | None = None) -> list[Evidence]:
        """The k best sentences for a question."""
        return list(self.find(question, within).evidence[:k])

    # -- how

    @contextmanager
    def _changing(self, embedding: bool) -> Iterator[None]:
        """Hold the write lock, all in good order; afterwards wipe what was removed."""
        with write_lock(self._settings.home):
            self._removed = False
            if embedding:
                self._agree()
            self._mend()
            try:
                yield
            finally:
                if self._removed:
                    self._tidy()

    def _ready(self) -> "Encoder":
        """The encoder, with the catalogue and the vector store in agreement with it and with each other."""
        with self._guard:
            if self._embedder_agreed and self._seen == self.catalogue.fact("revision"):
                return self._loaded()
            try:
                with write_lock(self._settings.home):
                    self._agree()
                    self._mend()
            except UserError as error:
                # While another process writes, a reader does with what is there.
                recorded, encoder = self.catalogue.fact("embedder"), self._loaded()
                if recorded not in (None, encoder.name) or not isinstance(error, Busy):
                    raise
                self.vectors.reopen()
                self._seen = self.catalogue.fact("revision")
                self._embedder_agreed = True
            return self._loaded()

    def _loaded(self) -> "Encoder":
        with self._guard:
            if self._encoder is None:
                from index.embed import default_encoder

                self._encoder = default_encoder(self._settings)
            return self._encoder

    def _mend(self) -> None:
        """See what other processes did and make the vector store agree. The write lock is held."""
        with self._guard:
            revision = self.catalogue.fact("revision")
            if self._seen != revision:
                self.vectors.reopen()
                mend(self.catalogue, self.vectors, self._tell)
                self._seen = self.catalogue.fact("revision")

    def _wipe(self) -> None:
        self.catalogue.database.scrub(compact=True)
        self.vectors.close()
        rebuild_apart(self._settings.home, self._settings.chroma)
        self._seen = self.catalogue.fact("revision")
        self._removed = False

    def _tidy(self) -> None:
        """Wipe what was removed from the catalogue; give back the space in either store when much of it is unused."""
        try:
            self.catalogue.database.scrub()
            if self.catalogue.removed() > UNUSED * self.catalogue.totals()[0]:
                rebuild(self.catalogue, self.vectors)
                self._seen = self.catalogue.fact("revision")
            if self.catalogue.database.slack() > UNUSED:
                self.catalogue.database.scrub(compact=True)
        except UserError as error:  # what was asked for is done
            self._tell(str(error))

    def _erase(self, path: str, going: Collection[str]) -> str:
        """Delete a file that was handed in through the page, unless documents of the same archive stay."""
        file = file_of(path)
        stays = set(self.catalogue.files_at(str(file))) - set(going)
        return "" if stays else delete_below(file, self._settings.home / UPLOADS)

    def _agree(self) -> None:
        renew(self.catalogue, self.vectors, self._loaded(), self._tell)
        self._embedder_agreed = True

    def _intake(self, progress: OnProgress, gone: dict[str, str], again: bool = False) -> Intake:
        return Intake(self.catalogue, self._loaded(), self._carry_over, progress, self._ignored, gone, again)

    def _is_ignored(self, path: str, folders: Sequence[Path]) -> bool:
        """Whether a file is left out of every one of the folders that it is below."""
        above = [folder for folder in folders if is_below(path, folder)]
        return all(self._ignored(Path(path).relative_to(folder)) for folder in above)

    def _forget(self, path: str, detail: str = "") -> Report:
        removed = self.catalogue.forget([path])
        self._carry_over(None, removed)
        return Report(path, "removed", detail or ("" if removed else "another file holds the same text"), len(removed))

    def _carry_over(self, added: str | None, removed: Sequence[int]) -> None:
        """Do to the vector store what was done to the catalogue; what fails here is mended from the catalogue."""
        self._removed = self._removed or bool(removed)
        try:
            if added:
                self.vectors.add(self.catalogue.vector_rows(list(self.catalogue.passages_of(added))))
            self.vectors.delete(removed)
            self.catalogue.mark_in_step()
            self._seen = self.catalogue.fact("revision")
        except VectorFault as fault:
            self._tell(str(fault))
            self._mend()
