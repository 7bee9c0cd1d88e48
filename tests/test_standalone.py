"""Follow-up questions, by hand: what leans on the conversation gets its topic, what does not is left alone."""

from rag.standalone import leans, standalone
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
