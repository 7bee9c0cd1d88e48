"""The gate finds a planted loss and lets noise pass; the page shows hostile text as text; mutants break something."""

import json
import random
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from evals.__main__ import main
from evals.baseline import ask_baseline, judged
from evals.cases import SPLITS, Case, holds, load_cases
from evals.compare import (
    COMPARED,
    SIGNIFICANCE,
    Record,
    accept,
    compare,
    digest,
    holm,
    load_accepted,
    randomisation_test,
    sign_test,
)
from evals.curves import Rated, area, at, calibration, risk_coverage
from evals.measures import BASELINE, PLANTED, READ, READERS, REWRITTEN, Outcome, rewriting, summary
from evals.mutants import (
    MUTANTS,
    Mutant,
    Readings,
    in_text_order,
    misnumbered,
    shifted,
    survivors,
    unchecked,
)
from evals.planted import lie
from evals.report import page
from evals.report_reading import reading
from evals.results import LEARNING, results
from evals.run import sample, side_by_side
from index.marks import marks_of
from index.pool import Pool, Query
from index.ranking import learned_weights, rank_sentences
from index.settings import Settings
from index.types import Hit
from rag.compose import cited
from rag.reader import Reader
from rag.types import Answer, Candidate, Check, Trace, Turn
from tests.standins_rag import SpokenModel, evidence

RIGHT = {"correct": 1.0, "held": 1.0, "refused": 0.0, "citation recall": 1.0, "passage MRR": 1.0}
EARLIER = (Turn("user", "Who opened it?"), Turn("assistant", "Marta."))


def case(number: int, later: bool = False, answerable: bool = True) -> Case:
    history = EARLIER if later else ()
    return Case(f"x-{number}", "x", "when", f"When was {number}?", (("1987",),) if answerable else (), (), history)


def outcomes(count: int, change: Callable[[int], Mapping[str, float]], later: int = 0) -> list[Outcome]:
    """`count` cases, the first `later` of them follow-ups, each all right but for what `change` says of its number."""
    return [Outcome(case(n, n < later), Answer("q", "q"), {**RIGHT, **change(n)}) for n in range(count)]


def accepted(done: list[Outcome]) -> dict[str, Record]:
    return {o.case.id: Record(digest(o.case), o.measures) for o in done}


def wrong(*ranges: range) -> Callable[[int], Mapping[str, float]]:
    return lambda n: {"correct": 0.0} if any(n in one for one in ranges) else {}


def fine(n: int) -> Mapping[str, float]:
    return {}


# -- the comparison


def test_a_real_loss_fails_by_its_name_alone() -> None:
    comparison = compare(accepted(outcomes(200, wrong(range(190, 195)))), outcomes(200, wrong(range(20))))
    (failure,) = comparison.failures
    assert failure.startswith("all: correct fell from 97.5% to 90.0% (20 cases fell, 5 rose of 200; p = 0.002")


def test_a_gain_never_fails() -> None:
    assert compare(accepted(outcomes(200, wrong(range(50)))), outcomes(200, fine)).failures == []


def test_flips_in_both_directions_pass() -> None:
    before = accepted(outcomes(200, wrong(range(12))))
    assert compare(before, outcomes(200, wrong(range(12, 28)))).failures == []
    assert compare(before, outcomes(200, wrong(range(13)))).failures == []


def test_a_certain_but_tiny_loss_passes() -> None:
    comparison = compare(accepted(outcomes(1000, fine)), outcomes(1000, wrong(range(15))))
    (change,) = [change for change in comparison.changes if change.fell]
    assert change.chance < 1e-4
    assert not comparison.failures


def test_what_is_rare_in_one_comparison_is_not_in_many() -> None:
    comparison = compare(accepted(outcomes(100, fine)), outcomes(100, wrong(range(5))))
    assert min(change.chance for change in comparison.changes) < SIGNIFICANCE
    assert not comparison.failures


def test_a_loss_in_follow_ups_alone_is_found() -> None:
    comparison = compare(accepted(outcomes(1000, fine, later=40)), outcomes(1000, wrong(range(14)), later=40))
    (failure,) = comparison.failures
    assert failure.startswith("later turns: correct")


def test_a_loss_in_shares_is_found() -> None:
    comparison = compare(accepted(outcomes(60, fine)), outcomes(60, lambda n: {"passage MRR": 0.5 if n < 20 else 1.0}))
    (failure,) = comparison.failures
    assert "passage MRR" in failure


