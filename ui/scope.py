"""Which documents a question is asked of. Knows nothing of gradio or HTML."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.errors import UserError
from index.types import DocumentInfo
from rag.types import Answer, Turn
from ui.assistant import Assistant

NONE_LEFT = "None of the documents that you ticked is there any more; tick others, or ask all."


@dataclass(frozen=True)
class Scope:
    """The documents that questions are limited to, by the paths of their files; none: all are asked.

    By paths, not by ids: a file that is read again may have another text and so another id, and stays ticked.
    """

    sources: frozenset[str] = frozenset()

    def among(self, documents: Sequence[DocumentInfo]) -> list[DocumentInfo]:
        """Those of the documents that are ticked."""
        return [info for info in documents if self.sources.intersection(info.sources)]

    def ticked(self, documents: Sequence[DocumentInfo], on: bool) -> "Scope":
        """With these documents ticked too, or no longer."""
        sources = {source for info in documents for source in info.sources}
        return Scope(self.sources | sources if on else self.sources - sources)

    def ask(self, assistant: Assistant, question: str, history: Sequence[Turn]) -> Iterator[Answer]:
        """The answer from these documents only, with a note that says so. Raises UserError when none of them is left.

        It never falls back on all documents: what is left out is left out for a reason.
        """
        if not self.sources:
            return assistant.answer(question, history)
        documents = assistant.library.documents()
        chosen = self.among(documents)
        if not chosen:
            raise UserError(NONE_LEFT)
        answers = assistant.answer(question, history, [info.id for info in chosen])
        return _noted(answers, f"Asked of {len(chosen)} of {len(documents)} documents.")


EVERYTHING = Scope()


def _noted(answers: Iterator[Answer], note: str) -> Iterator[Answer]:
    try:
        for answer in answers:
            yield replace(answer, note=" ".join(filter(None, (answer.note, note))))
    finally:
        getattr(answers, "close", lambda: None)()
