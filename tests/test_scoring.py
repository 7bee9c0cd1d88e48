"""BM25 and z-scores against values worked out by hand."""

import math

import numpy as np
import pytest

from index.scoring import bm25, idf, zscores


def test_bm25_of_one_term_by_hand() -> None:
    weight = idf(1, 2)
    scores = bm25(np.array([[0], [2]]), np.array([2, 4]), np.array([weight]))  # "cat sat", "dog dog ran far"
    assert scores[0] == 0 and weight == pytest.approx(math.log(1 + (2 - 1 + 0.5) / (1 + 0.5)))
    assert scores[1] == pytest.approx(weight * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 3)))


def test_bm25_sums_over_terms_and_survives_no_texts_and_no_terms() -> None:
    lengths, weights = np.array([1, 2]), np.array([1.0, 2.0])
    counts = np.array([[1, 0], [1, 1]])
    apart = [bm25(counts[:, [term]], lengths, weights[[term]]) for term in (0, 1)]
    assert bm25(counts, lengths, weights).tolist() == pytest.approx((apart[0] + apart[1]).tolist())
    assert bm25(counts[:0], lengths[:0], weights).shape == (0,)
    assert bm25(counts[:, :0], lengths, weights[:0]).tolist() == [0, 0]


def test_idf_falls_with_frequency_and_is_never_negative() -> None:
    values = [idf(df, 10) for df in (0, 1, 5, 10, 12)]
    assert values == sorted(values, reverse=True)
    assert values[-1] >= 0


def test_zscores() -> None:
    assert zscores(np.array([1.0, 3.0])).tolist() == [-1, 1]
    assert zscores(np.array([2.0, 2.0])).tolist() == [0, 0]
    assert zscores(np.array([])).shape == (0,)