@pytest.mark.parametrize(
    ("answerable", "refused", "name"), [(True, 1.0, "answered"), (False, 0.0, "near misses refused")]
)
def test_refusing_is_good_or_bad_by_the_case(answerable: bool, refused: float, name: str) -> None:
    def done(value: float) -> list[Outcome]:
        return [Outcome(case(n, False, answerable), Answer("q", "q"), {"refused": value}) for n in range(30)]

    (failure,) = compare(accepted(done(1 - refused)), done(refused)).failures
    assert f"all: {name} fell from 100.0% to 0.0%" in failure
    assert compare(accepted(done(refused)), done(1 - refused)).failures == []


def test_noise_fails_no_oftener_than_promised() -> None:
    chance = random.Random(1)
    names = [name for name in RIGHT if name in COMPARED]

    def noisy(n: int) -> Mapping[str, float]:
        return {name: float(chance.random() < 0.7) for name in names}

    failed = sum(bool(compare(accepted(outcomes(60, noisy)), outcomes(60, noisy)).failures) for _ in range(200))
    assert failed <= 200 * SIGNIFICANCE + 3 * np.sqrt(200 * SIGNIFICANCE)


def test_cases_that_came_went_or_changed_are_named_and_left_out() -> None:
    before = accepted(outcomes(50, fine))
    now = outcomes(51, wrong(range(10, 40)))[1:]
    now = [replace(o, case=replace(o.case, question="Another?")) if o.measures["correct"] == 0 else o for o in now]
    comparison = compare(before | {"x-0": before["x-0"]}, now)
    assert (comparison.added, comparison.removed) == (("x-50",), ("x-0",))
    assert comparison.altered == tuple(f"x-{n}" for n in range(10, 40))
    assert comparison.compared == 19
    assert not any(change.fell for change in comparison.changes)
    # So little was compared that its passing shows nothing.
    (failure,) = comparison.failures
    assert "only 19 can be compared" in failure


def test_nothing_accepted_is_no_pass() -> None:
    assert compare({}, outcomes(5, fine)).failures


def test_tests_by_hand() -> None:
    eight_of_ten = np.array([-1.0] * 8 + [1.0] * 2 + [0.0] * 30)
    assert sign_test(eight_of_ten) == 56 / 1024
    assert randomisation_test(eight_of_ten) == pytest.approx(56 / 1024, abs=0.01)
    assert sign_test(np.zeros(5)) == 1
    assert randomisation_test(np.array([-0.5, 0.25])) == pytest.approx(0.5, abs=0.02)
    assert holm([0.01, 0.04, 0.03, 0.005]) == [True, False, False, True]


def test_what_is_accepted_comes_back_without_any_text(tmp_path: Path) -> None:
    path = tmp_path / "accepted.json"
    assert load_accepted(["seed"], path) == {}
    done = outcomes(3, lambda n: {"passage MRR": 1 / 3, PLANTED: 1.0} if n else {})
    accept({"seed": done, "test": outcomes(1, fine)}, path)
    accept({"test": outcomes(2, fine)[1:]}, path)
    assert set(load_accepted(["seed", "test"], path)) == {"x-0", "x-1", "x-2"}
    back = load_accepted(["seed"], path)
    assert PLANTED not in back["x-0"].measures
    assert back["x-1"].measures[PLANTED] == 1
    assert "When was" not in path.read_text(encoding="utf-8")
    assert compare(back, done).changes
    assert not any(change.fell or change.rose for change in compare(back, done).changes)


def test_the_accepted_run_fits_the_cases() -> None:
    kept = load_accepted(["seed", "test"])
    cases = [case for split in ("seed", "test") for case in load_cases(split)]
    assert {case.id: digest(case) for case in cases} == {i: record.digest for i, record in kept.items()}


def test_mutants_are_of_the_product_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    for flags in (["--threshold", "0"], ["--splits", "dev"]):
        with pytest.raises(SystemExit):
            main(["--mutants", *flags])
        assert flags[0].strip("-") in capsys.readouterr().err


def test_other_settings_cannot_be_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--accept", "--threshold", "0"])
    assert "--threshold" in capsys.readouterr().err


# -- what is asked, and what beside the product


def test_cases_are_asked_in_pieces_side_by_side_and_come_back_in_order() -> None:
    def work(split: str, cases: Sequence[Case], settings: Settings) -> list[tuple[str, str, int, int]]:
        return [(split, one.id, len(cases), settings.answer.threads) for one in cases]

    done = side_by_side(work, {"a": [case(n) for n in range(5)], "b": [case(9)]}, Settings())
    assert done["a"] == [("a", f"x-{n}", 2 if n < 2 else 3, 1) for n in range(5)]
    assert done["b"] == [("b", "x-9", 1, 1)]


