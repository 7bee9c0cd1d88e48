"""The best sentences as one text for a model to read: by document, each run under its document's name. Pure."""

from collections.abc import Sequence

from index.types import Evidence
from index.words import name_in_words
from rag.columns import told


def context(evidence: Sequence[Evidence], question: str, limit: int) -> str:
    """The sentences in the order of their documents' best rank, then of the text, at most `limit` characters of them.

    Rows of tables are told as the question asks (rag/columns.py). A document's sentences follow its name in brackets,
    since sister documents often differ by nothing else. The first document's are always given whole.
    """
    rank: dict[str, int] = {}
    for item in evidence:
        rank.setdefault(item.passage.document_id, len(rank))
    text, last = "", ""
    for item in sorted(evidence, key=lambda item: (rank[item.passage.document_id], item.start)):
        document = item.passage.document_id
        piece = told(item, question)
        part = piece if document == last else f"[{name_in_words(item.passage.source)}] {piece}"
        if text and len(text) + len(part) >= limit:
            break
        text, last = f"{text} {part}" if text else part, document
    return text
