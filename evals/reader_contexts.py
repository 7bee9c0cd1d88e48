"""What of the evidence the reader is shown: one text, with the places in documents that it is made of. Pure."""

from collections.abc import Sequence

from index.types import Evidence
from index.words import name_in_words

Place = tuple[str, int, int]  # document id, start, end
MOST_CHARACTERS = 900
# The forms seen in training: the best sentence between its neighbours or in its passage, or the best three in document
# order, alone or each with the sentence before it; "named" puts the document's name in front.
FORMS = ("window", "three", "three with previous", "passage", "window named", "three with previous named")


def context(evidence: Sequence[Evidence], form: str) -> tuple[str, list[Place]]:
    """The text of one of FORMS (or "sentence", the best alone) made of ranked evidence, and its places in order."""
    shape, named = form.removesuffix(" named"), form.endswith(" named")
    parts: list[tuple[Evidence, int, int]] = []
    for item, start, end in _pieces(evidence, shape):
        if parts and parts[-1][0].passage.id == item.passage.id and start <= parts[-1][2] + 2:
            parts[-1] = (parts[-1][0], parts[-1][1], max(end, parts[-1][2]))
        else:
            parts.append((item, start, end))
    texts, last = [], ""
    for item, start, end in parts:
        text = item.passage.text[start - item.passage.start : end - item.passage.start]
        new = item.passage.document_id != last
        texts.append(f"{name_in_words(item.passage.source)}: {text}" if named and new else text)
        last = item.passage.document_id
    return " ".join(texts)[:MOST_CHARACTERS], [(item.passage.document_id, a, b) for item, a, b in parts]


def _pieces(evidence: Sequence[Evidence], shape: str) -> list[tuple[Evidence, int, int]]:
    best = evidence[0]
    if shape == "sentence":
        return [(best, best.start, best.end)]
    if shape == "window":
        return [(best, *_beside(best, 1, 1))]
    if shape == "passage":
        return [(best, best.passage.start, best.passage.end)]
    before = 1 if shape.endswith("previous") else 0
    rank: dict[str, int] = {}
    for item in evidence[:3]:
        rank.setdefault(item.passage.document_id, len(rank))
    pieces = [(item, *_beside(item, before, 0)) for item in evidence[:3]]
    return sorted(pieces, key=lambda piece: (rank[piece[0].passage.document_id], piece[1]))


def _beside(item: Evidence, before: int, after: int) -> tuple[int, int]:
    spans = item.passage.sentences
    own = next(i for i, (start, end) in enumerate(spans) if start <= item.start < end)
    return spans[max(0, own - before)][0], spans[min(len(spans) - 1, own + after)][1]
