"""The training blocks as documents, and the learner of the ranking on examples whose answer is known."""

import numpy as np

from evals.blocks import TRAINING, load_blocks
from evals.ranking_examples import Written, long_documents, short_documents
from evals.ranking_train import Example, Group, learned, recalls
from index.features import FEATURES


def check(documents: list[Written]) -> int:
    """The number of questions; what each needs must stand in its document exactly once."""
    for document in documents:
        for posed in document.posed:
            assert posed.source == document.source and posed.needed
            assert all(document.text.count(words) == 1 for words in posed.needed), posed
    return sum(len(document.posed) for document in documents)


def test_every_answerable_question_is_laid_out_once_short_and_once_long() -> None:
    answerable = sum(bool(item.support) for block in load_blocks(TRAINING) for item in block.items)
    short, long = short_documents(), [document for library in long_documents(4) for document in library]
    assert check(short) == check(long) == answerable
    assert len({document.source for document in short}) == len(short)
    assert max(len(document.text) for document in short) < min(len(document.text) for document in long)
    assert short == short_documents(), "the same every time"


def test_every_other_document_has_headings_and_rows_keep_their_lines() -> None:
    headed = ["\n## " in document.text for document in short_documents()]
    assert 0.3 < np.mean(headed) < 0.7
    assert any("\nBody weight | Morning dose | Evening dose\n10–19 kg |" in d.text for d in short_documents())


def examples(feature: str, count: int, seed: int) -> list[Example]:
    """Pools in which the sentence that is highest in one feature is the answer."""
    chance = np.random.default_rng(seed)
    tables = [chance.normal(size=(12, len(FEATURES))) for _ in range(count)]
    return [Example("", table, [[int(table[:, FEATURES.index(feature)].argmax())]]) for table in tables]


def test_the_learner_finds_the_feature_that_tells() -> None:
    weights = learned([Group(examples("coverage", 150, 1), 1.0)])
    assert FEATURES[int(np.argmax(weights.weight))] == "coverage"
    assert recalls(examples("coverage", 60, 2), weights).mean(axis=0)[0] > 0.8


def test_a_group_counts_as_much_as_it_weighs_not_as_it_is_long() -> None:
    few, many = Group(examples("coverage", 20, 3), 1.0), Group(examples("dense", 200, 4), 0.1)
    assert FEATURES[int(np.argmax(learned([few, many]).weight))] == "coverage"


def test_a_case_is_found_only_when_everything_it_needs_is() -> None:
    table = np.zeros((12, len(FEATURES)))
    table[:, FEATURES.index("coverage")] = np.arange(12, 0, -1)
    weights = learned([Group(examples("coverage", 50, 5), 1.0)])
    hits = recalls([Example("", table, [[0], [4, 9]]), Example("", table, [[0], []])], weights)
    assert hits.tolist() == [[False, False, True, True], [False] * 4]
