"""What the adapter learns from and how: blocks vary as they should, and packed questions see only their evidence."""

import json
import random
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from evals.adapter_examples import Variation
from evals.adapter_model import Learner, attention, joined
from evals.adapter_tasks import load_followups, named, reading, reading_alone, rewritings, said_alone
from evals.blocks import TRAINING, Block, Item, load_blocks
from index.errors import UserError
from index.settings import ROOT, Settings
from rag.llama import ChatLlama
from rag.models import ADAPTER, PACKAGED, find_adapter, find_model
from rag.prompts import STOP, UNKNOWN, taught
from rag.standalone import says_the_same, standalone
from rag.types import Turn

BLOCK = Block(
    ("The mill ground 41 tonnes in May.", "Sine Voll runs it.", "It has two wheels."),
    (
        Item("How much was ground in May?", frozenset({0}), "41 tonnes", "number"),
        Item("Who runs the mill?", frozenset({1}), "Sine Voll", "who"),
        Item("Who built the mill?", frozenset(), "", "near_absent"),
    ),
)


class Letters:
    """A tokenizer that makes every letter a token."""

    bos_token_id = 0

    def __call__(self, text: str, add_special_tokens: bool) -> Any:
        return SimpleNamespace(input_ids=[ord(letter) for letter in text])


def learner() -> Learner:
    made = Learner.__new__(Learner)
    made.tokenizer = Letters()
    return made


def test_each_packed_question_reads_as_if_it_stood_alone_after_the_evidence() -> None:
    together = learner().pack(reading(BLOCK))
    assert "".join(map(chr, together.labels[together.learned][together.opens])) == "   "  # an answer's first letter
    for number, item in enumerate(BLOCK.items):
        alone = learner().pack(reading(Block(BLOCK.evidence, (item,))))
        rows = [i for i in range(len(together.ids)) if bool(together.sees[0][_last(BLOCK, number), i])]
        text = "".join(map(chr, together.ids[rows].tolist()))
        assert text == "".join(map(chr, alone.ids.tolist()[: len(text)]))
        assert together.positions[rows].tolist() == list(range(len(rows)))
        wanted = f" {item.short or UNKNOWN}\n"
        assert "".join(chr(i) for i in alone.labels.tolist() if i >= 0) == wanted


def _last(block: Block, number: int) -> int:
    """The row of the last token of a question's answer."""
    return len(learner().pack(reading(Block(block.evidence, block.items[: number + 1]))).ids) - 1


def test_joined_blocks_do_not_see_each_other() -> None:
    one = learner().pack(reading(BLOCK))
    two = joined([one, one])
    size = len(one.ids)
    assert len(two.ids) == 2 * size
    assert [rows.tolist() for rows in two.sees] == [one.sees[0].tolist()] * 2
    query, key, value = (torch.randn(1, heads, 2 * size, 8) for heads in (4, 2, 2))
    among = torch.block_diag(*(rows.float() for rows in two.sees)).bool()
    wanted = scaled_dot_product_attention(query, key, value, among, scale=0.3, enable_gqa=True)
    told, _ = attention(torch.nn.Identity(), query, key, value, None, scaling=0.3, sees=two.sees)
    assert torch.allclose(told, wanted.transpose(1, 2), atol=1e-5)


def test_a_question_whose_support_was_dropped_is_answered_with_unknown_and_only_then() -> None:
    dropped = 0
    for seed in range(200):
        block = Variation([BLOCK], [], seed).of(BLOCK)
        text = " ".join(block.evidence)
        for item in block.items:
            if item.short:
                assert item.short in text
            elif item.kind in ("number", "who"):
                dropped += 1
                assert not item.support
                swapped = "May" not in item.question and item.kind == "number"
                assert swapped or ("41" if item.kind == "number" else "Sine") not in text
    assert dropped > 20


def test_of_a_few_sentences_only_what_they_hold_is_an_answer() -> None:
    block = Block(
        ("[2023] The mill ground 41 tonnes in May.", "Sine Voll ran it.", "It has two wheels.", "[2024] It stood."),
        (
            Item("How much was ground in May?", frozenset({0}), "41 tonnes", "number"),
            Item("Who ran the mill?", frozenset({1}), "Sine Voll", "who"),
            Item("Did it grind when Sine Voll ran it?", frozenset({0, 1}), "yes", "yesno"),
            Item("Who built the mill?", frozenset(), "", "near_absent"),
        ),
    )
    unknown, yes = 0, 0
    for seed in range(80):
        few = Variation([block], [], seed).of_few(block)
        text = " ".join(few.evidence)
        assert len(few.evidence) == 2
        assert text.count("[2023] ") == (not text.startswith("[2024]"))
        for item in few.items:
            assert item.short in text or item.short == "yes"
            unknown, yes = unknown + (not item.support), yes + (item.short == "yes")
            assert item.short == "" or len(item.support) == 1 or all(b in text for b in ("41 tonnes", "Sine Voll"))
    assert unknown > 40
    assert yes > 10


