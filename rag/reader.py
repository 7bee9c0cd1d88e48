"""Reads whether a text answers a question and where: a small cross-encoder, run by onnxruntime.

The weights that come with Footnote (reader.npz) are the differences that training made to the packaged MiniLM, eight
bits each; the whole network is put together from both once, into the cache folder. Trained by evals/reader_train.py.
"""

import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.convert import sha256_file
from index.embed import each_batch

if TYPE_CHECKING:
    import torch
    from tokenizers import Encoding, Tokenizer

WEIGHTS = Path(__file__).with_name("reader.npz")
MAX_TOKENS = 256  # question and text together; the end of a longer text is not read
MAX_ANSWER = 40  # tokens of a span
# The exported graph's layout; raised when a change here makes older conversions unusable.
LAYOUT = 1
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


@dataclass(frozen=True)
class Reading:
    """What one text says to a question: the chance in [0, 1] that it answers, and its likeliest span [start, end).

    `span_score` is the log odds of that span against "no answer here"; without any span start == end == 0.
    """

    answerable: float
    start: int
    end: int
    span_score: float


class Reader:
    """A reader put together by `built`, loaded from its folder at first use. Safe to use from several threads."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        self._folder, self._threads = folder, threads

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """One Reading for each pair of what is asked (rag/rerank.py) and a text; offsets are characters of the text."""
        return self._network.judge(pairs) if pairs else []

    @cached_property
    def _network(self) -> "_Network":
        return _Network(self._folder, self._threads)


class _Network:
    def __init__(self, folder: Path, threads: int) -> None:
        import onnxruntime as ort

        self._tokenizer = open_tokenizer(folder / "tokenizer.json")
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        self._scale, self._bias = float(about["scale"]), float(about["bias"])
        options = ort.SessionOptions()
        # One thread a batch and many batches at once, as in index/embed.py.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._workers = ThreadPoolExecutor(threads, "reader")
        self._session = ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        encodings = self._tokenizer.encode_batch(list(pairs))
        readings: dict[int, Reading] = {}

        def read(batch: list[int]) -> None:
            chosen = [encodings[i] for i in batch]
            answerable, spans = self._session.run(None, padded(chosen))
            for i, *row in zip(batch, chosen, answerable, spans, strict=True):
                readings[i] = self._reading(*row)

        each_batch(read, [len(encoding.ids) for encoding in encodings], self._workers)
        return [readings[i] for i in range(len(pairs))]

    def _reading(self, encoding: "Encoding", logit: float, spans: NDArray[np.float32]) -> Reading:
        start, end, score = best_span(encoding, spans)
        chance = 1 / (1 + np.exp(-(self._scale * float(logit) + self._bias)))
        return Reading(float(chance), start, end, score)


def open_tokenizer(path: Path) -> "Tokenizer":
    """The base model's tokenizer, set to cut the text (never the question) at MAX_TOKENS."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    return tokenizer


def padded(encodings: "Sequence[Encoding]") -> dict[str, NDArray[np.int64]]:
    """The network's inputs, one row for each encoding."""
    width = max(len(encoding.ids) for encoding in encodings)
    feeds = {name: np.zeros((len(encodings), width), dtype=np.int64) for name in INPUTS}
    for row, encoding in enumerate(encodings):
        for name, values in zip(INPUTS, (encoding.ids, encoding.attention_mask, encoding.type_ids), strict=True):
            feeds[name][row, : len(values)] = values
    return feeds


def best_span(encoding: "Encoding", spans: NDArray[np.float32]) -> tuple[int, int, float]:
    """The characters [start, end) of the likeliest span and its score over the null span; `spans` is (length, 2)."""
    inside = [i for i, sequence in enumerate(encoding.sequence_ids) if sequence == 1]
    if not inside:
        return 0, 0, float("-inf")
    first, last = inside[0], inside[-1] + 1
    total = spans[first:last, :1] + spans[None, first:last, 1]
    allowed = np.triu(np.tril(np.ones_like(total, dtype=bool), MAX_ANSWER - 1))
    total = np.where(allowed, total, -np.inf)
    start, end = np.unravel_index(int(total.argmax()), total.shape)
    score = float(total[start, end] - spans[0].sum())
    return encoding.offsets[first + int(start)][0], encoding.offsets[first + int(end)][1], score


