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
from rag.rerank import asked_of

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
    assert len(items) >= 20_000
    assert len({(first, item["question"]) for first, item in items}) == len(items)
    assert 0.25 <= sum(n for kind, n in kinds.items() if kind.startswith("near_")) / len(items) <= 0.5
    assert all(kinds[kind] > 20 for kind in ("who", "what", "when", "where", "number", "why", "list", "paraphrase"))
    assert len({block["domain"] for block in blocks()}) >= 25


@pytest.mark.slow
@pytest.mark.xdist_group("models")
def test_the_shipped_reader_tells_an_answer_from_a_near_miss_and_finds_its_words() -> None:
    reader = Reader(built(packaged(), Settings().index.cache))
    opened, designed = "The old library in Halden opened in 1931.", "It was designed by the architect Runa Dahl."
    who, when = "Who designed the library?", "When did the library open?"
    shown = [(asked_of(question, "town history", "" if text is opened else opened), text) for question, text in (
        (who, designed), (who, opened), (when, opened), (when, designed), ("Who painted the town hall?", designed),
    )]  # fmt: skip
    chances = [reading.answerable for reading in reader.judge(shown)]
    assert min(chances[0], chances[2]) > max(chances[1], chances[3], chances[4])
    right = reader.judge(shown[:1])[0]
    assert "Runa Dahl" in designed[right.start : right.end]
    assert reader.judge([]) == []
    assert np.isclose(reader.judge(shown[1:2])[0].answerable, chances[1], atol=1e-4), "alone as among others"
