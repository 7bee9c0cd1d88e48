"""The default language model with an adapter in training: tasks as tokens, losses, how well it does, the file.

Knows nothing of where tasks come from. Low-rank adaptation (Hu et al., "LoRA", 2021) of the weights in the very GGUF
file that llama.cpp runs.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from evals.adapter_tasks import Task
from evals.precision import COARSE, computing
from index.settings import load_settings
from rag.models import find_model
from rag.prompts import UNKNOWN

SEED = 1
FIRST = 2.0  # what the first token of an answer counts: it decides whether there is one
# Names of the weights in a checkpoint and in a GGUF file.
PARTS = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}


class Packed(NamedTuple):
    """Tasks as tokens, one after the other, (length,) each; a label is -1 where nothing is learned. Who sees whom is
    told for each task alone, (tokens of the task, tokens of the task): none sees another."""

    ids: torch.Tensor
    positions: torch.Tensor
    labels: torch.Tensor
    sees: tuple[torch.Tensor, ...]

    @property
    def learned(self) -> torch.Tensor:
        """The rows that have a label."""
        return (self.labels >= 0).nonzero()[:, 0]

    @property
    def opens(self) -> torch.Tensor:
        """For each label whether it is the first of an answer: a question stands between any two."""
        return self.learned.diff(prepend=torch.tensor([-2])) != 1


class Said(NamedTuple):
    """What was wanted of one branch, whether every token of it came likeliest, and how likely "unknown" was instead."""

    wanted: str
    exact: bool
    unknown: float


class Learner:
    """The base model with an adapter; `start` is one that was learned before, to go on from."""

    def __init__(self, name: str, rank: int, start: Path | None = None) -> None:
        from peft import LoraConfig, get_peft_model
        from transformers import AttentionInterface, AutoModelForCausalLM, AutoTokenizer

        torch.manual_seed(SEED)
        path = find_model(name, load_settings().index.cache)
        self.tokenizer: Any = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
        base = AutoModelForCausalLM.from_pretrained(str(path.parent), gguf_file=path.name, dtype=torch.float32)
        AttentionInterface.register("apart", attention)
        base.set_attn_implementation("apart")
        self.architecture = re.sub(r"_text$", "", base.config.model_type)
        self._sliding = "sliding_attention" in (getattr(base.config, "layer_types", None) or ())
        shape = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=list(PARTS), lora_dropout=0.0)
        self.model: Any = get_peft_model(base, shape)
        if start:
            self._go_on_from(start)
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        self.began = [p.detach().clone() for p in self.parameters]
        for parameter in self.model.parameters():
            if COARSE and not parameter.requires_grad:  # what does not learn may be kept as it is computed
                parameter.data = parameter.data.to(torch.bfloat16)
        self.unknown = self._tokens(f" {UNKNOWN}")[0]

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids

    def pack(self, task: Task) -> Packed:
        """The shared text once, then each branch, which sees that and itself alone."""
        ids = [self.tokenizer.bos_token_id, *self._tokens(task.shared)]
        shared = len(ids)
        positions, labels, owner = list(range(shared)), [-1] * shared, [0] * shared
        for number, (said, wanted) in enumerate(task.branches, 1):
            asked, answer = self._tokens(said), self._tokens(f" {wanted}\n")
            ids += asked + answer
            positions += range(shared, shared + len(asked) + len(answer))
            labels += [-1] * len(asked) + answer
            owner += [number] * (len(asked) + len(answer))
        whose, order = torch.tensor(owner), torch.arange(len(ids))
        sees = (order[:, None] >= order) & ((whose == 0) | (whose == whose[:, None]))
        return Packed(torch.tensor(ids), torch.tensor(positions), torch.tensor(labels), (sees,))

    def read(self, packed: Packed) -> tuple[torch.Tensor, torch.Tensor]:
        """The logits before each label, (labels, vocabulary), and the labels."""
        none = torch.zeros(1, 1, 1, 1)  # who sees whom is known to `attention`; a mask keeps the model from making one
        masks = {"full_attention": none, "sliding_attention": none} if self._sliding else none
        core = self.model.get_base_model()
        with computing():
            states = core.model(
                input_ids=packed.ids[None],
                position_ids=packed.positions[None],
                attention_mask=masks,
                use_cache=False,
                sees=packed.sees,
            ).last_hidden_state[0]
            logits = core.lm_head(states[packed.learned - 1])
        return logits.float(), packed.labels[packed.learned]

    def loss(self, packed: Packed) -> torch.Tensor:
        logits, labels = self.read(packed)
        weight = torch.where(packed.opens, FIRST, 1.0)
        return (functional.cross_entropy(logits, labels, reduction="none") * weight).sum() / weight.sum()

    def said(self, tasks: Sequence[Task]) -> Iterator[list[Said]]:
        """For each task what is said on its branches, each token of an answer given those wanted before it.

        "Unknown" is withheld from what is compared, as in the product when it answers.
        """
        for task in tasks:
            packed = self.pack(task)
            with torch.no_grad():
                logits, labels = self.read(packed)
            unknown = torch.softmax(logits, 1)[:, self.unknown]
            logits[packed.opens, self.unknown] = -torch.inf
            right, starts = logits.argmax(1) == labels, packed.opens.nonzero()[:, 0].tolist()
            ends = [*starts[1:], len(labels)]
            yield [
                Said(wanted, bool(right[start:end].all()), float(unknown[start]))
                for (_, wanted), start, end in zip(task.branches, starts, ends, strict=True)
            ]

    def judge(self, tasks: Sequence[Task]) -> dict[str, float]:
        """How often the answer is word for word the wanted one ("exact", of so many), and how well "unknown" tells what
        answers nothing: area under the ROC curve, share of those "refused" where 90 % of the rest are answered."""
        from sklearn.metrics import roc_auc_score, roc_curve

        said = [one for branches in self.said(tasks) for one in branches]
        exact = [one.exact for one in said if one.wanted != UNKNOWN]
        told = {"exact": float(np.mean(exact)), "of": float(len(exact))}
        known = [one.wanted != UNKNOWN for one in said]
        if all(known):
            return told
        sure = [-one.unknown for one in said]
        refused, answered, _ = roc_curve(known, sure)
        share = float(1 - refused[np.argmax(answered >= 0.9)])
        return told | {"area": float(roc_auc_score(known, sure)), "refused": share}

    def first(self, tasks: Sequence[Task]) -> dict[str, float]:
        """How often the sentence that answers is the one of which "unknown" is least likely, where just one does."""
        found = [
            min(branches, key=lambda one: one.unknown).wanted != UNKNOWN
            for branches in self.said(tasks)
            if len(branches) > 1 and sum(one.wanted != UNKNOWN for one in branches) == 1
        ]
        return {"right sentence first": float(np.mean(found))}

    def halve_the_way(self) -> None:
        """The mean of the weights it began with and those learned: what one run learned of its own accident is halved,
        what the data teaches stays (weight-space ensembles, Wortsman et al. 2022, arXiv:2109.01903)."""
        with torch.no_grad():
            for parameter, began in zip(self.parameters, self.began, strict=True):
                parameter.lerp_(began, 0.5)

    def write(self, target: Path) -> None:
        """The adapter as llama.cpp reads it."""
        import gguf
        from peft import get_peft_model_state_dict

        writer = gguf.GGUFWriter(target, self.architecture)
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", float(self.model.peft_config["default"].lora_alpha))
        for name, value in get_peft_model_state_dict(self.model).items():
            writer.add_tensor(_gguf_name(name), value.half().numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    def _go_on_from(self, path: Path) -> None:
        """Begin with the weights of an adapter that was written before, of the same model and rank."""
        import gguf
        from peft import get_peft_model_state_dict, set_peft_model_state_dict

        read = {tensor.name: tensor.data for tensor in gguf.GGUFReader(path).tensors}
        names = list(get_peft_model_state_dict(self.model))
        state = {name: torch.from_numpy(np.array(read[_gguf_name(name)], dtype=np.float32)) for name in names}
        set_peft_model_state_dict(self.model, state)


def _gguf_name(name: str) -> str:
    layer, part, side = re.findall(r"layers\.(\d+)\..*?(\w+_proj)\.lora_([AB])", name)[0]
    return f"blk.{layer}.{PARTS[part]}.weight.lora_{side.lower()}"


def joined(parts: Sequence[Packed]) -> Packed:
    """Several as one."""
    ids, positions, labels, sees = zip(*parts, strict=True)
    return Packed(torch.cat(ids), torch.cat(positions), torch.cat(labels), tuple(chain.from_iterable(sees)))


def attention(
    _: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    __: Any,
    *,
    scaling: float,
    sees: Sequence[torch.Tensor],
    **___: Any,
) -> tuple[torch.Tensor, None]:
    """Attention within each task alone, as transformers asks for it: (1, length, heads, width) of the query's heads
    from (1, heads, length, width) each. Over all tasks of a step at once most would be products that a mask discards.
    """
    shared, told = query.shape[1] // key.shape[1], []
    lengths = [len(rows) for rows in sees]
    for rows, q, k, v in zip(sees, *(torch.split(whole, lengths, 2) for whole in (query, key, value)), strict=True):
        scores = (q @ k.repeat_interleave(shared, 1).transpose(2, 3)).float() * scaling
        weights = scores.masked_fill(~rows, -torch.inf).softmax(-1).to(v.dtype)
        told.append(weights @ v.repeat_interleave(shared, 1))
    return torch.cat(told, 2).transpose(1, 2).contiguous(), None
