"""A chat model that says what a test tells it to, piece by piece, and remembers what it was asked."""

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from index.types import Evidence, Passage
from rag.prompts import UNKNOWN
from rag.reader import Reading


class SpokenModel(BaseChatModel):
    """Streams `says` word by word. `asked` is the prompts so far, `spoken` the words that were really drawn from it."""

    says: str = ""
    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _spoken: list[str] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "spoken"

    @property
    def asked(self) -> list[list[BaseMessage]]:
        return self._asked

    @property
    def spoken(self) -> list[str]:
        return self._spoken

    def reply(self, messages: Sequence[BaseMessage]) -> str:
        """What it says to a prompt."""
        return self.says

    def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        self._asked.append(messages)
        for word in self.reply(messages).split(" "):
            self._spoken.append(word)
            yield ChatGenerationChunk(message=AIMessageChunk(f" {word}"))

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        text = "".join(str(chunk.message.content) for chunk in self._stream(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])


class TaughtModel(SpokenModel):
    """The same, but taught to read: it tells how likely it was to know nothing."""

    taught: bool = True
    unknown: float = 0.2

    def _stream(self, messages: list[BaseMessage], *_: Any, **given: Any) -> Iterator[ChatGenerationChunk]:
        assert given.get("withhold", UNKNOWN) == UNKNOWN
        for chunk in super()._stream(messages):
            chunk.message.response_metadata = {"withheld": self.unknown}
            yield chunk

    def chances(self, prompts: Sequence[Sequence[BaseMessage]], word: str) -> list[float]:
        assert word == UNKNOWN
        return [self.unknown for _ in prompts]


class SureReader:
    """Finds an answer everywhere, at the start of the text; `chances` are those of texts that hold a word."""

    def __init__(self, **chances: float) -> None:
        self._chances = chances

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        return [Reading(self._chance(text), 0, min(5, len(text)), 1.0) for _, text in pairs]

    def _chance(self, text: str) -> float:
        return next((chance for word, chance in self._chances.items() if word in text), 0.9)


def evidence(*texts: str, scores: Sequence[float] = ()) -> list[Evidence]:
    """Sentences of one passage, in order, as evidence; scores fall from 3 where none are given."""
    whole = " ".join(texts)
    starts = [len(" ".join(texts[:n])) + (n > 0) for n in range(len(texts))]
    spans = tuple((start, start + len(text)) for start, text in zip(starts, texts, strict=True))
    passage = Passage("d" * 16, "/notes/a.txt", 0, len(whole), None, whole, spans)
    given = scores or [3.0 - n for n in range(len(texts))]
    return [Evidence(passage, a, b, score) for (a, b), score in zip(spans, given, strict=True)]
