"""Does a draft, true as it may be, answer what was asked? Each check gives its objection, or None. English patterns."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from index.traits import KINDS, asked, is_row, offered
from rag.align import Case, contains, counted, rival
from rag.claims import DAYS, EXTENTS, MONTHS, Word, content, family, fold, read, stems, years
from rag.reckon import operation
from rag.yes_no import YES_NO

# Kinds whose answers have a look of their own: a draft that lacks it does not answer the question.
CHECKED_KINDS = ("when", "how many", "how long")
_QUESTION_WORD = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.I)
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|big|far|tall|high|large|deep|heavy|wide|old|fast|hot|often|close)\b"
    r"|\b(?:what|which)(?: (?:is|was|are|were))?(?: (?:the|an?|its|their))?(?: \w+)? (?:number|amount|price|cost|fee"
    r"|rate|percentage|total|size|weight|length|height|width|depth|temperature|speed|rent|score|per ?cent)\b",
    re.I,
)
# Points in time that are told without a date: "on the third", "within five weeks", "when it rains".
_WHEN = re.compile(
    r"\b(?:(?:first|second|third|\w+th)\b|morning|noon|afternoon|evening|night|day|before|after|until|within|once|if"
    r"|when|while|as soon as|during|time|always|never|every|since|late|early|between|dawn|dusk|easter|christmas"
    r"|midsummer|weekdays?|weekends?|(?:at|by|from|till|on) (?:\d|\w+ing\b))",
    re.I,
)
_OTHER_WHEN = re.compile(
    r"\b(?:by|from|since|until) (?:what|which) (?!date|day|year|month|time|week|season|point|hour|age)", re.I
)
_LONG = re.compile(
    r"\b(?:until|till|while|since|as long as|(?:an?|half|whole|all|every|the) (?:\w+ )*"
    r"(?:second|minute|hour|day|night|week|month|year))\b",
    re.I,
)
_AMOUNT = re.compile(
    r"\b(?:all|none|nothing|no|nobody|everything|rest|remainder|most|both|several|free|single|double|share|\w+ly|every"
    r"|each|always|never)\b",
    re.I,
)
_SEVERAL = re.compile(r"\b(?:and|or) (?:who|what|when|where|why|how|which)\b", re.I)
# Questions whose answer need not share a clause with what they name.
_LOOSE = re.compile(
    rf"{YES_NO.pattern}|{_SEVERAL.pattern}|\b(?:why|how (?!many|much|long|often)|should|reason)\b", re.I
)
LENGTHS = family("m km cm mm nm mile foot inch micrometre")
TIMES = family("second minute hour day night week month year")
# What questions of a kind are answered in.
_ASKED_UNITS = [
    (re.compile(pattern, re.I), units)
    for pattern, units in (
        (r"\bhow heavy\b|\bwhat (?:is|was) the weight\b|\bweigh\b", family("kg g mg tonne lb")),
        (
            r"\bhow (?:high|tall|deep|far|wide|close|thick|long (?:is|was))\b"
            r"|\bwhat (?:is|was) the (?:length|height|width|depth)\b",
            LENGTHS,
        ),
        (
            r"\bhow much\b.*\b(?:costs?|pay|paid|charged?|price|fine|spend|spent)\b"
            r"|\bwhat (?:does|do|did|will|would|is|was) .*\b(?:costs?|price|fee)\b",
            frozenset(("gbp", "eur", "usd", "pence")),
        ),
        (r"\bwhat (?:percentage|share)\b", frozenset("%")),
        (r"\b(?:temperature|how (?:hot|cold|warm))\b", frozenset(("°c", "°f", "degree"))),
        (r"\bhow long (?:does|did|do|must|may|will|can|should|after|before)\b|\bfor how long\b", TIMES),
    )
]
# Words for anybody or anything, which a question may count without naming them as the text does.
_ANYTHING = family(
    "peopl person thing item time piec part one member place case kind sort type way other men women child"
)
_CODE = re.compile(r"[a-z]+-?\d+\w*")
_MISSPELT = 0.75  # words this alike are one word, mistyped
_DESCRIBING = family("last first old new ago again then earlier later")


def missing_kind(draft: str, question: str) -> str | None:
    """The kind of CHECKED_KINDS that the question's own question word asks for and the draft does not offer."""
    if _SEVERAL.search(question):
        return None
    first = _QUESTION_WORD.search(question)
    own = question if not first or first.group().lower() == "when" else re.sub(r"\bwhen\b", "", question, flags=re.I)
    kinds = dict(zip(KINDS, asked(own), strict=True))
    if _OTHER_WHEN.search(own):
        kinds["when"] = False
    kinds["how many"] = bool(_HOW_MANY.search(own))
    given = dict(zip(KINDS, offered(draft), strict=True))
    numbers = [w for w in read(draft) if w.kind == "number"]
    given["when"] |= bool(_WHEN.search(draft))
    given["when"] |= bool(numbers and re.match(r"(?:at|by|from|until|till|about|around) ", draft, re.I))
    given["how long"] |= bool(numbers) and kinds["how many"]
    given["how long"] |= any({*w.unit.split()} & EXTENTS for w in numbers) or bool(_LONG.search(draft))
    given["how many"] |= bool(_AMOUNT.search(draft))
    return next((kind for kind in CHECKED_KINDS if kinds[kind] and not given[kind]), None)


