"""An assistant and a library that behave as the real ones do, without models: for the tests of the page."""

import re
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from index.errors import UserError
from index.intake import OnProgress, unheard
from index.library import UPLOADS
from index.loaders import load
from index.page_image import PageImage, PageImages
from index.rows import Stamp
from index.tags import in_order, in_use, key_of, known, tag_of
from index.types import Document, DocumentInfo, Evidence, Hit, Passage, Progress, Report
from rag.types import Answer, Candidate, Check, Citation, Sentence, Trace, Turn

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
REFUSAL = "The documents do not answer this question."


def passages(document: Document, size: int = 900) -> list[Passage]:
    """Whole sentences up to `size` characters."""
    spans = [m.span() for m in re.finditer(r"\S.*?(?:[.!?]”?(?=\s)|$)", document.text, re.DOTALL)]
    groups: list[list[tuple[int, int]]] = []
    for span in spans:
        if groups and span[1] - groups[-1][0][0] <= size:
            groups[-1].append(span)
        else:
            groups.append([span])
    return [
        Passage(document.id, document.source, g[0][0], g[-1][1], document.page_of(g[0][0]),
                document.text[g[0][0] : g[-1][1]], tuple(g))
        for g in groups
    ]  # fmt: skip


class StandInLibrary:
    """Documents in memory; reads PDF and UTF-8 text only and says so."""

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self._documents = {d.id: d for d in documents}
        self._images = PageImages()
        self._tags: dict[str, dict[str, str]] = {}  # by path and key, as they were first written

    def documents(self) -> list[DocumentInfo]:
        return [
            DocumentInfo(
                d.id, (d.source,), len(d.text), len(d.pages), len(passages(d)), "2026-01-01T00:00:00",
                in_order(self._tags.get(d.source, {}).values()),
            )
            for d in self._documents.values()
        ]  # fmt: skip

    def tag(self, names: Iterable[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> list[DocumentInfo]:
        ids, gone = set(names), known(self.documents(), remove)
        written = {key_of(name): name for name in in_use(self.documents())}
        for document in (self.document(each) for each in ids):
            tags = self._tags.setdefault(document.source, {})
            for name in gone:
                tags.pop(key_of(name), None)
            for name in map(tag_of, add):
                tags.setdefault(key_of(name), written.get(key_of(name), name))
        return [info for info in self.documents() if info.id in ids]

    def document(self, document_id: str) -> Document:
        if document_id not in self._documents:
            raise UserError(f"no document {document_id!r}; see the list of documents")
        return self._documents[document_id]

    def page_images(self, document_id: str, start: int, end: int) -> tuple[PageImage, ...]:
        return self._images.of(
            self.document(document_id), [Stamp(self.document(document_id).source, 0, -1)], start, end
        )

    def ranked(self, question: str, within: Collection[str] | None) -> list[tuple[int, Passage, tuple[int, int]]]:
        def words(text: str) -> set[str]:
            return {w for w in re.findall(r"\w+", text.lower()) if len(w) > 3}

        wanted = words(question)
        scored = [
            (len(wanted & words(p.text[s - p.start : e - p.start])), p, (s, e))
            for info in self.documents()
            if within is None or info.id in within
            for p in passages(self.document(info.id))
            for s, e in p.sentences
        ]
        return sorted(scored, key=lambda found: -found[0])

    def search(self, question: str, k: int, within: Collection[str] | None) -> list[Hit]:
        best = {p.id: Hit(p, float(n)) for n, p, _ in reversed(self.ranked(question, within))}  # its best sentence
        return sorted(best.values(), key=lambda hit: -hit.score)[:k]

    def evidence(self, question: str, k: int, within: Collection[str] | None) -> list[Evidence]:
        found = self.ranked(question, within)[:k]
        return [Evidence(p, s, e, float(n), {"dense": 0.5, "bm25": float(n)}) for n, p, (s, e) in found]

    def add(self, paths: Iterable[Path], progress: OnProgress = unheard, again: bool = False) -> Iterator[Report]:
        for path in paths:
            progress(Progress(0, 1, str(path)))
            yield self._add(path)

    def sync(self, paths: Iterable[Path], progress: OnProgress = unheard) -> Iterator[Report]:
        for folder in paths:
            yield from self.add(sorted(folder.glob("*")), progress)
            gone = [d for d in self._documents.values() if Path(d.source).parent == folder]
            for document in gone:
                if not Path(document.source).exists():
                    del self._documents[document.id]
                    yield Report(document.source, "removed", "gone from the disk")

    def remove(self, names: Iterable[str], erase: bool = False) -> Iterator[Report]:
        """`erase` deletes files whose folder is named as that of files handed in."""
        for name in names:
            gone = self._documents.pop(name, None)
            self._tags.pop(gone.source if gone else name, None)
            if gone and erase and Path(gone.source).parent.name == UPLOADS:
                Path(gone.source).unlink()
            yield Report(gone.source if gone else name, "removed" if gone else "failed")

    def _add(self, path: Path) -> Report:
        try:
            is_pdf = path.suffix == ".pdf"
            document = load(path)[0] if is_pdf else Document(str(path), path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            return Report(str(path), "failed", "not a text file")
        if document.id in self._documents:
            return Report(str(path), "unchanged")
        known = [d.id for d in self._documents.values() if d.source == document.source]
        for stale in known:
            del self._documents[stale]
        self._documents[document.id] = document
        return Report(str(path), "updated" if known else "added", passages=len(passages(document)))


class StandInAssistant:
    """Quotes the two sentences that share most words with the question; refuses when they share too few.

    `pause` is the time between two words of the draft. `closed` counts answers that were closed before their end.
    """

    def __init__(self, library: StandInLibrary, pause: float = 0.0) -> None:
        self.library = library
        self.pause = pause
        self.closed = 0
        self.heard: list[tuple[str, tuple[Turn, ...]]] = []

    def answer(
        self, question: str, history: Sequence[Turn] = (), within: Collection[str] | None = None
    ) -> Iterator[Answer]:
        self.heard.append((question, tuple(history)))
        asked = [t.text for t in history if t.role == "user"]
        standalone = f"{asked[-1].rstrip('?')}: {question}" if asked and len(question.split()) < 4 else question
        now = Answer(question, standalone)
        try:
            yield now
            found = self.library.ranked(standalone, within)
            now = replace(now, hits=tuple(self.library.search(standalone, 3, within)))
            yield now
            yield from self._refused(now) if not found or found[0][0] < 3 else self._cited(now, found[:2])
        except GeneratorExit:
            self.closed += 1
            raise

    def _refused(self, now: Answer) -> Iterator[Answer]:
        yield replace(now, refused=True, sentences=(Sentence(REFUSAL, ()),), done=True)

    def _cited(self, now: Answer, found: Sequence[tuple[int, Passage, tuple[int, int]]]) -> Iterator[Answer]:
        for number, (_, passage, (start, end)) in enumerate(found, start=1):
            quote = passage.text[start - passage.start : end - passage.start]
            words = quote.split(" ")
            for n in range(1, len(words) + 1):
                time.sleep(self.pause)
                yield replace(now, draft=" ".join(words[:n]))
            page = self.library.document(passage.document_id).page_of(start)
            cited = Citation(number, passage.document_id, passage.source, page, start, end, quote)
            now = replace(
                now, sentences=(*now.sentences, Sentence(quote, (number,))), citations=(*now.citations, cited)
            )
            yield now
        pieces = [Evidence(p, s, e, float(n), {"dense": 0.5, "bm25": float(n)}) for n, p, (s, e) in found]
        trace = Trace(
            model="stand-in",
            searched=now.standalone,
            confidence=0.9,
            candidates=tuple(Candidate(piece, n < 1, f"ranked {n + 1}") for n, piece in enumerate(pieces)),
            checks=tuple(Check(sentence.text, True, "every word is there") for sentence in now.sentences),
            seconds={"search": 0.1, "write": 0.3},
        )
        yield replace(now, done=True, trace=trace)


def seed_library() -> StandInLibrary:
    """The seed documents, and one with pages and markup in it."""
    seeds = [Document(p.name, p.read_text(encoding="utf-8")) for p in sorted(SEEDS.glob("*.txt"))]
    first = "The harbour ledger begins in spring.\n\n" * 60
    second = (
        'The lighthouse keeper counted <b>forty</b> ships & "three" boats <img src="http://example.com/x.png">.\n\n'
    )
    third = "The ledger ends with a list of ropes.\n" * 60
    pages = (0, len(first), len(first) + len(second))
    return StandInLibrary([*seeds, Document("harbour <ledger>.pdf", first + second + third, pages)])


def stand_in(pause: float = 0.0) -> StandInAssistant:
    """A fresh assistant over the seed documents."""
    return StandInAssistant(seed_library(), pause)
