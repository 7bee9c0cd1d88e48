"""The one tokenisation: what a word is, and what is left of it."""

from collections.abc import Sequence

import pytest

from index.spelling import mend, misspelt, respelled
from index.words import name_in_words, terms, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3,000 troops", ["3000", "troops"]),
        ("1,30,000 men and 2.5 km", ["130000", "men", "and", "2.5", "km"]),
        ("the U.S. and the US’ plan", ["the", "us", "and", "the", "us", "plan"]),
        ("Ukraine’s café, Ukraine's cafe", ["ukraine", "cafe", "ukraine", "cafe"]),
        ("model R310 at 12:30", ["model", "r310", "at", "12", "30"]),
        ("don’t", ["don’t"]),
        ("北京 Привет", ["北京", "привет"]),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_terms_drop_stop_words_and_endings_but_keep_negation() -> None:
    assert terms("How many troops were not deployed in the US?") == ["troop", "not", "deploy", "us"]


def test_a_files_name_is_read_as_words() -> None:
    assert name_in_words("/notes.d/price-list_2023.v2.md") == "price list 2023.v2"


def test_misspelt_terms_are_mended_from_the_vocabulary_and_others_left() -> None:
    vocabulary = ["pentagon", "spokesperson", "ukrain"]
    frequencies = {"pentagn": 0, "ukrain": 3, "xylophon": 0, "abc": 0}
    assert mend(list(frequencies), frequencies, vocabulary) == {"pentagn": "pentagon"}


def whole_words(texts: Sequence[str]) -> list[int]:
    """The word pieces of an embedder that knows three words."""
    return [3 if text in ("hero", "unsuccessful", "what") else 5 for text in texts]


def test_a_word_of_the_language_is_no_typo_and_a_question_word_is_meant_as_one() -> None:
    question = "Wich unsuccessful hero of the pentagn?"
    alike = {"wich": "winch", "unsuccess": "success", "hero": "heron", "pentagn": "pentagon"}
    mended = misspelt(alike, question, whole_words)
    assert mended == {"wich": "which", "pentagn": "pentagon"}
    assert respelled(question, mended, ["Two Pentagons stand here."]) == "which unsuccessful hero of the pentagons?"
    assert respelled(question, mended, []) == "which unsuccessful hero of the pentagn?"
    assert misspelt({}, question, whole_words) == {}


def test_a_misspelt_word_is_written_as_the_documents_write_the_like_of_it() -> None:
    texts = ["The allowance is due.", "Allow it.", "Allowances differ."]
    assert respelled("how much is the alowance", {"alow": "allow"}, texts) == "how much is the allowance"
    assert respelled("the alowances?", {"alow": "allow"}, texts) == "the allowances?"