def other_value(case: Case) -> str | None:
    """Of several numbers of a kind, the one whose own words are asked for and spoken of."""
    if is_row(case.evidence):
        return None  # which column is asked for cannot be told from a row
    wanted = stems(case.asked)
    for value, place in zip(case.said, case.places, strict=True):
        if value.kind != "number" or place is None:
            continue
        spoken = {w.stem for w in case.said if w is not value}
        weights = {w.stem: (w.stem in wanted) + 2 * (w.stem in spoken) for w in case.held}
        other = rival(place, weights, case.held)
        if other and other.text not in spoken:
            return f"the evidence says {other.text} of that, not {value.text}"
    return None


def other_subject(case: Case) -> str | None:
    """A part of the sentence that names somebody else does not answer what is asked of one whom another part names."""
    segments = {case.held[n].segment for n in case.touched}
    firm = [w for w in case.held if w.kind == "name" and w.text not in DAYS and len(w.text) > 1]
    if any(w.kind == "number" for w in case.said):
        others = [w for w in case.held if w.kind == "number" and w.text not in {v.text for v in case.said}]
        firm = [w for w in firm if w.segment in segments | {v.segment for v in others}]
    elif any(w.kind == "name" for w in case.said) or len({w.scope for w in firm}) < 2:
        return None
    wanted = {w.stem for w in case.asked if w.kind == "name"}
    spoken = set() if any(w.kind == "number" for w in case.said) else stems(case.said)
    here = {w.stem for w in firm if w.segment in segments}
    there = {w.stem for w in firm if w.segment not in segments}
    if wanted & there and not wanted & (here | stems(case.said)) and here - wanted - spoken:
        return f"the evidence says that of {min(here - wanted - spoken)}"
    return None


def one_of_many(case: Case) -> str | None:
    """A row of a table does not tell which of its rows has the most or the least."""
    ranked = operation(case.question) in ("most", "least") and operation(case.evidence) not in ("most", "least")
    return "one row does not tell which has the most or the least" if ranked and is_row(case.evidence) else None


def nobody(case: Case) -> str | None:
    """Who it was is not told by times and numbers alone."""
    if not re.match(r"(?:\w+ ){0,2}?who\b", case.question, re.I):
        return None
    told = [w for w in content(case.said) if w.stem not in stems(case.asked) | _DESCRIBING]
    return None if told else "the question asks who, the draft does not say it"


def other_clause(case: Case) -> str | None:
    """Of two sentences that a semicolon joins, the one that speaks of what is asked."""
    if case.statement or ";" not in case.evidence or _LOOSE.search(case.question):
        return None
    # A part that begins with a pronoun goes on about the subject of the one before.
    parts = [read(part) for part in re.split(r";(?! (?:it|its|he|his|she|her|they|their|this)\b)", fold(case.evidence))]
    mine = [part for part in parts if contains(part, case.said)]
    wanted = stems(content(case.asked)) - stems(case.said)
    if not mine or wanted & stems(mine[0]):
        return None
    found = max(len(wanted & stems(part)) for part in parts)
    return "the evidence says that of something else" if found >= max(1, len(wanted) / 2) else None


def other_question(case: Case) -> str | None:
    """The year, model and unit that the question names must not be others than those of the evidence."""
    around = read(case.passage)
    named = set(re.findall(r"(?:19|20)\d\d", case.source.rsplit("/", 1)[-1]))
    wanted, given = years(case.asked), years(around) | named
    if wanted and given and not wanted & given:
        return f"the question asks of {min(wanted)}, the evidence speaks of {min(given)}"
    codes = [{w.text for w in words if _CODE.fullmatch(w.text)} for words in (case.asked, around)]
    if codes[0] and codes[1] and not codes[0] & codes[1]:
        return f"the question asks of {min(codes[0])}, the evidence speaks of {min(codes[1])}"
    return _other_line(case) or _other_unit(case)


