"""`python -m evals.attacks`: how many altered sentences the checks accept, and how many true ones they reject.

The written ones are in evals/attacks/; further ones are made of the true drafts by rule, from a fixed seed. Told for
the rules alone, and as the product shows a draft of a model that was not taught: two networks have read the evidence
too, and one of them must point at what the draft says.
"""

import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from evals.blocks import DAYS, MONTHS
from index.settings import load_settings
from index.types import Evidence, Passage
from rag.agree import pointed
from rag.build import open_model, open_reader
from rag.prompts import STOP, UNKNOWN
from rag.rerank import pair
from rag.verify import is_yes_no, judge
from rag.weigh import by_itself, log_odds, odds

FOLDER = Path(__file__).with_name("attacks")
# The checks were written with the first part in view. The second was written before them, but how many of each kind
# failed in it was read some 17 times while they were tuned: it is held out, not unseen, and its figures may flatter.
# The third was written later by others. What failed of it in the documents of test was read while rules were mended;
# of those of dev nothing but how many.
PARTS = ("tuned", "heldout", "later")
MOST_ACCEPTED, MOST_REJECTED = 0.01, 0.03
SEED = 7
# Each group holds words of which one may not stand for another.
_UNITS = (
    ("kg", "g", "tonnes"),
    ("km", "metres", "miles", "cm"),
    ("minutes", "hours", "days", "weeks", "months", "years"),
    ("euros", "pounds", "dollars"),
    ("£", "€", "$"),
)
_TURNED = (
    ("before", "after"),
    ("more", "less"),
    ("rose", "fell"),
    ("up", "down"),
    ("above", "below"),
    ("first", "last"),
    ("highest", "lowest"),
    ("least", "most"),
    ("within", "beyond"),
    ("against", "for"),
    ("permitted", "forbidden"),
)
_MODALS = (("may", "must"), ("will", "might"), ("can", "must"), ("would", "could"), ("must", "may"), ("shall", "may"))
_AUXILIARY = re.compile(r"\b(is|are|was|were|will|would|can|could|may|must|has|have|had|shall)\b(?! not| be\b)")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")


@dataclass(frozen=True)
class Attack:
    """A draft with the question and the sentences of a document that it is to be judged by, and whether it is true."""

    id: str
    kind: str
    question: str
    evidence: tuple[str, ...]
    draft: str
    true: bool
    source: str


def written(part: str) -> list[Attack]:
    """The hand-written ones of one of PARTS, in file order."""
    lines = (FOLDER / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Attack(**{**given, "evidence": tuple(given["evidence"])}) for given in map(json.loads, lines)]


def made(attacks: Sequence[Attack]) -> list[Attack]:
    """Each true draft altered in every way that some rule knows; the same for the same drafts."""
    chance = random.Random(SEED)
    true = [attack for attack in attacks if attack.true]
    names = sorted({name for attack in true for name in re.findall(r"(?<=[a-z] )[A-Z][a-z]+", attack.draft)})
    found = []
    for attack in true:
        for kind, alter in _rules(names):
            draft = alter(attack.draft, attack, chance)
            if draft and draft != attack.draft:
                found.append(replace(attack, id=f"{attack.id}-{kind}", kind=f"made: {kind}", draft=draft, true=False))
    return found


_Rule = Callable[[str, Attack, random.Random], str | None]


def _rules(names: Sequence[str]) -> Iterator[tuple[str, _Rule]]:
    yield "number", lambda draft, attack, chance: _other_number(draft, attack, chance)
    yield "date", lambda draft, _, chance: _of_group(draft, (MONTHS, DAYS), chance)
    yield "unit", lambda draft, _, chance: _of_group(draft, _UNITS, chance)
    yield "comparison", lambda draft, _, chance: _of_group(draft, _TURNED, chance)
    yield "modality", lambda draft, _, chance: _of_group(draft, _MODALS, chance)
    yield "negation", lambda draft, *_: _negated(draft)
    yield "name", lambda draft, attack, chance: _other_name(draft, attack, names, chance)
    yield "crossed", lambda draft, *_: _exchanged(draft)


def _other_number(draft: str, attack: Attack, chance: random.Random) -> str | None:
    """One number with one digit changed into a number that the evidence does not hold."""
    numbers = list(_NUMBER.finditer(draft))
    if not numbers:
        return None
    number = chance.choice(numbers)
    places = [n for n, c in enumerate(number.group()) if c.isdigit()]
    for _ in range(20):
        place = chance.choice(places)
        altered = number.group()[:place] + chance.choice("123456789") + number.group()[place + 1 :]
        if altered.replace(",", "") not in " ".join(attack.evidence).replace(",", ""):
            return draft[: number.start()] + altered + draft[number.end() :]
    return None


