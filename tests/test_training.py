"""The training examples of the reader: each answer stands where it is said to, and the mix is as wanted."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from evals.blocks import TRAINING
from index.convert import packaged
from index.settings import Settings
from rag.reader import Reader, built

MANY = {"list", "multi"}


def blocks() -> Iterator[dict[str, Any]]:
    for path in sorted(TRAINING.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def test_every_answer_is_verbatim_in_its_support_and_every_near_miss_has_none() -> None:
    for block in blocks():
        assert 2 <= len(block["evidence"]) <= 10
        for item in block["items"]:
            if item["kind"].startswith("near_"):
                assert (item["support"], item["short"], item["answer"]) == ([], "", "")
                continue
            support = [block["evidence"][n] for n in item["support"]]
            parts = item["short"].split("; ") if item["kind"] in MANY else [item["short"]]
            assert support, item
            assert item["answer"], item
            assert item["kind"] == "yesno" or all(any(part in text for text in support) for part in parts), item


def test_there_are_enough_examples_of_many_kinds_without_repeats() -> None:
    items = [(block["evidence"][0], item) for block in blocks() for item in block["items"]]
    kinds = Counter(item["kind"] for _, item in items)
    assert len(items) >= 10_000
    assert len({(first, item["question"]) for first, item in items}) == len(items)
    assert 0.25 <= sum(n for kind, n in kinds.items() if kind.startswith("near_")) / len(items) <= 0.5
    assert all(kinds[kind] > 20 for kind in ("who", "what", "when", "where", "number", "why", "list", "paraphrase"))
    assert len({block["domain"] for block in blocks()}) >= 25


@pytest.mark.slow
@pytest.mark.xdist_group("models")
def test_the_shipped_reader_tells_an_answer_from_a_near_miss_and_finds_its_words() -> None:
    reader = Reader(built(packaged(), Settings().index.cache))
    text = (
        "The old library in Halden opened in 1931. It was designed by the architect Runa Dahl and cost 40,000 crowns."
    )
    (right,) = reader.judge("Who designed the library?", [text])
    (wrong,) = reader.judge("Who painted the ceiling of the town hall?", [text])
    assert right.answerable > wrong.answerable
    assert "Runa Dahl" in text[right.start : right.end]
    assert reader.judge("anything", []) == []
    alone, together = reader.judge("Who?", ["Ann."]), reader.judge("Who?", ["Ann.", text])
    assert np.isclose(alone[0].answerable, together[0].answerable, atol=1e-4)
