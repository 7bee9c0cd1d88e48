"""What a taught model sees in each sentence by itself, and how the evidence is ordered by it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from index.library import Library
from index.settings import NO_ADAPTER, AnswerSettings, Settings
from rag.assistant import Assistant
from rag.build import open_beside, open_model
from rag.followups import MOST_READ
from rag.llama import ChatLlama
from rag.models import find_adapter, find_model
from rag.prompts import STOP, UNKNOWN, alone
from rag.types import Turn
from rag.weigh import odds, weighed
from tests.standins_index import library_with
from tests.standins_rag import SpokenModel, SureReader, TaughtModel, evidence

LINES = ("The mill was opened by Ane Lund.", "The mill was shut by Odd Moe in 1954.", "Nobody lives there.")


class Seeing(TaughtModel):
    """Knows nothing but where a text holds `sees`; says `rewrites` where it is asked to make a question stand alone."""

    sees: str = ""
    rewrites: str = ""

    @property
    def reworded(self) -> list[Sequence[BaseMessage]]:
        """The prompts that asked for a question that stands alone."""
        return [prompt for prompt in self.asked if str(prompt[-1].content).endswith("Stand-alone:")]

    def reply(self, messages: Sequence[BaseMessage]) -> str:
        return self.rewrites if str(messages[-1].content).endswith("Stand-alone:") else self.says

    def chances(self, prompts: Sequence[Sequence[BaseMessage]], word: str) -> list[float]:
        self.asked.extend(list(prompt) for prompt in prompts)
        return [0.01 if self.sees in str(prompt[0].content) else 0.99 for prompt in prompts]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_with(tmp_path, {"mill.txt": " ".join(LINES)}) as opened:
        yield opened


def test_the_sentence_that_the_model_sees_the_answer_in_comes_first_and_the_unread_stay_behind() -> None:
    items = evidence("One.", "Two.", "Three.", "Four.", scores=(2.0, 1.5, 1.0, 0.9))
    ordered = weighed(items, (-3.0, 1.0, -1.0))
    assert [item.text for item in ordered] == ["Two.", "Three.", "One.", "Four."]
    assert ordered[0].score == pytest.approx(2.5)
    assert ordered[0].parts["alone"] == 1.0
    assert [item.score for item in ordered] == sorted((item.score for item in ordered), reverse=True)
    assert weighed(items, ()) == tuple(items)


def test_each_sentence_is_read_by_itself_after_the_question() -> None:
    model = Seeing(says="x", sees="Ane Lund")
    first, second = odds(model, "Who opened the mill?", evidence(*LINES[:2]))
    assert first == pytest.approx(-second)
    assert first > 4
    assert [str(prompt[0].content) for prompt in model.asked] == [
        str(alone(f"[a] {line}", "Who opened the mill?")[0].content) for line in LINES[:2]
    ]
    assert str(model.asked[0][0].content).startswith("Question: Who opened the mill?\nText: [a] The mill")


def test_a_draft_is_made_from_what_the_model_saw(library: Library) -> None:
    question = "When was the mill bought?"
    for sees, first in (("1954", LINES[1]), ("Ane Lund", LINES[0])):
        model = Seeing(says="in 1954", sees=sees)
        *_, answer = Assistant(library, model, SureReader(), AnswerSettings(threshold=0.0)).answer(question)
        assert answer.trace.candidates[0].evidence.text == first
        assert answer.trace.candidates[0].evidence.parts["alone"] > 4
        assert answer.trace.candidates[0].reason == "among the best 2; by the reader +2.2; read alone +4.6"
        assert "weigh" in answer.trace.seconds


def test_what_a_draft_repeats_is_said_once(library: Library) -> None:
    model = Seeing(says="Odd Moe; Odd Moe", sees="Odd Moe")
    *_, answer = Assistant(library, model, SureReader(), AnswerSettings(threshold=0.0)).answer("Who shut the mill?")
    assert [sentence.text for sentence in answer.sentences] == ["Odd Moe"]


def test_beside_a_model_that_was_not_taught_a_taught_one_weighs_words_follow_ups_and_tells_how_sure_it_is(
    library: Library,
) -> None:
    phrases = SpokenModel(says="by Odd Moe")
    reads = Seeing(says="Odd Moe", sees="Odd Moe", rewrites="Who shut the mill?", unknown=0.99)
    assistant = Assistant(library, phrases, SureReader(), AnswerSettings(threshold=0.0), reads)
    *_, answer = assistant.answer("And who shut it?", HISTORY)
    assert answer.standalone == "Who shut the mill?"
    assert answer.text == "by Odd Moe", "the named model phrases"
    assert answer.trace.candidates[0].evidence.text == LINES[1]
    assert answer.trace.signs["model"] > 4
    assert answer.trace.model == f"{phrases.get_name()}, read by {reads.get_name()}"
    assert all(prompt[0].type == "system" for prompt in phrases.asked), "it is asked with examples, as one not taught"
    *_, alone_ = Assistant(library, phrases, SureReader(), AnswerSettings(threshold=0.0)).answer("Who shut the mill?")
    assert "model" not in alone_.trace.signs
    assert alone_.trace.model == phrases.get_name()


def test_the_shipped_taught_model_reads_beside_any_other_unless_adapters_are_off() -> None:
    settings = Settings()
    taught, other = open_model(settings.answer, settings.index), SpokenModel(says="x")
    beside = open_beside(other, settings.answer, settings.index)
    assert isinstance(beside, ChatLlama)
    assert beside.taught
    assert open_beside(taught, settings.answer, settings.index) is None
    plain = settings.answer.model_copy(update={"adapter": NO_ADAPTER})
    assert open_beside(other, plain, settings.index) is None


def test_of_several_things_the_sentence_that_bears_out_the_draft_is_shown_though_it_lies_far_behind(
    library: Library,
) -> None:
    question = "Which two people opened and shut the mill?"
    for says, shown in (("Odd Moe; Ane Lund", {LINES[0], LINES[1]}), ("Odd Moe; Ane Lind", {LINES[1]})):
        model = Seeing(says=says, sees="Odd Moe")
        *_, answer = Assistant(library, model, SureReader(), AnswerSettings(threshold=0.0)).answer(question)
        assert {sentence.text for sentence in answer.sentences} == shown


HISTORY = (Turn("user", "When was the mill opened?"), Turn("assistant", "in 1911"))


@pytest.mark.parametrize(
    ("worded", "read_as"),
    [
        ("When was the mill shut?", "When was the mill shut?"),
        ("When was the brewery shut?", "And shut? (mill opened)"),  # nobody spoke of a brewery
        ("When was the mill opened?", "And shut? (mill opened)"),  # that was asked before
        ("", "And shut? (mill opened)"),
    ],
)
def test_a_follow_up_is_read_in_the_models_words_only_if_they_say_the_same(
    library: Library, worded: str, read_as: str
) -> None:
    model = Seeing(says="in 1954", sees="1954", rewrites=worded)
    *_, answer = Assistant(library, model, SureReader(), AnswerSettings(threshold=0.0)).answer("And shut?", HISTORY)
    assert answer.standalone == read_as


def test_a_follow_up_leans_on_the_question_before_as_that_was_read(library: Library) -> None:
    model = Seeing(says="in 1954", sees="1954", rewrites="")
    assistant = Assistant(library, model, SureReader(), AnswerSettings(threshold=0.0))
    said = [*HISTORY, Turn("user", "And shut?"), Turn("assistant", "in 1954")]
    *_, answer = assistant.answer("Who did it?", said)
    assert answer.standalone == "Who did it? (shut mill opened)"
    long = [Turn("user", "And its doors?"), Turn("assistant", "Red.")] * 9
    model.asked.clear()
    *_, answer = assistant.answer("Who did it?", [*said, *long])
    assert len(model.reworded) == 1 + MOST_READ / 2
    known = [replace(turn, standalone="Who shut the brewery?") if turn.text == "And shut?" else turn for turn in said]
    *_, answer = assistant.answer("And when?", known)
    assert answer.standalone == "And when? (shut brewery)"


def test_a_brief_question_whose_words_one_sentence_holds_is_asked_as_it_is(tmp_path: Path) -> None:
    fees = "The sauna costs £4 a visit.\n\nThe pool costs £3 a visit.\n\nThe tutor of the swimmers is Jonas Pell."
    said = (Turn("user", "When is the sauna open?"), Turn("assistant", "at six"))
    model = Seeing(says="Jonas Pell", sees="Pell", rewrites="Who is the tutor of the sauna?")
    with library_with(tmp_path, {"fees.txt": fees}) as library:
        assistant = Assistant(library, model, SureReader(), AnswerSettings(threshold=0.0))
        *_, plain = assistant.answer("Who is the tutor?", said)
        assert plain.standalone == "Who is the tutor?"
        assert not model.reworded
        model.rewrites = "What does the visit of the sauna cost?"
        *_, several = assistant.answer("What does the visit cost?", said)
        assert several.standalone == model.rewrites  # two sentences hold its words
        model.rewrites = "Who is the tutor of the sauna?"
        *_, pointing = assistant.answer("Who is its tutor?", said)
        assert pointing.standalone == model.rewrites


@pytest.mark.slow
@pytest.mark.xdist_group("models")
def test_reading_sentences_at_once_says_what_reading_them_one_by_one_says() -> None:
    cache = Settings().index.cache
    model = ChatLlama(path=find_model("", cache), adapter=find_adapter("", "", cache))
    question = "When was the mill shut?"
    lines = [*LINES, "The miller kept bees and sold their honey. " * 8, "A shop stands beside it.", "x" * 3000] * 4
    prompts = [alone(line, question) for line in lines]
    together = model.chances(prompts, UNKNOWN)
    for prompt, chance in list(zip(prompts, together, strict=True))[:5]:
        first, *_ = model.stream(prompt, withhold=UNKNOWN, max_tokens=1)
        assert chance == pytest.approx(first.response_metadata["withheld"], abs=0.1)
    assert together[:6] == pytest.approx(together[-6:], abs=0.1)
    assert min(together) == min(together[1::6])  # the sentence that tells when it was shut
    assert model.chances([], UNKNOWN) == []


@pytest.mark.slow
@pytest.mark.xdist_group("models")
def test_a_sentence_that_was_weighed_is_not_read_again_to_answer_from(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Settings().index.cache
    model = ChatLlama(path=find_model("", cache), adapter=find_adapter("", "", cache))
    prompts = [alone(line, "When was the mill shut?") for line in LINES]
    read: list[int] = []
    evaluate = model.load().eval
    monkeypatch.setattr(model.load(), "eval", lambda tokens: (read.append(len(tokens)), evaluate(tokens))[1])

    def said(prompt: list[BaseMessage]) -> tuple[str, int]:
        read.clear()
        reply = "".join(str(piece.content) for piece in model.stream(prompt, stop=list(STOP), withhold=UNKNOWN))
        return reply, read[0]

    by_itself = [said(prompt) for prompt in prompts]
    model.chances(prompts, UNKNOWN)
    handed_over = [said(prompt) for prompt in prompts]
    assert "1954" in handed_over[1][0]
    assert [tokens for _, tokens in handed_over] == [1, 1, 1]
    assert min(tokens for _, tokens in by_itself) > 5
    # What each thread weighed before that is forgotten, and read.
    model.chances(prompts[::2], UNKNOWN)
    said(prompts[0])
    reply, tokens = said(prompts[1])
    assert "1954" in reply
    assert tokens > 5
