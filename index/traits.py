"""What a question asks for and what a sentence offers: dates, numbers, names, reasons … by their look alone.

Patterns for English. Each kind pairs a pattern over questions with one over sentences, so the two can be compared.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_COUNTS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen"
    "|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|lakh|crore|dozen"
    "|half|third|quarter|twice|once"
)
_UNITS = "second|minute|hour|day|night|week|month|year|season|decade"


@dataclass(frozen=True)
class Kind:
    """A kind of answer: how questions ask for it, and how a sentence shows that it offers it.

    `offered` is for lower-case sentences unless it is `cased`: to ignore case makes a pattern three times as slow.
    """

    asked: re.Pattern[str]
    offered: re.Pattern[str]
    cased: bool


def _kind(asked: str, offered: str, cased: bool = False) -> Kind:
    return Kind(re.compile(asked, re.IGNORECASE), re.compile(offered), cased)


KINDS = {
    "who": _kind(
        r"\bwho(?:se|m|s)?\b|\bname"
        r"|\b(?:which|what) (?:person|people|man|woman|doctor|player|firm|company|official|member)",
        # A capital that does not merely open the sentence; it comes first in the pattern, which makes it fast.
        r"[A-Z](?<![.!?:|] [A-Z])(?<!^[A-Z])(?<![\w“\"'][A-Z])[\w’'-]",
        cased=True,
    ),
    "when": _kind(
        r"\bwhen\b|\b(?:what|which) (?:date|day|year|month|time|week|season)|\bhow (?:soon|early|late|recently)\b"
        r"|\b(?:until|by|since|from) (?:when|what|which)\b|\bdeadline\b",
        rf"\b(?:(?:{_MONTHS})\b|(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|(?:1\d|20)\d\d\b|\d{{1,2}}:\d\d"
        r"|\d{1,2}(?:st|nd|rd|th)\b|\d{1,2} ?[ap]\.?m\b|noon\b|midnight\b|spring\b|summer\b|autumn\b|winter\b"
        r"|yesterday\b|today\b|tomorrow\b|(?:last|next|this) (?:week|month|year)\b|century\b|ago\b)",
    ),
    "how many": _kind(
        r"\bhow (?:many|much|big|far|tall|high|large|deep|heavy|wide|old|fast|hot|often|strong)\b"
        r"|\b(?:number|amount|price|costs?|fee|rate|percentage|share|total|size|figure|weight|length|height|temperature"
        r"|speed|rent|score|per ?cent)\b",
        rf"\d|\b(?:{_COUNTS})\b",
    ),
    "how long": _kind(
        r"\bhow (?:long|soon)\b|\bduration\b|\bhow many (?:days|hours|minutes|weeks|months|years)\b",
        rf"\b(?:\d[\d.,]*|{_COUNTS})[ -]+(?:calendar |working |full )?(?:{_UNITS})s?\b",
    ),
    "where": _kind(
        r"\bwhere\b"
        r"|\b(?:what|which) (?:place|town|city|country|nation|street|room|village|region|part|site|building)\b",
        r"\b(?:at|in|on|near|from|to|under|behind|beside|outside|inside|between|along|across|next|north|south|east|west"
        r"|via|into|through)\b(?: the| a)? \w",
    ),
    "why": _kind(
        r"\bwhy\b|\breasons?\b|\bhow come\b|\bwhat (?:led|made|caused|prompted)\b|\bpurpose\b|\bfor what\b",
        r"\b(?:because|due to|since|so that|in order|owing to|as a result|caused?|reason|therefore|thus|fear(?:ing|s)?"
        r"|amid|to (?:avoid|prevent|keep|make|protect|reduce|save|support|let|allow|give|ensure|stop)|thanks to|led to"
        r"|which is why|could not|would not|cannot|too)\b",
    ),
    "what is": _kind(
        r"\bmean(?:s|t)?\b|\bstands? for\b|\bdefin|\bwhat (?:exactly )?(?:is|are) (?:an?|the)?\b|\bwhat's\b|\bcalled\b",
        r"\b(?:means?|stands? for|is (?:an?|the|called)|are (?:the|called)|refers? to|defined|called|known as)\b|\(|:",
    ),
}

_SEVERAL = re.compile(
    r"\b(?:and|or)\b.*\b(?:who|what|when|where|why|how|which|whose)\b|\b(?:list|name|compare|both|differen\w+|than|respectively|each)\b"
    r"|\b(?:what|which) (?:\w+ ){0,2}(?:are|were|have|two|three|four|five)\b|\bwhich \w+s\b",
    re.I,
)
_ENDED = re.compile(r"[.!?:;|”\"')\]]\s*$")
_TITLE_CHARACTERS = 90
_BULLET = re.compile(r"[-*•–]\s|\(?(?:\d{1,2}|[a-z])[.)]\s")


def asked(question: str) -> tuple[bool, ...]:
    """For each of KINDS, in order, whether the question asks for it."""
    return tuple(bool(kind.asked.search(question)) for kind in KINDS.values())


def asks_several(question: str) -> bool:
    """Whether the question asks for more than one thing, so that one short phrase can hardly be the answer."""
    return bool(_SEVERAL.search(question))


@lru_cache(maxsize=1 << 15)
def offered(sentence: str) -> tuple[bool, ...]:
    """For each of KINDS, in order, whether the sentence offers it."""
    lower = sentence.lower()
    return tuple(bool(kind.offered.search(sentence if kind.cased else lower)) for kind in KINDS.values())


def is_title(sentence: str) -> bool:
    """Whether this looks like a heading: it says what follows is about and states nothing itself."""
    return sentence.startswith("#") or (len(sentence) < _TITLE_CHARACTERS and not _ENDED.search(sentence))


def is_heading(sentence: str) -> bool:
    """Whether this is a title and nothing but: no item of a list, no label with its value."""
    return is_title(sentence) and not is_bullet(sentence) and ":" not in sentence and not is_row(sentence)


def is_lead(sentence: str) -> bool:
    """Whether this line leaves to the next ones what it speaks of: a question, or words that end in a colon."""
    return sentence.rstrip("*_ ").endswith(("?", ":"))


def is_bullet(sentence: str) -> bool:
    """Whether this looks like an item of a list."""
    return bool(_BULLET.match(sentence))


def is_row(sentence: str) -> bool:
    """Whether this looks like a row of a table."""
    return sentence.startswith("|") or sentence.count(" | ") > 1 or "\t" in sentence
