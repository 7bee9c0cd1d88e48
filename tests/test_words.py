"""The one tokenisation: what a word is, and what is left of it."""

import pytest

from index.spelling import mend
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