def _of_group(draft: str, groups: Sequence[Sequence[str]], chance: random.Random) -> str | None:
    """The first word that stands in a group, replaced by another of that group."""
    for group in groups:
        for word in group:
            found = re.search(rf"\b{word}\b" if word.isalpha() else re.escape(word), draft)
            if found:
                other = chance.choice([w for w in group if w != word])
                return draft[: found.start()] + other + draft[found.end() :]
    return None


def _negated(draft: str) -> str | None:
    """A denial taken away where there is one, else put behind the first auxiliary."""
    if re.search(r"\bnot\b", draft):
        return re.sub(r"\bnot ", "", draft, count=1)
    found = _AUXILIARY.search(draft)
    return f"{draft[: found.end()]} not{draft[found.end() :]}" if found else None


def _other_name(draft: str, attack: Attack, names: Sequence[str], chance: random.Random) -> str | None:
    """One name replaced by one from elsewhere."""
    held = re.findall(r"(?<=[a-z] )[A-Z][a-z]+", draft)
    strange = [name for name in names if name not in " ".join((*attack.evidence, attack.question))]
    if not held or not strange:
        return None
    return re.sub(rf"\b{chance.choice(held)}\b", chance.choice(strange), draft, count=1)


def _exchanged(draft: str) -> str | None:
    """The first two numbers of different value, each in the place of the other."""
    numbers = list(_NUMBER.finditer(draft))
    if len(numbers) < 2 or numbers[0].group() == numbers[1].group():
        return None
    (a, b), text = numbers[:2], draft
    return text[: a.start()] + b.group() + text[a.end() : b.start()] + a.group() + text[b.end() :]


def accepted(attack: Attack) -> bool:
    """Whether the checks let the draft pass."""
    return judge(attack.draft, attack.question, _evidence(attack)).accepted


def _evidence(attack: Attack) -> list[Evidence]:
    text = "\n".join(attack.evidence)
    starts = [len("\n".join(attack.evidence[:n])) + (n > 0) for n in range(len(attack.evidence))]
    spans = tuple((start, start + len(part)) for start, part in zip(starts, attack.evidence, strict=True))
    passage = Passage("attack", attack.source, 0, len(text), None, text, spans)
    return [Evidence(passage, start, end, 0.0) for start, end in spans]


class Networks:
    """What the small reader and the taught model read in the evidence of an attack."""

    def __init__(self) -> None:
        settings = load_settings()
        self._reader, self._model = open_reader(settings.index), cast(Any, open_model(settings.answer, settings.index))
        self._known: dict[tuple[str, tuple[str, ...]], tuple[str, str]] = {}

    def agree(self, attack: Attack) -> bool:
        """Whether one of them points at what the draft says; a yes or no is not compared in the product either."""
        if is_yes_no(attack.question):
            return True
        key = attack.question, attack.evidence
        if key not in self._known:
            self._known[key] = self._read(attack)
        return pointed(attack.draft, self._known[key])

    def _read(self, attack: Attack) -> tuple[str, str]:
        """The words of the best sentence that the reader points at, and what the model says of it."""
        evidence = _evidence(attack)
        readings = self._reader.judge([pair(attack.question, item) for item in evidence])
        told = odds(self._model, attack.question, evidence)
        best = max(range(len(evidence)), key=lambda n: log_odds(readings[n].answerable) + told[n])
        words = evidence[best].text[readings[best].start : readings[best].end]
        said = self._model.stream(by_itself(attack.question, evidence[best]), stop=list(STOP), withhold=UNKNOWN)
        return words, "".join(str(piece.content) for piece in said)


def main() -> int:
    """Print two tables for each part; 1 when a share is over its limit."""
    good, networks = True, Networks()
    for part in PARTS:
        attacks = written(part)
        verdicts = [(attack, accepted(attack)) for attack in [*attacks, *made(attacks)]]
        shown = [(attack, passed and networks.agree(attack)) for attack, passed in verdicts]
        good &= _report(f"{part}, rules", verdicts) & _report(f"{part}, rules and networks", shown)
    return 0 if good else 1


def _report(part: str, verdicts: Sequence[tuple[Attack, bool]]) -> bool:
    """Print how many were judged wrong, of each kind; whether the part keeps its limits."""
    good = True
    for true, verb, limit in ((False, "altered accepted", MOST_ACCEPTED), (True, "true rejected", MOST_REJECTED)):
        wrong: dict[str, list[bool]] = defaultdict(list)
        for attack, passed in verdicts:
            if attack.true == true:
                wrong[attack.kind].append(passed != true)
        failed, number = sum(map(sum, wrong.values())), sum(map(len, wrong.values()))
        good &= failed <= limit * number
        print(f"{part}: {verb} {failed} of {number}, {failed / number:.1%} (limit {limit:.0%})")
        for kind, found in sorted(wrong.items()):
            print(f"    {kind:18} {sum(found):3} of {len(found)}")
    return good


if __name__ == "__main__":
    sys.exit(main())
