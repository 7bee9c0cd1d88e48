"""The converted embedder against sentence-transformers itself, and its batches."""

import numpy as np
import pytest

from index.convert import converted
from index.embed import OnnxEncoder, batches
from index.errors import UserError
from index.settings import Settings


def test_batches_hold_like_lengths_within_the_budget_and_lose_nothing() -> None:
    lengths = [5, 200, 7, 6, 200, 1]
    groups = batches(lengths, 20)
    assert sorted(position for group in groups for position in group) == list(range(6))
    assert all(len(group) == 1 or len(group) * max(lengths[p] for p in group) <= 20 for group in groups)


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder(converted("", Settings().index.cache))


@pytest.mark.slow
@pytest.mark.xdist_group("models")
def test_it_agrees_with_sentence_transformers(encoder: OnnxEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    from index.convert import packaged

    texts = ["", "a", "Who is it?", "Ein Café in Zürich – 3,000 €", "word " * 40, "a much longer text " * 200]
    reference = SentenceTransformer(str(packaged()), device="cpu").encode(texts, normalize_embeddings=True)
    ours = encoder.encode(texts)
    assert ours.shape == (len(texts), encoder.dimension)
    assert np.abs(ours - reference).max() < 1e-5


def test_each_text_has_the_same_vector_alone_and_in_company(encoder: OnnxEncoder) -> None:
    texts = ["a bakery in Bergen", "the six warships that Russia sent through the strait for naval drills"]
    together = encoder.encode(texts)
    assert np.abs(together[0] - encoder.encode(texts[:1])[0]).max() < 1e-5
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_batches_at_once_keep_the_order_of_the_texts(encoder: OnnxEncoder) -> None:
    texts = [f"number {n} " * (1 + n % 40) for n in range(60)]
    together, alone = encoder.encode(texts), np.concatenate([encoder.encode([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5


def test_counting_does_not_truncate(encoder: OnnxEncoder) -> None:
    assert encoder.count_tokens(["", "hello world", "word " * 400]) == [2, 4, 402]


def test_a_folder_without_a_model_is_one_clear_line() -> None:
    with pytest.raises(UserError, match="RAG_EMBEDDER"):
        converted("/nowhere", Settings().index.cache)