def test_the_sample_is_every_fourth_answerable_case() -> None:
    cases = [case(n, answerable=n % 2 == 0) for n in range(20)]
    assert [c.id for c in sample(cases)] == ["x-0", "x-8", "x-16"]


def test_the_baseline_reads_three_passages_and_its_reply_is_judged() -> None:
    passages = [evidence(f"Text {n}.")[0].passage for n in range(4)]
    answer = Answer("q", "When was it?", hits=tuple(Hit(passage, 1.0) for passage in passages))
    done = [Outcome(case(n), answer, RIGHT, 1.0) for n in range(2)]
    model = SpokenModel(says="In 1987 .")
    replies = ask_baseline(done, model)
    assert list(replies) == ["x-0", "x-1"]
    said = str(model.asked[0][-1].content)
    assert "Text 0. Text 1. Text 2.\nQuestion: When was it?" in said
    assert "Text 3." not in said
    assert judged(done, {"x-0": "In 1987 .", "x-1": "In 1988."}) == {"x-0": {BASELINE: 1.0}, "x-1": {BASELINE: 0.0}}


def test_a_planted_error_is_never_the_answer() -> None:
    cases = [case for split in SPLITS for case in load_cases(split) if case.answerable]
    assert not [case.id for case in cases if holds(lie(case), case.answers)]
    assert lie(case(1)) == "2098"


def test_rewriting_by_hand() -> None:
    asked = replace(case(1, later=True), standalone="When did Marta open the bakery?")
    assert rewriting(asked, "When did Marta open the bakery?") == {REWRITTEN: 1.0}
    # Of marta, open and bakery one is there, and nothing else.
    assert rewriting(asked, "When did she open it?") == {REWRITTEN: pytest.approx(2 / 4)}
    assert rewriting(case(1), "When?") == {}


# -- the mutants


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_breaks_is_there_to_be_broken(mutant: Mutant) -> None:
    with mutant.broken():
        pass


def planted(name: str, done: list[Outcome]) -> Mutant:
    return Mutant(
        name,
        nullcontext,
        lambda split: [o.case for o in done if split == "seed"],
        lambda _, cases, __: [o for o in done if o.case in cases],
    )


def test_a_mutant_survives_when_the_gate_lets_it_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    harmless, harmful = planted("harmless", outcomes(50, fine)), planted("harmful", outcomes(50, wrong(range(20))))
    monkeypatch.setattr("evals.mutants.MUTANTS", (harmless, harmful))
    whole = outcomes(60, fine)
    assert survivors(whole, accepted(whole), Settings()) == ["the gate does not notice: harmless"]


def test_a_mutant_proves_nothing_where_the_whole_product_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.mutants.MUTANTS", (planted("harmful", outcomes(50, wrong(range(20)))),))
    (failure,) = survivors(outcomes(60, wrong(range(20))), accepted(outcomes(60, fine)), Settings())
    assert failure.startswith("harmful: its cases fail though nothing is broken: all: correct fell")


def test_what_was_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(Reader, "judge", lambda reader, pairs: asked.append(pairs) or [])
    reader, readings = Reader(Path()), Readings()
    for _ in range(2):
        with readings.kept():
            reader.judge([("Who?", "Marta.")])
    assert len(asked) == 1
    reader.judge([("Who?", "Marta.")])
    assert len(asked) == 2


def test_mutants_break_what_they_say() -> None:
    items = evidence("One is here.", "Two is there.")
    parts = [("One", [items[0]]), ("Two", [items[1]])]
    sentences, citations = cited(parts, [])
    assert [c.start for c in shifted(parts, [])[1]] == [c.start + 1 for c in citations]
    assert [s.citations for s in misnumbered(parts, [])[0]] == [sentences[1].citations, sentences[0].citations]
    assert unchecked("Lies", "What?", items).support == items[0]


def test_text_order_keeps_the_passages_and_unranks_their_sentences() -> None:
    first, second = evidence("Nothing at all.", "The bakery opened in 1987.")
    passage = first.passage
    rows = np.eye(4, dtype=np.float32)
    pool = Pool([passage], [marks_of(passage)], rows[:1], np.stack([rows[1], rows[0]]), {"bakeri": 1, "open": 1}, 5)
    query = Query("When was the bakery opened?", rows[0], ("bakeri", "open"))
    assert [e.start for e in rank_sentences(query, pool, learned_weights())] == [second.start, first.start]
    assert [e.start for e in in_text_order(query, pool, learned_weights())] == [first.start, second.start]


