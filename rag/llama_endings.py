"""How likely a word is to come next after each of several texts that begin alike: the beginning is read once for many.

One by one they would take twice as long. In llama.cpp contexts of its own, one for each thread: two that read half of
the texts each are faster than one whose two threads wait for each other at every step. What the chat has read stays as
it is; the caller sees to it that one thread uses this at a time.
"""

import ctypes
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import repeat, takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from llama_cpp import Llama

MOST_TEXTS = 16  # read at once
MOST_TOKENS = 512  # read at once; what is longer by itself is cut


class Endings:
    """Reads with the model's weights and `adapter`, a llama.cpp adapter that was read for it, over `threads`."""

    def __init__(self, model: "Llama", adapter: Any, threads: int) -> None:
        self._contexts = [_Context(model, adapter) for _ in range(threads)]
        self._workers = ThreadPoolExecutor(threads, "endings")

    def chances(self, texts: Sequence[Sequence[int]], word: int) -> list[float]:
        """For each text, given as tokens, the probability that the token `word` comes next."""
        shares = [texts[n :: len(self._contexts)] for n in range(len(self._contexts))]
        told: list[float] = [0.0] * len(texts)
        for n, chances in enumerate(self._workers.map(_Context.chances, self._contexts, shares, repeat(word))):
            told[n :: len(self._contexts)] = chances
        return told

    def hand_over(self, text: list[int], model: "Llama") -> None:
        """Let the model go on from `text` as if it had read it itself, where that is among what was read last."""
        any(one.hand_over(text, model) for one in self._contexts)


class _Context:
    """One llama.cpp context, which computes in the thread that asks."""

    def __init__(self, model: "Llama", adapter: Any) -> None:
        import llama_cpp
        from llama_cpp import _internals

        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = MOST_TOKENS
        parameters.n_seq_max = MOST_TEXTS
        parameters.kv_unified = True  # tokens of the beginning belong to all texts
        parameters.n_threads = parameters.n_threads_batch = 1
        parameters.flash_attn_type = model.context_params.flash_attn_type  # else what was read is laid out otherwise
        self._context = _internals.LlamaContext(model=model._model, params=parameters, verbose=False)
        self._batch = _internals.LlamaBatch(n_tokens=MOST_TOKENS, embd=0, n_seq_max=MOST_TEXTS, verbose=False)
        # Freed with the model, before it: a context that outlives its weights ends the process.
        for part in (self._context, self._batch):
            model._stack.enter_context(closing(part))
        self._words = model.n_vocab()
        self._held: list[list[int]] = []  # the texts that were read last, by the number of their sequence
        lay(self._context.ctx, adapter)

    def chances(self, texts: Sequence[Sequence[int]], word: int) -> list[float]:
        told: list[float] = []
        rest = [list(text[:MOST_TOKENS]) for text in texts]
        while rest:
            count = _fitting(rest)
            told += self._read(rest[:count], word)
            rest = rest[count:]
        return told

    def hand_over(self, text: list[int], model: "Llama") -> bool:
        """Whether the text is held here and the model now holds it too."""
        import llama_cpp

        if text not in self._held:
            return False
        number = self._held.index(text)
        size = llama_cpp.llama_state_seq_get_size(self._context.ctx, number)
        state = (ctypes.c_uint8 * size)()
        llama_cpp.llama_state_seq_get_data(self._context.ctx, state, size, number)
        model.reset()  # type: ignore[no-untyped-call]
        if not llama_cpp.llama_state_seq_set_data(model.ctx, state, size, 0):
            return False
        model.input_ids[: len(text)] = text
        model.n_tokens = len(text)
        model._requires_eval = True  # the last token is read anew, for what comes after it
        return True

    def _read(self, texts: list[list[int]], word: int) -> list[float]:
        shared = _shared(texts)
        self._held = []
        self._context.kv_cache_clear()  # type: ignore[no-untyped-call]
        self._batch.reset()  # type: ignore[no-untyped-call]
        for position, token in enumerate(texts[0][:shared]):
            self._put(token, position, range(len(texts)))
        ends = []
        for number, text in enumerate(texts):
            for position in range(shared, len(text)):
                self._put(text[position], position, (number,))
            ends.append(self._batch.batch.n_tokens - 1)
            self._batch.batch.logits[ends[-1]] = True
        self._context.decode(self._batch)
        self._held = texts
        return [self._chance(end, word) for end in ends]

    def _put(self, token: int, position: int, owners: Sequence[int]) -> None:
        batch, n = self._batch.batch, self._batch.batch.n_tokens
        batch.token[n], batch.pos[n], batch.logits[n], batch.n_seq_id[n] = token, position, False, len(owners)
        for place, owner in enumerate(owners):
            batch.seq_id[n][place] = owner
        batch.n_tokens = n + 1

    def _chance(self, end: int, word: int) -> float:
        import llama_cpp

        logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self._context.ctx, end), shape=(self._words,))
        return float(1 / np.exp(logits - logits[word]).sum())


def lay(context: Any, adapter: Any) -> bool:
    """Lay an adapter that was read over a context; returns whether that could be done."""
    import llama_cpp

    scales = (ctypes.c_float * 1)(1.0)
    return not llama_cpp.llama_set_adapters_lora(
        context, (llama_cpp.llama_adapter_lora_p_ctypes * 1)(adapter), 1, scales
    )


def _shared(texts: Sequence[Sequence[int]]) -> int:
    """How many tokens all begin with; the last of each text is its own, since what comes after it is asked."""
    columns = zip(*texts, strict=False)
    alike = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
    return min(alike, *(len(text) - 1 for text in texts))


def _fitting(texts: Sequence[Sequence[int]]) -> int:
    """How many of the first texts can be read at once."""
    count = 1
    while count < min(len(texts), MOST_TEXTS):
        more = texts[: count + 1]
        shared = _shared(more)
        if shared + sum(len(text) - shared for text in more) > MOST_TOKENS:
            break
        count += 1
    return count
