"""BM25 and z-scores against values worked out by hand."""

import math

import numpy as np
import pytest

from index.scoring import bm25, idf, zscores


def test_bm25_of_one_term_by_hand() -> None:
    texts = [["cat", "sat"], ["dog", "dog", "ran", "far"]]
    scores = bm25(["dog"], texts, {"dog": 1}, 2)
    weight = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    assert scores[0] == 0
    assert scores[1] == pytest.approx(weight * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 3)))


def test_bm25_counts_a_repeated_query_term_once_and_survives_no_texts() -> None:
    texts = [["cat"], ["dog"]]
    assert bm25(["cat", "cat"], texts, {"cat": 1}, 2).tolist() == bm25(["cat"], texts, {"cat": 1}, 2).tolist()
    assert bm25(["cat"], [], {"cat": 1}, 2).shape == (0,)


def test_idf_falls_with_frequency_and_is_never_negative() -> None:
    values = [idf(df, 10) for df in (0, 1, 5, 10, 12)]
    assert values == sorted(values, reverse=True)
    assert values[-1] >= 0


def test_zscores() -> None:
    assert zscores(np.array([1.0, 3.0])).tolist() == [-1, 1]
    assert zscores(np.array([2.0, 2.0])).tolist() == [0, 0]
    assert zscores(np.array([])).shape == (0,)