def built(base: Path, cache: Path, weights: Path = WEIGHTS) -> Path:
    """The folder of the reader made of the base model's folder and the shipped differences, made at its first use."""
    folder = cache / f"reader-{sha256_file(weights)[:12]}-{LAYOUT}"
    if not (folder / "about.json").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Built aside and renamed whole: an interrupted build leaves nothing that looks finished.
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            made = Path(temporary) / "made"
            made.mkdir()
            scale, bias = _export(base, weights, made / "model.onnx")
            shutil.copy(base / "tokenizer.json", made / "tokenizer.json")
            (made / "about.json").write_text(json.dumps({"scale": scale, "bias": bias}), encoding="utf-8")
            if not folder.exists():
                made.rename(folder)
    return folder


def network(base: Path) -> "torch.nn.Module":
    """The untrained reader: the base transformer, from whose output one layer reads spans and one answerability."""
    import torch
    from transformers import BertModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = BertModel.from_pretrained(str(base), add_pooling_layer=False, local_files_only=True)
            width = self.body.config.hidden_size
            self.spans = torch.nn.Linear(width, 2)
            self.hidden = torch.nn.Linear(3 * width, width)
            self.answerable = torch.nn.Linear(width, 1)

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> tuple[Any, Any]:
            states = self.body(input_ids, attention_mask, token_type_ids).last_hidden_state
            spans = self.spans(states)
            # What the likeliest start and end look like tells more than the first token alone.
            inside = (token_type_ids * attention_mask).unsqueeze(-1)
            weight = torch.softmax(spans.masked_fill(inside == 0, -1e4), dim=1)
            looked = torch.einsum("bld,blk->bkd", states, weight).flatten(1)
            hidden = torch.nn.functional.gelu(self.hidden(torch.cat([states[:, 0], looked], dim=1)))
            return self.answerable(hidden).squeeze(-1), spans

    return Network()


def pack(trained: "torch.nn.Module", base: Path, scale: float, bias: float, target: Path) -> None:
    """Write what training changed, matrices as eight-bit differences with one scale a row."""
    before = network(base).state_dict()
    arrays: dict[str, NDArray[Any]] = {"calibration": np.array([scale, bias])}
    for name, value in trained.state_dict().items():
        if not name.startswith("body."):
            arrays[name] = value.numpy().astype(np.float16)
            continue
        difference = (value - before[name]).numpy()
        if not difference.any():
            continue
        if difference.ndim == 1:
            arrays[name] = difference.astype(np.float16)
        else:
            step = np.abs(difference).max(axis=1, keepdims=True) / 127 + 1e-12
            arrays[name] = np.rint(difference / step).astype(np.int8)
            arrays[f"{name}/step"] = step.astype(np.float32)
    np.savez_compressed(target, allow_pickle=False, **arrays)


def unpacked(base: Path, weights: Path) -> "tuple[torch.nn.Module, float, float]":
    """The trained network and the scale and bias that turn its logit into log odds."""
    import torch

    model = network(base)
    with np.load(weights) as arrays, torch.no_grad():
        for name, value in model.state_dict().items():
            if name not in arrays:
                continue
            step = arrays.get(f"{name}/step", 1.0)
            read = torch.from_numpy(np.asarray(arrays[name] * step, dtype=np.float32))
            value.copy_(value + read if name.startswith("body.") else read)
        scale, bias = (float(x) for x in arrays["calibration"])
    return model.eval(), scale, bias


def _export(base: Path, weights: Path, target: Path) -> tuple[float, float]:
    """Export the trained network with free batch and length; returns its calibration."""
    import torch

    model, scale, bias = unpacked(base, weights)
    example = tuple(torch.ones((2, 16), dtype=torch.long) for _ in INPUTS)
    free = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=MAX_TOKENS)}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            example,
            target,
            input_names=list(INPUTS),
            output_names=["answerable", "spans"],
            dynamic_shapes=tuple(free for _ in INPUTS),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    return scale, bias
