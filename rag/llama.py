"""A GGUF file as a LangChain chat model, inside this process. Knows nothing about prompts, evidence or checks.

A model with a chat template is spoken to through it; one without (a base model) gets the messages as one running text.
"""

import contextlib
import ctypes
import os
import re
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from numpy.typing import NDArray
from pydantic import PrivateAttr

from index.errors import UserError
from rag.llama_endings import Endings, lay

if TYPE_CHECKING:
    from llama_cpp import Llama

# Waiting threads must sleep: with one core busy elsewhere, spinning ones cut generation from 58 to 0.3 tokens a second.
# OpenMP reads these when it is first loaded, so they are set before llama_cpp is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class ChatLlama(BaseChatModel):
    """A local chat model. One generation runs at a time: two threads on one llama.cpp context end the process."""

    path: Path
    adapter: Path | None = None
    threads: int = 2
    context: int = 2048
    max_tokens: int = 96

    _loading: Any = PrivateAttr(default_factory=threading.Lock)
    _generating: Any = PrivateAttr(default_factory=threading.Lock)
    _model: Any = PrivateAttr(default=None)
    _endings: Any = PrivateAttr(default=None)
    _control: Any = PrivateAttr(default=None)

    @property
    def _llm_type(self) -> str:
        return "llama.cpp"

    @property
    def label(self) -> str:
        """A short name to show."""
        return f"{self.path.stem} + {self.adapter.stem}" if self.adapter else self.path.stem

    @property
    def taught(self) -> bool:
        """Whether an adapter taught the model to read as rag/prompts.py `taught` asks it to."""
        return self.adapter is not None

    def load(self) -> "Llama":
        """The llama.cpp model, read at first use.

        Raises UserError when a file is damaged, the adapter is another model's, or the window is too large.
        """
        with self._loading:
            if self._model is None:
                from llama_cpp import Llama

                silence()
                try:
                    model = Llama(
                        str(self.path),
                        n_ctx=self.context,
                        n_threads=self.threads,
                        n_threads_batch=self.threads,
                        verbose=False,
                    )
                except ValueError as error:
                    raise UserError(
                        f"cannot load the model {self.path}: {error}; the file may be cut short: fetch it again"
                    ) from error
                if self.adapter:
                    self._endings = Endings(model, _read_adapter(self.adapter, model), self.threads)
                self._model = model
            loaded: Llama = self._model
            return loaded

    def warm_up(self, messages: Sequence[BaseMessage]) -> None:
        """Load, and read these messages, so that what the first prompt shares with them is computed beforehand."""
        for _ in self.stream(list(messages), max_tokens=1):
            pass

    def chances(self, prompts: Sequence[Sequence[BaseMessage]], word: str) -> list[float]:
        """How likely a taught model is to begin its reply to each prompt with `word`; prompts that begin alike are read
        at once."""
        texts = [self._prompt(prompt) for prompt in prompts]
        with self._generating:
            told: list[float] = self._endings.chances(texts, self._first_token(word))
        return told

    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """The tokens of the whole prompt that these messages make."""
        return len(self._prompt(messages))

    def room(self, messages: Sequence[BaseMessage]) -> int:
        """The tokens left in the window after this prompt and the longest reply; negative when it does not fit."""
        return self.context - self.max_tokens - self.count_tokens(messages)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        pieces = [str(chunk.message.content) for chunk in self._stream(messages, stop, run_manager, **kwargs)]
        return ChatResult(generations=[ChatGeneration(message=AIMessage("".join(pieces)))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Greedy decoding; closing the iterator stops the model and frees it for the next question.

        With `withhold`, a word, the reply does not begin with it, and every chunk's metadata tells how likely that was:
        {"withheld": p}.
        """
        model = self.load()
        prompt = self._prompt(messages)
        withheld = _Withheld(self._first_token(kwargs["withhold"])) if "withhold" in kwargs else None
        if len(prompt) + self.max_tokens > self.context:
            raise UserError(
                f"the question needs {len(prompt)} tokens and the window holds {self.context - self.max_tokens}: "
                "ask a shorter question or raise RAG_CONTEXT"
            )
        from llama_cpp import LogitsProcessorList

        with self._generating:
            if self._endings:
                self._endings.hand_over(prompt, model)
            most = int(kwargs.get("max_tokens", self.max_tokens))
            parts = model.create_completion(
                prompt,
                max_tokens=most,
                temperature=0.0,
                stop=stop or [],
                stream=True,
                logits_processor=LogitsProcessorList([withheld]) if withheld else None,
            )
            try:
                for part in parts:
                    text = part["choices"][0]["text"]  # type: ignore[index]
                    told = {"withheld": withheld.chance} if withheld else {}
                    chunk = ChatGenerationChunk(message=AIMessageChunk(content=text, response_metadata=told))
                    if run_manager:
                        run_manager.on_llm_new_token(text, chunk=chunk)
                    yield chunk
            finally:
                parts.close()  # type: ignore[union-attr]

    def _prompt(self, messages: Sequence[BaseMessage]) -> list[int]:
        model = self.load()
        template = model.metadata.get("tokenizer.chat_template")
        if template is None:
            text = "".join(_running_text(message) for message in messages)
            return model.tokenize(text.encode(), add_bos=True, special=False)
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        formatter = Jinja2ChatFormatter(template, eos_token=self._piece(model.token_eos()), bos_token="")
        turns = [{"role": ROLES[m.type], "content": self._neutral(str(m.content))} for m in messages]
        rendered = formatter(messages=turns).prompt  # type: ignore[arg-type]
        return model.tokenize(rendered.encode(), add_bos=True, special=True)

    def _first_token(self, word: str) -> int:
        return self.load().tokenize(f" {word}".encode(), add_bos=False)[0]

    def _piece(self, token: int) -> str:
        return self.load().detokenize([token], special=True).decode(errors="replace")

    def _neutral(self, text: str) -> str:
        """`text` with a space inside every control token's spelling, so that no document can speak as the template."""
        if self._control is None:
            self._control = self._control_tokens()
        return str(self._control.sub(lambda match: match.group()[:1] + " " + match.group()[1:], text))

    def _control_tokens(self) -> re.Pattern[str]:
        import llama_cpp

        model = self.load()
        vocabulary = llama_cpp.llama_model_get_vocab(model.model)
        marks = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
        found = [t for t in range(model.n_vocab()) if llama_cpp.llama_vocab_get_attr(vocabulary, t) & marks]
        spellings = sorted({self._piece(token) for token in found} - {""}, key=len, reverse=True)
        return re.compile("|".join(re.escape(spelling) for spelling in spellings if spelling.strip()) or r"(?!)")


def _read_adapter(adapter: Path, model: "Llama") -> Any:
    """Read a LoRA adapter and lay it over the model. llama-cpp-python's own way does not look whether it could be read.

    Raises UserError when it cannot be read or was made for another model.
    """
    import llama_cpp

    # Freed together with the model, as llama.h says of llama_adapter_lora_init.
    read = llama_cpp.llama_adapter_lora_init(model.model, str(adapter).encode())
    if not read:
        raise UserError(f"the adapter {adapter} does not fit the model {Path(model.model_path).name}, or is damaged")
    if not lay(model.ctx, read):
        raise UserError(f"the adapter {adapter} cannot be used with the model {Path(model.model_path).name}")
    return read


class _Withheld:
    """Notes how likely a token is to be the first of a reply, and keeps it from being that."""

    def __init__(self, token: int) -> None:
        self._token = token
        self.chance = -1.0

    def __call__(self, input_ids: NDArray[np.intc], scores: NDArray[np.single]) -> NDArray[np.single]:
        if self.chance < 0:
            self.chance = float(1 / np.exp(scores - scores[self._token]).sum())
            scores[self._token] = -np.inf
        return scores


@cache
def silence() -> Any:
    """Keep llama.cpp's log off the terminal, and its wrapper's hands off everybody else's output.

    verbose=False lets warnings through, and points the whole process's stdout and stderr at nothing while a model
    loads, what other threads print included. The returned callback must stay alive.
    """
    import llama_cpp
    from llama_cpp import _internals, llama

    for module in (_internals, llama):
        setattr(module, "suppress_stdout_stderr", lambda disable=True: contextlib.nullcontext())  # noqa: B010
    callback = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    return callback


def _running_text(message: BaseMessage) -> str:
    """One message of a base model's prompt: what was said before ends in a blank line, the last is left open."""
    content = str(message.content)
    return content if message.type == "human" else f"{content}\n\n" if message.type == "system" else f" {content}\n\n"
