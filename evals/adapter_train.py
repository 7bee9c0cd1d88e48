"""`python -m evals.adapter_train`: teaches the default language model to read, and writes rag/adapter.gguf.

Low-rank adaptation (Hu et al., "LoRA", 2021) of the weights in the very GGUF file that llama.cpp runs. The questions on
one evidence share its computation: they stand side by side after it, each seeing the evidence and itself alone.
A twelfth of the written blocks is held out and judged beside the dev split; no other split is read. An interrupted run
goes on after its last checkpoint.
"""

import argparse
import itertools
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from evals.adapter_examples import Variation, case_item
from evals.blocks import TRAINING, Block, load_blocks
from evals.reader_train import asked_cases
from index.settings import load_settings
from rag.assistant import MOST_CHARACTERS, TAUGHT_READS
from rag.context import context
from rag.models import ADAPTER, DEFAULT, PACKAGED, find_model
from rag.prompts import UNKNOWN, taught

HELD_OUT = 12  # one block in so many
TOKENS, RATE, RANK, SEED = 1_100_000, 3e-4, 16, 1
TOGETHER = 2  # blocks in one step: longer rows use the processor better
WARM = 8_000  # tokens over which the rate rises
CHECKPOINT = 100_000  # tokens
FIRST = 2.0  # what the first token of an answer counts: it decides whether there is one
LONGEST = 1000  # tokens of a block with its questions
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
    """Rows of tokens, (length,) each, and who sees whom, (length, length); a label is -1 where nothing is learned."""

    ids: torch.Tensor
    positions: torch.Tensor
    labels: torch.Tensor
    sees: torch.Tensor

    @property
    def learned(self) -> torch.Tensor:
        """The rows that have a label."""
        return (self.labels >= 0).nonzero()[:, 0]

    @property
    def opens(self) -> torch.Tensor:
        """For each label whether it is the first of an answer: a question stands between any two."""
        return self.learned.diff(prepend=torch.tensor([-2])) != 1


