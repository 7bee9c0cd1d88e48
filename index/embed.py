"""Text in, unit vectors out: any sentence-transformers model, run by onnxruntime.

Importing sentence-transformers takes seconds and half a gigabyte, running its weights in onnxruntime takes neither:
so a model is converted once (index/convert.py) and only the converted file is used from then on.
"""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.settings import IndexSettings

if TYPE_CHECKING:
    from tokenizers import Encoding

# Texts of like length share a batch of about this many word pieces. Small batches stay in the processor's cache: 125
# texts took 5.3 s at 4,096, 3.2 s at 512 to 1,024 and 2.4 s at 256.
BATCH_TOKENS = 384


class Encoder(Protocol):
    """What turns texts into vectors. `name` identifies the weights: vectors of two names are never compared."""

    name: str
    dimension: int
    max_tokens: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension), in the order of `texts`; what exceeds max_tokens is not read."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The word pieces of each text, the special ones included, without truncation."""
        ...


class OnnxEncoder:
    """An encoder converted by index/convert.py, loaded from its folder."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime as ort
        from tokenizers import Tokenizer

        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        self.name: str = about["name"]
        self.dimension: int = about["dimension"]
        self.max_tokens: int = about["max_tokens"]
        self._inputs: list[str] = about["inputs"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        options = ort.SessionOptions()
        # One thread a batch and many batches at once: a batch is too small to be shared out among threads.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._workers = ThreadPoolExecutor(os.cpu_count() or 1, "embedder")
        self._session = ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))
        lengths = [min(len(encoding.ids), self.max_tokens) for encoding in encodings]

        def fill(batch: list[int]) -> None:
            vectors[batch] = self._run([encodings[i] for i in batch], max(lengths[i] for i in batch))

        each_batch(fill, lengths, self._workers)
        return vectors

    def _run(self, encodings: "list[Encoding]", width: int) -> Any:
        ids = np.zeros((len(encodings), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            kept = encoding.ids[:width]
            if len(encoding.ids) > width:
                kept[-1] = encoding.ids[-1]  # the closing special token stays
            ids[row, : len(kept)] = kept
            mask[row, : len(kept)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return self._session.run(None, {name: feeds[name] for name in self._inputs})[0]


def each_batch(work: Callable[[list[int]], None], lengths: Sequence[int], workers: Executor) -> None:
    """Do `work` on every batch of texts of these lengths, given as positions; returns when all is done."""
    groups = batches(lengths, BATCH_TOKENS)
    # A question is one batch and needs no other thread. The longest go first, so that all end together.
    run = map if len(groups) == 1 else workers.map
    list(run(work, reversed(groups)))


def batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Positions of `lengths`, shortest first, in groups whose padded size (count x longest) stays within `budget`."""
    groups: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if groups and (len(groups[-1]) + 1) * lengths[position] <= budget:
            groups[-1].append(position)
        else:
            groups.append([position])
    return groups


def default_encoder(settings: IndexSettings) -> OnnxEncoder:
    """The encoder that the settings name, converted first if this is its first use (about half a minute)."""
    from index.convert import converted

    return OnnxEncoder(converted(settings.embedder, settings.cache))