def test_a_sentence_read_alone_answers_what_it_supports_and_nothing_else() -> None:
    block = Block(
        ("[2023] The mill ground 41 tonnes.", "It ran until May.", "[2024] The mill ground 52 tonnes."),
        (
            Item("How much was ground in 2023?", frozenset({0}), "41 tonnes", "number"),
            Item("How much was ground in each year?", frozenset({0, 2}), "41 tonnes; 52 tonnes", "multi"),
            Item("Did it run in April 2023?", frozenset({1}), "yes", "yesno"),
            Item("Who ran it?", frozenset(), "", "near_absent"),
        ),
    )
    said = [[said_alone(block, item, n) for n in range(3)] for item in block.items]
    assert said[0] == ["41 tonnes", UNKNOWN, UNKNOWN]
    assert said[1] == ["41 tonnes", UNKNOWN, "52 tonnes"]
    assert said[2] == [UNKNOWN, "yes", UNKNOWN]
    assert said[3] == [UNKNOWN] * 3
    assert named(block.evidence)[1] == "[2023] It ran until May."
    tasks = list(reading_alone(block, random.Random(1)))
    assert len(tasks) == 4
    for task in tasks:
        item = next(item for item in block.items if item.question in task.shared)
        for text, wanted in task.branches:
            assert wanted == said_alone(block, item, next(n for n in range(3) if named(block.evidence)[n] in text))


def test_the_follow_ups_of_a_conversation_share_what_was_said() -> None:
    followups = load_followups()
    tasks = rewritings(followups)
    assert sum(len(task.branches) for task in tasks) == len(followups)
    assert len(tasks) < len(followups) / 2
    assert all(task.shared.endswith("\n") and "Question: " in task.shared for task in tasks)
    assert tasks[0].branches[0] == (
        "Follow-up: where was she trained?\nStand-alone:",
        "Where was Ruta Kalvaitis trained?",
    )


def test_the_written_blocks_are_read_whole() -> None:
    blocks = load_blocks(TRAINING)
    written = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in TRAINING.glob("*.jsonl"))
    assert len(blocks) == written
    assert all(item.short for block in blocks for item in block.items if item.support)


def test_written_follow_ups_are_rewritten_when_they_lean_on_what_was_said_and_left_alone_otherwise() -> None:
    lines = (ROOT / "evals" / "followups.jsonl").read_text(encoding="utf-8").splitlines()
    right: dict[str, list[bool]] = {}
    for given in map(json.loads, lines):
        history = [Turn(turn["role"], turn["text"]) for turn in given["history"]]
        changed = standalone(given["question"], history) != given["question"]
        leans = given["kind"] in ("pronoun", "ellipsis", "correction")
        right.setdefault(given["kind"], []).append(changed == leans)
    assert len(lines) >= 1200
    assert {kind: sum(found) / len(found) > 0.93 for kind, found in right.items()} == dict.fromkeys(right, True)


def test_the_stand_alone_forms_written_for_follow_ups_say_the_same() -> None:
    leaning = [one for one in load_followups() if standalone(one.question, one.history) != one.question]
    same = [says_the_same(one.standalone, one.question, one.history) for one in leaning]
    assert sum(same) / len(same) > 0.8


@pytest.mark.slow
@pytest.mark.xdist_group("models")
@pytest.mark.parametrize("damage", ["junk", "cut short", "another model's"])
def test_an_adapter_that_does_not_fit_is_one_clear_error(damage: str, tmp_path: Any) -> None:
    whole = ADAPTER.read_bytes()
    path = tmp_path / "a.gguf"
    path.write_bytes({"junk": b"GGUF" + bytes(60), "cut short": whole[: len(whole) // 2]}.get(damage, whole))
    cache = Settings().index.cache
    model = ChatLlama(path=find_model("smollm2" if damage == "another model's" else "gemma3", cache), adapter=path)
    for _ in range(2):  # the second time too, when the model itself might be there already
        with pytest.raises(UserError, match="does not fit"):
            model.invoke(taught("A text.", "What?"))


@pytest.mark.slow
@pytest.mark.xdist_group("models")
def test_the_shipped_adapter_reads_and_keeps_silent() -> None:
    cache = Settings().index.cache
    adapter = find_adapter("", "", cache)
    assert adapter == ADAPTER
    assert ADAPTER.stat().st_size < 15e6
    assert find_adapter("", "smollm2", cache) is None
    assert find_adapter("none", "", cache) is None
    assert len(PACKAGED["gemma3"].adapter) == 64
    model = ChatLlama(path=find_model("", cache), adapter=adapter)
    text = "[Annual report 2023] The mill ground 4,120 tonnes of oats. Its manager, Sine Voll, left in May."
    right, wrong = "How much oats did the mill grind?", "Who was the mill's manager in 1990?"
    said = {}
    for question in (right, wrong):
        (first, *_) = model.stream(taught(text, question), stop=list(STOP), withhold=UNKNOWN)
        said[question] = first.response_metadata["withheld"]
    assert said[right] < 0.5
    assert said[right] < said[wrong]
    assert "4,120" in str(model.invoke(taught(text, right), stop=list(STOP)).content)


def test_half_the_way_is_the_mean_of_beginning_and_end() -> None:
    learner = SimpleNamespace(began=[torch.tensor([1.0, 4.0])], parameters=[torch.tensor([3.0, 2.0])])
    Learner.halve_the_way(learner)  # type: ignore[arg-type]
    assert learner.parameters[0].tolist() == [2.0, 3.0]
    assert learner.began[0].tolist() == [1.0, 4.0]
