"""Follow-up questions, by hand: what leans on the conversation gets its topic, what does not is left alone."""

import pytest

from rag.standalone import announced, exchanged, leans, says_the_same, standalone
from rag.types import Turn

HISTORY = [
    Turn("user", "Who is the White House National Security Advisor?"),
    Turn("assistant", "Jake Sullivan"),
]


def test_without_history_nothing_changes() -> None:
    assert standalone("When did he speak?", []) == "When did he speak?"


def test_a_pronoun_brings_the_topic_and_the_named_person() -> None:
    rewritten = standalone("When did he speak?", HISTORY)
    assert rewritten.startswith("When did he speak? (")
    assert "Security Advisor" in rewritten
    assert "Jake Sullivan" in rewritten


def test_an_ellipsis_brings_what_was_asked() -> None:
    assert "National Security Advisor" in standalone("And the deputy?", HISTORY)


def test_a_question_that_stands_alone_or_says_that_it_switches_is_left_alone() -> None:
    for question in (
        "How many warships did Russia send through the Strait of Istanbul?",
        "Now something else: who is she?",
    ):
        assert standalone(question, HISTORY) == question


def test_what_is_asked_again_is_not_added_twice() -> None:
    rewritten = standalone("And which White House office?", HISTORY)
    assert rewritten.lower().count("white") == 1


def test_leans() -> None:
    assert leans("What about him?")
    assert leans("And in Poland?")
    assert leans("When did it start in Poland?")
    assert not leans("Who said that troops would not be fighting in Ukraine?")
    assert not leans("What did Russia say about its warships in the strait?")
    assert not leans("How many troops did the Pentagon send to Poland?")


@pytest.mark.parametrize(
    ("before", "question", "read_as"),
    [
        ("How many trips fell out on line 4 in May 2024?", "And on line 6?", "… on line 6 in May 2024?"),
        ("How many trips fell out on line 4 in May 2024?", "No, I meant in June.", "… on line 4 in June 2024?"),
        ("How many trips fell out on line 4 in May 2024?", "And in April 2023?", "… on line 4 in April 2023?"),
        (
            "How many trips fell out on line 4 in May 2024?",
            "Sorry, I wanted that for 2022.",
            "… on line 4 in May 2022?",
        ),
        ("How many trips fell out on line 4 in May 2024?", "And the year before?", "… on line 4 in May 2023?"),
        ("How many trips fell out on line 4 in May 2024?", "and a year later", "… on line 4 in May 2025?"),
        ("May trams cross in May?", "and in june", "May trams cross in June?"),
        ("Who kept the light in 1902?", "1912?", "Who kept the light in 1912?"),
        ("May trams cross?", "and in may?", ""),
        # Two years, a season, no year, nothing of that name, or something else beside it: not for a rule to say.
        ("Did more fall out in 2023 or in 2024?", "And the year before?", ""),
        ("What does a seat cost in 2023-24?", "And the year before?", ""),
        ("What does a seat cost?", "And in 2022?", ""),
        ("How many trips fell out on line 4 in May 2024?", "And on tram 6?", ""),
        ("How many trips fell out on line 4 in May 2024?", "And under the 2025 plan?", ""),
        ("How many trips fell out on line 4 in May 2024?", "And who counted them?", ""),
    ],
)
def test_a_follow_up_that_names_another_year_month_or_number_asks_the_same_of_it(
    before: str, question: str, read_as: str
) -> None:
    history = [Turn("user", "And those?", before), Turn("assistant", "12")]
    assert exchanged(question, history) == read_as.replace("…", "How many trips fell out")


@pytest.mark.parametrize(
    ("question", "read_as"),
    [
        ("Something else now: how long is a Linnet?", "How long is a Linnet?"),
        ("Right. Another thing, who drives it?", "Who drives it?"),
        ("ok, new subject. What does a seat cost?", "What does a seat cost?"),
        ("Now something about drivers: what happens to one who is late?", ""),
        ("What else is new?", ""),
        ("Another thing?", ""),
    ],
)
def test_what_only_announces_another_topic_is_not_searched(question: str, read_as: str) -> None:
    assert announced(question) == read_as


def test_without_history_nothing_is_exchanged() -> None:
    assert exchanged("And in 2022?", []) == ""


@pytest.mark.parametrize(
    ("question", "worded", "same"),
    [
        ("Sorry, I meant its length.", "What is the length of a Linnet?", True),
        ("Sorry, I meant its length.", "How many seats has a Linnet?", False),  # asked before, and no length
        ("And the late fares?", "What is the fare of a Linnet?", False),  # half of it is lost
        ("What is the name of its fitter?", "What is the name of its fitter?", False),  # leans as before
        ("What is the name of its fitter?", "What is the name of the Linnet's fitter?", True),
        ("And a Merle?", "How many seats has a tram?", False),
        ("Is that more than before?", "Has a Linnet more seats than before?", True),
        ("Is that more than before?", "Has a Linnet with more seats more seats than before?", False),  # said twice
    ],
)
def test_another_wording_keeps_what_the_follow_up_says(question: str, worded: str, same: bool) -> None:
    history = [Turn("user", "And a Linnet?", "How many seats has a Linnet?"), Turn("assistant", "52")]
    assert says_the_same(worded, question, history) is same