# -- curves and the page


def test_risk_and_coverage_by_hand() -> None:
    cases = [Rated(0.9, True), Rated(0.6, False), Rated(0.6, True), Rated(0.1, False)]
    points = [(p.coverage, p.risk) for p in risk_coverage(cases)]
    assert points == [(0, 0), (0.5, 0), (1, 0.5), (1, 1)]
    assert at(0.7, cases)[1:] == (0.5, 0.0)
    assert area(risk_coverage(cases)) == 0.875
    assert risk_coverage([Rated(0.5, True)]) == []


def test_calibration_bins_hold_like_cases_and_all_of_them() -> None:
    cases = [Rated(n / 100, n >= 50) for n in range(100)]
    bins = calibration(cases)
    assert sum(one.answerable.count for one in bins) == 100
    assert [one.answerable.value for one in (bins[0], bins[-1])] == [0, 1]
    assert bins[0].confidence == pytest.approx(0.095)


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;</pre></svg>'


def hostile_page() -> str:
    items = evidence(HOSTILE)
    sentences, citations = cited([(HOSTILE, items)], [])
    trace = Trace(
        HOSTILE,
        HOSTILE,
        {HOSTILE: HOSTILE},
        0.4,
        0.3,
        {HOSTILE: 1.0},
        (Candidate(items[0], True, HOSTILE),),
        (Check(HOSTILE, False, HOSTILE),),
        {HOSTILE: 1.0},
    )
    answer = Answer(HOSTILE, HOSTILE, sentences, citations, trace=trace, done=True)
    cases = [
        Case(HOSTILE, "x", HOSTILE, HOSTILE, answers, (), history, why=HOSTILE)
        for answers in ((), ((HOSTILE,),))
        for history in ((), EARLIER)
    ]
    done = [Outcome(c, answer, {**RIGHT, "held": 0.0, BASELINE: 1.0}) for c in cases]
    figures = {HOSTILE: summary(done)}
    comparison = compare({HOSTILE + "gone": Record("", {})}, done)
    return page(results(Settings(), {HOSTILE: done}, figures, comparison, {HOSTILE: HOSTILE}, [HOSTILE]))


def test_hostile_text_is_shown_as_text() -> None:
    html = hostile_page()
    tree = LexborHTMLParser(html)
    assert tree.css("script, img, [onerror]") == []
    assert tree.css_first("summary") is not None
    assert all(HOSTILE in node.text() for node in tree.css(".case dl, .case pre, .case summary"))
    assert HOSTILE in tree.css_first(".verdict").text()
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html), "the page must not refer to anything outside"


def test_plots_are_well_formed_and_drawn_within_their_frames() -> None:
    drawn = re.findall(r"<svg.*?</svg>", hostile_page(), re.S)
    assert len(drawn) >= 6
    for text in drawn:
        root = ElementTree.fromstring(text)
        assert root.get("aria-label")
        _, _, width, height = map(float, root.get("viewBox", "").split())
        for element in root.iter():
            for name, most in (("x", width), ("cx", width), ("y", height), ("cy", height)):
                assert 0 <= float(element.get(name, "0")) <= most
            assert "nan" not in element.get("d", "")


def test_the_json_report_is_json() -> None:
    done = outcomes(3, fine)
    whole = results(Settings(), {"seed": done}, {"seed": summary(done)}, None, {}, [])
    assert json.loads(json.dumps(whole))["splits"]["seed"]["cases"][2]["id"] == "x-2"
    assert whole["baseline"] is None


def test_reading_is_shown_by_kind_and_as_it_was_learned() -> None:
    given = {f"{reader}: {what}": float(reader == READERS[0]) for reader in READERS for what in READ}
    used = {name: value for name, value in given.items() if not name.startswith(READERS[1])}  # the other is sampled
    cases = [{"kind": "<i>who", "later": False, "measures": given}, {"kind": "when", "later": True, "measures": used}]
    runs = [json.loads(line) for line in LEARNING.read_text(encoding="utf-8").splitlines()]
    html = reading(cases, runs)
    assert "<i>who" not in html
    assert "follow-up" in html and "as it came" in html and "nan" not in html
    assert sum(run["curve"] for run in runs) >= 5
    assert f"{runs[-1]['area']:.3f}" in html
    assert reading([{"kind": "who", "later": False, "measures": {}}], runs) == ""
