"""What the small reader learns from: candidates are marked right, whatever chance makes of them; its loss by hand."""

import math

import pytest
import torch

from evals.blocks import MONTHS, Block, Item
from evals.reader_examples import Candidate, Line, Variation, posed_of
from evals.reader_train import ROWS, _list_loss, batches

OTHERS = set(MONTHS) - {"May", "June"}
BLOCK = Block(
    ("[mill book 2031] The mill ground 41 tonnes in May.", "Sine Voll runs it.", "[fair list] The fair is on 5 June."),
    (
        Item("How much was ground in May?", frozenset({0}), "41 tonnes", "number"),
        Item("How much was ground, and who runs the mill?", frozenset({0, 1}), "41 tonnes; Sine Voll", "multi"),
        Item("Is the fair in June?", frozenset({2}), "yes", "yesno"),
        Item("Who built the mill?", frozenset(), "", "near_absent"),
    ),
    "mill",
)
FOUND = (
    Line("paper", "", "They ground 41 tonnes."),
    Line("paper", "", "A flour mill."),
    Line("x", "", "Sine Voll runs it."),
)


def test_questions_come_with_where_each_sentence_stands_and_with_what_else_was_found() -> None:
    much, both, fair, built = posed_of(BLOCK, {"How much was ground in May?": FOUND})
    assert much.lines == (
        Line("mill book 2031", "", "The mill ground 41 tonnes in May."),
        Line("mill book 2031", "The mill ground 41 tonnes in May.", "Sine Voll runs it."),
        Line("fair list", "", "The fair is on 5 June."),
    )
    # What holds the answer may answer, and what is the block's own is there already.
    assert much.others == (FOUND[1],)
    assert (much.shorts, both.shorts, fair.shorts, built.shorts) == (("41 tonnes",), ("41 tonnes", "Sine Voll"), (), ())
    assert not built.support and not both.others


def test_what_answers_is_marked_whatever_chance_makes_of_it() -> None:
    posed = posed_of(BLOCK, {"How much was ground in May?": FOUND})
    seen = [one for seed in range(60) for each in posed for one in Variation(seed).of(each)]
    for one in seen:
        for candidate in one:
            assert not candidate.spans or candidate.supports
            assert all(candidate.text[a:b] in ("41 tonnes", "Sine Voll") for a, b in candidate.spans)
    right = [[c.text for c in one if c.supports] for one in seen]
    assert {len(texts) for texts in right} == {0, 1, 2}
    texts = {candidate.text for one in seen for candidate in one}
    assert texts == {line.text for line in posed[0].lines} | {"A flour mill."}
    asked = {candidate.asked for one in seen for candidate in one}
    assert any(" | mill book 2031 | " in text for text in asked) and any(" |  | " in text for text in asked)
    # May is exchanged for another month in places, and then nothing answers.
    wrong = [one for one in seen if OTHERS & set(one[0].asked.replace("?", "").split())]
    assert wrong and not any(candidate.supports for one in wrong for candidate in one)


def test_batches_keep_lists_whole() -> None:
    one = Candidate("q", "t", False, ())
    made = batches([[one] * n for n in (5, 20, 9, 3)], seed=1)
    assert all(sum(map(len, batch)) <= ROWS for batch in made) and len(made) == 2
    assert sorted(len(each) for batch in made for each in batch) == [3, 5, 9, 20]


def test_the_loss_by_hand() -> None:
    right, wrong = Candidate("q", "t", True, ()), Candidate("q", "t", False, ())
    logits = torch.tensor([2.0, 1.0, -1.0])
    chance = math.exp(2) / (math.exp(2) + math.exp(1) + 1)
    nothing = 1 / (1 + math.exp(-1))
    loss = _list_loss(logits, [[right, wrong], [wrong]])
    assert float(loss) == pytest.approx((-math.log(chance) - math.log(nothing)) / 2, rel=1e-5)