class Learner:
    """The base model with an adapter in training."""

    def __init__(self, name: str, rank: int) -> None:
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.manual_seed(SEED)
        path = find_model(name, load_settings().index.cache)
        self.tokenizer: Any = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
        base = AutoModelForCausalLM.from_pretrained(str(path.parent), gguf_file=path.name, dtype=torch.float32)
        self.architecture = re.sub(r"_text$", "", base.config.model_type)
        self._sliding = "sliding_attention" in (getattr(base.config, "layer_types", None) or ())
        shape = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=list(PARTS), lora_dropout=0.0)
        self.model: Any = get_peft_model(base, shape)
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        # What does not learn may be coarse: computed in bfloat16 a step takes about half the time where the CPU has it.
        for parameter in self.model.parameters():
            if not parameter.requires_grad:
                parameter.data = parameter.data.to(torch.bfloat16)
        self.unknown = self._tokens(f" {UNKNOWN}")[0]

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids

    def pack(self, block: Block) -> Packed:
        """The block's evidence once, then each question with its answer."""
        prompts = [str(taught(" ".join(block.evidence), item.question)[0].content) for item in block.items]
        shared = prompts[0].index("\nQuestion:") + 1
        ids = [self.tokenizer.bos_token_id, *self._tokens(prompts[0][:shared])]
        evidence = len(ids)
        positions, labels, owner = list(range(evidence)), [-1] * evidence, [0] * evidence
        for number, (prompt, item) in enumerate(zip(prompts, block.items, strict=True), 1):
            asked, answer = self._tokens(prompt[shared:]), self._tokens(f" {item.short or UNKNOWN}\n")
            ids += asked + answer
            positions += range(evidence, evidence + len(asked) + len(answer))
            labels += [-1] * len(asked) + answer
            owner += [number] * (len(asked) + len(answer))
        whose, order = torch.tensor(owner), torch.arange(len(ids))
        sees = (order[:, None] >= order) & ((whose == 0) | (whose == whose[:, None]))
        return Packed(torch.tensor(ids), torch.tensor(positions), torch.tensor(labels), sees)

    def read(self, packed: Packed) -> tuple[torch.Tensor, torch.Tensor]:
        """The logits before each label, (labels, vocabulary), and the labels."""
        mask = torch.zeros(packed.sees.shape).masked_fill(~packed.sees, torch.finfo(torch.float32).min)[None, None]
        masks = {"full_attention": mask, "sliding_attention": mask} if self._sliding else mask
        core = self.model.get_base_model()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = core.model(
                input_ids=packed.ids[None], position_ids=packed.positions[None], attention_mask=masks, use_cache=False
            ).last_hidden_state[0]
            logits = core.lm_head(states[packed.learned - 1])
        return logits.float(), packed.labels[packed.learned]

    def loss(self, packed: Packed) -> torch.Tensor:
        logits, labels = self.read(packed)
        weight = torch.where(packed.opens, FIRST, 1.0)
        return (functional.cross_entropy(logits, labels, reduction="none") * weight).sum() / weight.sum()

    def judge(self, blocks: Sequence[Block]) -> str:
        """How often the answer is word for word the wanted one where "unknown" is withheld, as the product does when it
        answers, and how well "unknown" tells the near misses apart."""
        from sklearn.metrics import roc_auc_score, roc_curve

        exact, chances, known = [], [], []
        for block in blocks:
            packed = self.pack(block)
            with torch.no_grad():
                logits, labels = self.read(packed)
            unknown = torch.softmax(logits, 1)[:, self.unknown]
            logits[packed.opens, self.unknown] = -torch.inf
            right, starts = logits.argmax(1) == labels, packed.opens.nonzero()[:, 0].tolist()
            for item, start, end in zip(block.items, starts, [*starts[1:], len(labels)], strict=True):
                chances.append(1 - float(unknown[start]))
                known.append(bool(item.short))
                exact += [bool(right[start:end].all())] if item.short else []
        refused, answered, _ = roc_curve(known, chances)
        told = 1 - refused[np.argmax(answered >= 0.9)]
        area = roc_auc_score(known, chances)
        return (
            f"exact {np.mean(exact):.3f} of {len(exact)}, area {area:.3f}, refused where 90 % are answered {told:.2f}"
        )

    def write(self, target: Path) -> None:
        """The adapter as llama.cpp reads it."""
        import gguf
        from peft import get_peft_model_state_dict

        writer = gguf.GGUFWriter(target, self.architecture)
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", float(self.model.peft_config["default"].lora_alpha))
        for name, value in get_peft_model_state_dict(self.model).items():
            layer, part, side = re.findall(r"layers\.(\d+)\..*?(\w+_proj)\.lora_([AB])", name)[0]
            writer.add_tensor(f"blk.{layer}.{PARTS[part]}.weight.lora_{side.lower()}", value.half().numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def joined(parts: Sequence[Packed]) -> Packed:
    """Several rows as one, in which none sees another."""
    ids, positions, labels = (torch.cat([part[n] for part in parts]) for n in range(3))
    sees = torch.block_diag(*[part.sees.float() for part in parts]).bool()  # type: ignore[no-untyped-call]
    return Packed(ids, positions, labels, sees)


def dev_blocks() -> list[Block]:
    """The dev cases, each on what was really found for it."""
    blocks = []
    for asked in asked_cases("dev"):
        evidence = asked.evidence[:TAUGHT_READS]
        text = context(evidence, MOST_CHARACTERS)
        if item := case_item(asked, text, evidence):
            blocks.append(Block((text,), (item,)))
    return blocks


def _steps(learner: Learner, blocks: Sequence[Block], seed: int) -> Iterator[list[Packed]]:
    """What each step learns from, pass after pass."""
    cases = asked_cases("train")
    for number in itertools.count(seed):
        rows = (learner.pack(block) for block in Variation(blocks, cases, number).stream())
        short = (row for row in rows if len(row.ids) <= LONGEST)
        while len(step := list(itertools.islice(short, TOGETHER))) == TOGETHER:
            yield step


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, judge, write."""
    given = _parser().parse_args(arguments)
    learner = Learner(given.base, given.rank)
    blocks = load_blocks(given.data)
    held = blocks[5::HELD_OUT]
    blocks = [block for n, block in enumerate(blocks) if n % HELD_OUT != 5]
    random.Random(SEED).shuffle(blocks)
    optimiser = torch.optim.AdamW(learner.parameters, lr=given.rate, weight_decay=0.01)
    saved, done, steps = given.out.with_suffix(".pt"), 0, 0
    if saved.exists():
        state = torch.load(saved)
        learner.model.load_state_dict(state["model"], strict=False)
        optimiser.load_state_dict(state["optimiser"])
        done = state["done"]
    told = done
    for step in _steps(learner, blocks[: given.blocks], SEED + done):
        packed = joined(step)
        for group in optimiser.param_groups:
            group["lr"] = given.rate * min(1.0, (done + 1) / WARM) * max(0.05, 1 - done / given.tokens)
        loss = learner.loss(packed)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learner.parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        done, steps = done + len(packed.ids), steps + 1
        if steps % 20 == 0:
            print(f"{done} tokens, loss {float(loss.detach()):.3f}", flush=True)
        if done - told >= CHECKPOINT:
            told = done
            kept = {n: p for n, p in learner.model.state_dict().items() if "lora_" in n}
            torch.save({"model": kept, "optimiser": optimiser.state_dict(), "done": done}, saved)
            print(f"  held out: {learner.judge(held[::4])}", flush=True)
        if done >= given.tokens:
            break
    print(f"held out: {learner.judge(held)}\ndev: {learner.judge(dev_blocks())}")
    learner.write(given.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.adapter_train", description="Teach a model to read.")
    parser.add_argument("--data", type=Path, default=TRAINING, help="folder of written blocks")
    parser.add_argument("--out", type=Path, default=ADAPTER, help="the adapter to write")
    parser.add_argument("--base", choices=PACKAGED, default=DEFAULT, help=f"the model to teach ({DEFAULT})")
    parser.add_argument("--blocks", type=int, help="learn from so many blocks only (for a learning curve)")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="when to stop")
    parser.add_argument("--rank", type=int, default=RANK)
    parser.add_argument("--rate", type=float, default=RATE, help="learning rate at its highest")
    return parser


if __name__ == "__main__":
    sys.exit(main())