def _other_line(case: Case) -> str | None:
    """Where the question names a year, a time, a code or a quantity that another sentence of the passage holds, one
    with others of the kind in its place speaks of something else ("At 10 mm …" of what happens at 25 mm)."""
    asked_for, here, around, said = (
        _figures(words) for words in (case.asked, case.held, read(case.passage), case.said)
    )
    for shape, wanted in asked_for.items():
        there, others = around.get(shape, set()), here.get(shape, set())
        rivals = others - said.get(shape, set())
        if wanted & there and not wanted & others and rivals:
            return f"the question asks of {min(wanted)}, the evidence speaks of {min(rivals)}"
    return None


def _figures(words: Sequence[Word]) -> dict[str, set[str]]:
    """Years, times, codes and quantities, by kind; a quantity's kind is its unit."""
    found: dict[str, set[str]] = {}
    for word in words:
        if word.kind == "number":
            shape = "time" if ":" in word.text else word.unit
        else:
            shape = "code" if _CODE.fullmatch(word.text) else ""
        if shape:
            found.setdefault(shape, set()).add(word.text)
    return found


def _other_unit(case: Case) -> str | None:
    """The unit that is asked for by name, or by "how heavy", is the one that the draft's number has."""
    numbers = [
        case.held[n] for w, n in zip(case.said, case.places, strict=True) if w.kind == "number" and n is not None
    ]
    dated = numbers and all(w.unit in MONTHS or w.unit == "date" for w in numbers)
    if dated and _HOW_MANY.search(case.question) and not asked(case.question)[1]:
        return "the question asks how many, the draft gives a date"
    texts = [w.text for w in case.asked]
    named = [
        w.text for n, w in enumerate(case.asked) if w.kind == "unit" and n and texts[n - 1] in ("many", "in", "per")
    ]
    named = [u for u in named if u not in MONTHS and not (u in TIMES and texts[texts.index(u) - 1] == "in")]
    given = {u for w in case.held for u in (w.unit.split() if w.kind == "number" else [w.text] * (w.kind == "unit"))}
    if named and given and not {*named} <= given:
        return f"the question asks for {named[0]}, the evidence does not give it"
    wanted = next((units for pattern, units in _ASKED_UNITS if pattern.search(case.question)), frozenset())
    if named and texts[texts.index(named[0]) - 1] != "per":
        wanted = frozenset(named)
    offered_too = [w for w in case.held if w.kind == "number" and {*w.unit.split()} & wanted]
    if numbers and offered_too and not any({*w.unit.split()} & wanted or _elliptic(w, case.held) for w in numbers):
        return f"the question asks for {min(wanted)}, the draft does not give it"
    return _other_noun(case, numbers)


def _elliptic(number: Word, held: Sequence[Word]) -> bool:
    """Whether a number may borrow its unit from one before it ("7 crowns, or 11 on the islands")."""
    place = next(n for n, w in enumerate(held) if w is number)
    return not number.unit and not counted(number, held) and any(w.kind == "number" for w in held[:place])


def _other_noun(case: Case, numbers: Sequence[Word]) -> str | None:
    """What "how many" counts is not another noun, nor a bare number where another number counts just that."""
    texts = [w.text for w in case.asked]
    if "many" not in texts[:-1] or texts[texts.index("many") - 1] != "how":
        return None
    head = case.asked[texts.index("many") + 1]
    if head.kind != "content" or head.stem in _ANYTHING:
        return None
    known = head.stem in stems(read(case.passage))
    nouns = [
        next((v for v in case.held[n + 1 : n + 4] if v.kind != "function"), None)
        for n, w in enumerate(case.held)
        if w in numbers
    ]
    counting = [
        w for n, w in enumerate(case.held) if w.kind == "number" and head.stem in stems(case.held[n + 1 : n + 3])
    ]
    if numbers and counting and not any(w in counting or _elliptic(w, case.held) for w in numbers):
        return f"the question asks how many {head.text}, the evidence says {counting[0].text}"
    for noun, number in zip(nouns, numbers, strict=False):
        if known or noun is None or noun.kind != "content" or noun.segment != number.segment or noun.stem in _ANYTHING:
            continue
        if counted(number, case.held) and SequenceMatcher(None, noun.text, head.text).ratio() < _MISSPELT:
            return f"the question asks how many {head.text}, the evidence counts {noun.text}"
    return None
