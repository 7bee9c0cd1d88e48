"""The one place that builds the objects: an assistant from settings, and the same as LangChain pieces."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from langchain_core.documents import Document as LangChainDocument
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableGenerator
from pydantic import ConfigDict

from index.convert import packaged
from index.errors import UserError
from index.library import Library
from index.settings import NO_ADAPTER, ROOT, AnswerSettings, IndexSettings, Settings
from index.types import section_of
from rag.assistant import Assistant
from rag.models import PACKAGED, find_adapter, find_model
from rag.prompts import reading, taught
from rag.reader import Reader, built
from rag.types import Answer, Turn

Tell = Callable[[str], None]


def open_model(settings: AnswerSettings, index: IndexSettings) -> BaseChatModel:
    """The chat model that the settings name: packaged, a GGUF file, or "provider:name" of any LangChain integration."""
    name = settings.model
    provider, _, rest = name.partition(":")
    if rest and name not in PACKAGED and provider.isidentifier() and not name.endswith(".gguf"):
        from langchain.chat_models import init_chat_model

        try:
            return init_chat_model(name)
        except (ImportError, ValueError) as error:
            raise UserError(f"cannot use the model {name!r}: {str(error).splitlines()[0]}") from error
    from rag.llama import ChatLlama

    return ChatLlama(
        path=find_model(name, index.cache),
        adapter=find_adapter(settings.adapter, name, index.cache),
        threads=settings.threads,
        context=settings.context,
    )


def open_beside(model: BaseChatModel, settings: AnswerSettings, index: IndexSettings) -> BaseChatModel | None:
    """The shipped taught model, to read beside `model`; None where that was taught itself, or adapters are off."""
    if getattr(model, "taught", False) or settings.adapter == NO_ADAPTER:
        return None
    return open_model(settings.model_copy(update={"model": "", "adapter": ""}), index)


def open_reader(index: IndexSettings) -> Reader:
    """The small trained reader, put together first if this is its first use (about half a minute)."""
    return Reader(built(packaged(), index.cache))


def open_assistant(settings: Settings, tell: Tell = lambda line: None) -> Assistant:
    """An assistant over the library in the settings' home; without any documents yet, `seeds/` is indexed first."""
    model = open_model(settings.answer, settings.index)
    beside = open_beside(model, settings.answer, settings.index)
    for one in (model, beside):
        _warm_up(one)
    library = Library.open(settings.index, tell=tell)
    if not library.documents():
        tell("indexing seeds/ first …")
        for report in library.add([ROOT / "seeds"]):
            if report.verdict == "failed":
                tell(f"{report.source}: {report.detail}")
    return Assistant(library, model, open_reader(settings.index), settings.answer, beside)


def _warm_up(model: BaseChatModel | None) -> None:
    """Let a local model load and read what every prompt begins with while the question is still being searched."""
    from rag.llama import ChatLlama

    def run(local: ChatLlama) -> None:
        # A damaged file is told when the model is used, not here, where nobody listens.
        with contextlib.suppress(UserError):
            local.warm_up(taught("", "") if local.taught else reading([], ""))

    if isinstance(model, ChatLlama):
        # Not a daemon: a process that ends while llama.cpp computes in such a thread crashes.
        threading.Thread(target=run, args=(model,), name="warm-up").start()


class LibraryRetriever(BaseRetriever):
    """A library as a LangChain retriever: the k best passages, with their place and score as metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    k: int = 5

    def _get_relevant_documents(self, query: str, **kwargs: Any) -> list[LangChainDocument]:
        return [
            LangChainDocument(
                id=hit.passage.id,
                page_content=hit.passage.text,
                metadata={
                    "document": hit.passage.document_id,
                    "source": hit.passage.source,
                    "page": hit.passage.page,
                    "section": section_of(hit.passage.sections, hit.passage.start),
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "score": hit.score,
                },
            )
            for hit in self.library.search(query, self.k)
        ]


def build_chain(assistant: Assistant) -> Runnable[Any, Any]:
    """The assistant as a Runnable: a question, or {"question", "history"?, "within"?}, in; Answers out.

    `stream` yields the answer as it grows; `invoke` gives the last one.
    """

    def stream(inputs: Iterator[str | Mapping[str, Any]]) -> Iterator[_Latest]:
        for given in inputs:
            asked: dict[str, Any] = {"question": given} if isinstance(given, str) else dict(given)
            history = [Turn(turn["role"], turn["text"]) for turn in asked.get("history", ())]
            for answer in assistant.answer(asked["question"], history, asked.get("within")):
                yield _Latest(answer)

    return RunnableGenerator(stream) | _unwrap_latest


class _Latest:
    """An Answer that replaces the one before it where LangChain adds up what a stream yields."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __add__(self, other: "_Latest") -> "_Latest":
        return other


def _unwrap_latest(chunks: Iterator[_Latest]) -> Iterator[Answer]:
    for chunk in chunks:
        yield chunk.answer
