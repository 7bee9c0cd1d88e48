"""What a text claims, in a form that two texts can be compared in: words, numbers with units, segments, values.

Patterns and families of words for English. Knows nothing of questions, drafts or evidence as such.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from index.words import STOP_WORDS, stem
from rag.meanings import modal


def family(words: str) -> frozenset[str]:
    """Words between spaces, as a set."""
    return frozenset(words.split())


NEGATIONS = family("no not never none neither nor nobody nothing nowhere without hardly denied refused refuse refuses")
# Words that narrow or widen what is claimed; a text that drops or adds one claims something else.
LIMITS = family("only all every each any some most many few both half least only except alone entirely partly")
# Words whose change or loss turns a comparison round; the word after one says what it points at.
POINTERS = family(
    "before after until since by from to into under over above below within beyond against than more less fewer between"
    " during inside outside"
)
COMPARATIVES = family(
    "more less fewer later earlier higher lower larger smaller longer shorter sooner older greater than"
)
PREPOSITIONS = POINTERS | family("in on at of for with as near along across through about")
_JOINTS = family("and but or while whereas although though because which who whom whose when where if that since so as")
_COORDINATORS = family("and but while whereas")
_ARTICLES = family("a an the this that these those its his her their our my your it he she they we i you there")
AUXILIARIES = family("is are was were be been being am has have had do does did having get gets got")
BE = family("is are was were be been being")

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
_NUMBERS = {word: n for n, word in enumerate([*_ONES.split(), "eighteen", "nineteen"])}
_TENS = {
    word: 20 + 10 * n
    for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
_SCALES = family("hundred thousand million billion lakh crore dozen")
_POWERS = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
MONTHS = family(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug"
    " sep sept oct nov dec"
)
DAYS = family("monday tuesday wednesday thursday friday saturday sunday")
_UNIT_LINES = (
    "gbp £ pound pounds|eur € euro euros|usd $ dollar dollars|pence penny p|% percent pct|km kilometre kilometres"
    " kilometer kilometers|m metre metres meter meters|cm centimetre centimetres|mm millimetre millimetres|nm "
    "nanometre nanometres|micrometre micrometres µm|mile miles mi|foot feet ft|inch inches|kg kilogram kilograms "
    "kilo kilos|g gram grams gramme grammes|mg milligram milligrams|tonne tonnes t|lb lbs|l litre litres liter "
    "liters|ml millilitre millilitres|gallon gallons|hectare hectares ha|acre acres|second seconds sec s|minute "
    "minutes min mins|hour hours h hr hrs|day days|night nights|week weeks|month months|year years|°c celsius|°f "
    "fahrenheit|degree degrees|decibel decibels db|kwh|kw|w watt watts|mbit/s|gbit/s|am a.m|pm p.m|time times"
)
_UNITS = {word: line.split()[0] for line in _UNIT_LINES.split("|") for word in line.split()}
# Short units are words or letters of their own unless a number stands before them.
_ONLY_AFTER_NUMBERS = family("p m t l s h w g mi ha am time times second foot")
EXTENTS = family("second minute hour day night week month year m km cm mm nm mile foot inch")
_IRREGULAR_LINES = (
    "made make|paid pay|sent send|built build|bought buy|brought bring|sold sell|told tell|said say|held hold|"
    "left leave|lost lose|won win|met meet|kept keep|gave given give|took taken take|went gone go|came come|ran "
    "run|began begun begin|wrote written write|drove driven drive|chose chosen choose|fell fallen fall|rose risen"
    " rise|found find|led lead|spent spend|drew drawn draw|grew grown grow|broke broken break|spoke spoken speak|"
    "saw seen see|costs cost"
)
_IRREGULAR = {w: stem(line.split()[-1]) for line in _IRREGULAR_LINES.split("|") for w in line.split()}

_MARKS = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚´`", "'") | dict.fromkeys("‐‑‒–—−", "-"))
_SPLIT_WORD = re.compile(r"(?<=[a-z])-[ \t]*\n\s*(?=[a-z])")
# The number of a piece of a kind ("HF-1844"), which is no year.
CODE = re.compile(r"\b(?!FY)[A-Z]{1,5}-(?:1[5-9]|20)\d\d(?![\w-])")
_PIECE = re.compile(
    rf"(?-i:{CODE.pattern})|"
    r"\d{1,2}:\d\d(?::\d\d)?|\d+(?:[.,]\d+)*-\d+(?:[.,]\d+)*(?![\w-])|[£€$%]|°[CF]\b"
    r"|\d+(?:[.,]\d+)*(?:st|nd|rd|th)?(?![\w])|\d+(?:[.,]\d+)*(?=[a-zµ])|[ap]\.m\.?|[mg]bit/s"
    r"|(?:[^\W\d_]\.){2,}|[^\W_]+(?:['.][^\W\d_]+)*|[;:,.()\[\]|?!]|(?<= )-(?= )|\"",
    re.I,
)
_ENUMERATED = re.compile(r"^\s*(?:\d+(?:\.\d+)+|\d+\.)\s+(?=[A-Z\"'(]\S*(?: \S+){2})")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?")
_DEGREES = re.compile(r"\bdegrees? (c|f|celsius|fahrenheit)\b", re.I)
_LONGEST_LABEL = 4  # words
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_DAY_OF_YEAR = re.compile(r"\d\d-\d\d")  # behind a year: "2024-07-02"


@dataclass(frozen=True)
class Word:
    """One word of a text in its common form, and where it stands.

    `kind` is "number", "unit", "name", "content" or "function". `segment` counts the parts between marks and
    coordinators, `clause` those that subordinators part too, `scope` how far a negation reaches. `unit` is a number's.
    """

    text: str
    stem: str
    kind: str
    segment: int = 0
    clause: int = 0
    scope: int = 0
    unit: str = ""


def fold(text: str) -> str:
    """`text` with one form for each quote, dash, ligature and space, and words joined that a line end had split."""
    folded = unicodedata.normalize("NFKC", text).translate(_MARKS).replace("*", " ").replace("_", " ")
    folded = _ENUMERATED.sub("", folded)
    folded = re.sub(r"\bminus (?=\d)", "-", _SPLIT_WORD.sub("", folded))
    # A sign belongs to its number only where nothing stands before it: "10-12" is a range.
    folded = re.sub(r"(?<![\w-])-(?=\d)", "minus", folded)
    folded = re.sub(r"\bper ?cent\b", "%", folded, flags=re.I)
    folded = _DEGREES.sub(lambda m: f"°{m.group(1)[0]}", folded)
    folded = re.sub(
        r"\b(can|will|could|would|did|do|does|is|was|are|were|has|have|had|should|must)n't\b", r"\1 not", folded
    )
    folded = re.sub(r"\bcan't\b|\bcannot\b", "can not", re.sub(r"\bwon't\b", "will not", folded), flags=re.I)
    return " ".join(folded.split())


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[Word, ...]:
    """The words of a text in order, without articles, with compound numbers and units in one form each."""
    pieces = [match.group() for match in _PIECE.finditer(_compounds(fold(text)))]
    words: list[Word] = []
    segment = clause = scope = latest = 0
    outer: list[int] = []
    opens = True
    for position, piece in enumerate(pieces):
        if re.fullmatch(r'[][;:,.()|?!"-]', piece):
            opens = opens or piece in ".?!|"
            labels = piece == ":" and _labels(words, latest, pieces[position + 1 : position + 2])
            if piece != '"' and not labels:
                latest, clause, scope = latest + 1, clause + 1, scope + (piece != ",")
                outer += [segment] if piece == "(" else []
                # What follows a bracket goes on where the text stood before it.
                segment = outer.pop() if piece == ")" and outer else latest
            continue
        lower = _plain(piece)
        if lower in _JOINTS:
            clause += 1
        if lower in _COORDINATORS:
            segment = latest = latest + 1
        if lower in _JOINTS and lower not in ("or", "that"):
            scope += 1
        words.append(_word(piece, lower, words, opens, pieces[position + 1 :], (segment, clause, scope)))
        opens = False
    return tuple(word for word in _with_units(words) if word.kind != "article")


def _labels(words: Sequence[Word], segment: int, after: Sequence[str]) -> bool:
    """Whether a colon stands between a label and its value ("Rent: £40"), rather than before a list of things."""
    label = [word for word in words if word.segment == segment]
    return bool(after) and after[0][0] in "£€$0123456789" and len(label) <= _LONGEST_LABEL


def _plain(piece: str) -> str:
    """A piece in lower case, without accents and possessive endings."""
    folded = unicodedata.normalize("NFKD", piece.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c)).removesuffix("'s").rstrip(".")
    initials = re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", plain) and plain not in _UNITS
    return plain.replace(".", "") if initials else plain


def _compounds(text: str) -> str:
    """Number words in digits: "twenty-six" is 26."""
    tens, ones = "|".join(_TENS), "|".join(list(_NUMBERS)[1:10])
    joined = re.sub(
        rf"\b({tens})[- ]({ones})\b",
        lambda m: str(_TENS[m.group(1).lower()] + _NUMBERS[m.group(2).lower()]),
        text,
        flags=re.I,
    )
    table = _NUMBERS | _TENS
    return re.sub(rf"\b({'|'.join(table)})\b", lambda m: str(table[m.group(1).lower()]), joined, flags=re.I)


def _word(
    piece: str, lower: str, before: Sequence[Word], opens: bool, after: Sequence[str], place: tuple[int, int, int]
) -> Word:
    if lower in _ARTICLES:
        return Word(lower, lower, "article", *place)
    if lower == "only" and before and before[-1].kind == "article":
        return Word("sole", "sole", "content", *place)
    if lower[0].isdigit() or re.fullmatch(r"minus\d.*", lower):
        parts = lower.removeprefix("minus").split("-")
        number = lower.replace(",", "") if all(map(_GROUPED.fullmatch, filter(lambda p: "," in p, parts))) else lower
        of_year = bool(before) and before[-1].unit == "date" and bool(_DAY_OF_YEAR.fullmatch(lower))
        dated = of_year or YEAR.fullmatch(lower) or ":" in lower
        return Word(number, number, "number", *place, unit="date" if dated else "")
    after_number = bool(before) and before[-1].kind == "number"
    if lower in _UNITS and (after_number or lower not in _ONLY_AFTER_NUMBERS):
        return Word(_UNITS[lower], _UNITS[lower], "unit", *place)
    if lower in NEGATIONS or lower in PREPOSITIONS or lower in AUXILIARIES or lower in _JOINTS:
        return Word(lower, lower, "function", *place)
    before_number = bool(after) and after[0][0].isdigit()
    currency = re.fullmatch(r"[A-Z]{3}", piece) and before_number and lower not in STOP_WORDS | MONTHS | LIMITS
    if lower in _SCALES or currency:
        return Word(lower, lower, "unit", *place)
    plain = lower not in ("may", "march", "mar") or (piece[0].isupper() and not opens)
    if lower in MONTHS and (after_number or before_number or plain):
        return Word(lower[:3], lower[:3], "unit", *place)
    root = _IRREGULAR.get(lower) or stem(lower)
    if lower in STOP_WORDS and not modal(root):
        return Word(lower, lower, "function", *place)
    named = (piece[0].isupper() and not opens) or bool(re.search(r"\d", piece))
    return Word(lower, root, "name" if named else "content", *place)


def _with_units(words: Sequence[Word]) -> list[Word]:
    """Each number with the units beside it, which then are no words of their own: "£2.4 million", "14 kg", "5 June"."""
    done: list[Word] = []
    for n, word in enumerate(words):
        last = done[-1] if done else None
        if word.kind == "number" and last and last.kind == "unit" and (len(last.text) == 3):
            alone = not words[n + 1 : n + 2] or words[n + 1].kind != "unit"
            if last.text not in MONTHS or (alone and not YEAR.fullmatch(word.text)):
                done[-1] = replace(word, unit=last.text)
                continue
        if word.text in _POWERS and last and last.kind == "number" and (whole := _times(last.text, word.text)):
            done[-1] = replace(last, text=whole, stem=whole)
            continue
        if word.kind == "unit" and last and last.kind == "number" and last.segment == word.segment:
            done[-1] = replace(last, unit=" ".join(sorted({*last.unit.split(), word.text} - {"date"})))
            continue
        done.append(word)
    return done


def _times(number: str, scale: str) -> str:
    """A number times its scale in figures, where that is whole: "1.15" and "million" are 1150000; else empty."""
    try:
        value = Decimal(number) * _POWERS[scale]
    except InvalidOperation:  # a range, an ordinal
        return ""
    return str(int(value)) if value == int(value) else ""


def modals(words: Sequence[Word]) -> set[str]:
    """The kinds of modality that these words hold; "may" and "must" are of two kinds, "will" and "would" of one."""
    return {modal(w.stem) for w in words} - {""}


def negations(words: Sequence[Word]) -> int:
    """How many of the words deny."""
    return sum(w.text in NEGATIONS for w in words)


def denied(words: Sequence[Word], reach: int) -> set[str]:
    """The stems of the first `reach` telling words behind each denial, in its part of the sentence."""
    found: set[str] = set()
    for n, word in enumerate(words):
        if word.text in NEGATIONS:
            told = [
                w.stem for w in words[n + 1 :] if w.scope == word.scope and w.kind != "function" and not modal(w.stem)
            ]
            found.update(told[:reach])
    return found


def limits(words: Sequence[Word]) -> set[str]:
    """The words among these that narrow or widen a claim."""
    return {w.text for w in words} & LIMITS


def years(words: Sequence[Word]) -> set[str]:
    """The years that are named."""
    return {w.text for w in words if w.kind == "number" and w.unit == "date" and YEAR.fullmatch(w.text)}


def content(words: Sequence[Word]) -> list[Word]:
    """The words that carry meaning: no function words, and no numbers or units."""
    return [w for w in words if w.kind in ("content", "name")]


def agree(one: str, other: str) -> bool:
    """Whether two units do not differ: one may leave out what the other says ("£5" and "5")."""
    parts = {*one.split()} - {"date"}, {*other.split()} - {"date"}
    return parts[0] <= parts[1] or parts[1] <= parts[0]


def alike(one: Word, other: Word) -> bool:
    """Whether two numbers count the same kind of thing, so that one could be mistaken for the other."""
    dated = [word.unit == "date" or word.unit in MONTHS for word in (one, other)]
    return dated[0] == dated[1] and (dated[0] or not one.unit or bool({*one.unit.split()} & {*other.unit.split()}))


def stems(words: Collection[Word]) -> set[str]:
    """The stems of the words."""
    return {w.stem for w in words}
