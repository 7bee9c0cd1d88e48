"""Questions about the whole of something, answered by reading all of it: every passage, and no model."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from index.library import Library
from index.types import DocumentInfo, Evidence, Passage
from rag.columns import row_of
from rag.compose import cited, one_line, refusal
from rag.reckon import operation, reckoned, tables
from rag.types import Answer, Candidate, Trace
from rag.whole import counted, named, occurrences, part_seen, summary, whole

MOST_COUNTED = 20  # occurrences, or rows, that are cited
LOOKED_AT = 24  # best sentences among which a row of the table must be
_Read = tuple[list[tuple[str, list[Evidence]]], list[Evidence], str]  # sentences with their evidence, all of it, a note


class ReadAll:
    """Reads whole documents of a library, where `within` are the ids of those to look in (None: all)."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def answer(self, growing: Answer, within: Collection[str] | None, seconds: Mapping[str, float]) -> Answer | None:
        """The answer to a stand-alone question that needs every passage read; None for other questions.

        `seconds` are those of the stages before.
        """
        started, question = time.perf_counter(), growing.standalone
        read = self._of_all(question, within)
        if not read:
            return None
        sentences, evidence, note = read
        if not evidence:
            return replace(growing, sentences=refusal(), refused=True, note=note, done=True)
        shown, citations = cited(sentences, [])
        kept = tuple(Candidate(item, True, "chosen among all") for item in evidence)
        seconds = {**seconds, "read all": time.perf_counter() - started}
        trace = Trace(model="none", searched=question, confidence=1.0, candidates=kept, seconds=seconds)
        return replace(growing, sentences=shown, citations=citations, note=note, trace=trace, done=True)

    def _of_all(self, question: str, within: Collection[str] | None) -> _Read | None:
        """What reading all tells; None where the question wants nothing of a whole."""
        kind = whole(question)
        documents = self._documents(within) if kind in ("count", "summary") else []
        if documents:
            return self._counted(question, documents) if kind == "count" else self._summary(question, documents)
        return self._reckoned(question, within) if operation(question) and not kind else None

    def part_seen(self, question: str, sentences: int, within: Collection[str] | None) -> str:
        """What an answer that rests on so many sentences did not see, where the question is about all."""
        if whole(question) != "all":
            return ""
        documents = self._documents(within)
        return part_seen(sentences, sum(info.passages for info in documents), len(documents))

    def _reckoned(self, question: str, within: Collection[str] | None) -> _Read | None:
        """What the rows of one table come to, of the documents whose rows are among the best sentences."""
        best = self._library.find(question, within).evidence[:LOOKED_AT]
        holding = dict.fromkeys(item.passage.document_id for item in best if row_of(item))
        found = [
            told
            for document in holding
            for table in tables(self._library.catalogue.passages_of(document).values())
            if (told := reckoned(question, table))
        ]
        if len(found) != 1:
            return None
        told = found[0]
        evidence = [row.item for row in told.rows]
        note = f"All {told.read} rows of the table in {PurePath(evidence[0].passage.source).name} were read."
        return [(told.text, evidence[:MOST_COUNTED])], evidence, note

    def _counted(self, question: str, documents: Sequence[DocumentInfo]) -> _Read:
        words = counted(question)
        found = {info.id: occurrences(words, list(self._passages(info).values())) for info in documents}
        evidence = [item for items in found.values() for item in items]
        holding = sum(bool(items) for items in found.values())
        times = "once" if len(evidence) == 1 else f"{len(evidence)} times"
        text = f"“{words}” stands {times} in the text, in {holding} of {len(documents)} documents."
        note = f"Every passage of {len(documents)} documents was read; only these very words were counted."
        return [(text, evidence[:MOST_COUNTED])], evidence, note

    def _summary(self, question: str, documents: Sequence[DocumentInfo]) -> _Read:
        chosen = named(question, documents)
        if len(chosen) != 1:
            hits = self._library.search(question, 1, [info.id for info in documents])
            chosen = [info for info in documents if hits and info.id == hits[0].passage.document_id]
        passages = self._passages(chosen[0]) if chosen else {}
        vectors = self._library.catalogue.sentence_vectors(list(passages))
        evidence, count = summary(passages, vectors)
        source = PurePath(evidence[0].passage.source).name if evidence else ""
        note = f"Sentences of {source} itself, chosen from all {count} of them." if evidence else ""
        return [(one_line(item.text), [item]) for item in evidence], evidence, note

    def _documents(self, within: Collection[str] | None) -> list[DocumentInfo]:
        return [info for info in self._library.documents() if within is None or info.id in within]

    def _passages(self, info: DocumentInfo) -> dict[int, Passage]:
        return self._library.catalogue.passages_of(info.id)
