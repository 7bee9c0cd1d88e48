"""Text in, index terms out: the one tokenisation that full-text search, BM25 and the checks share."""

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import PurePath
from typing import Any

# Words so common that they find everything; no negations, and not "us", which is a country when upper-case.
STOP_WORDS = frozenset(
    """a about an and are as at be been being but by can could did do does doing for from had has have having he her
    hers him his how i if in into is it its itself just many me much my of on onto or our ours she should so some such
    than that the their theirs them then there these they this those to too upon was we were what when where which
    while who whom whose why will with would you your yours""".split()  # noqa: SIM905 - a list of a hundred strings
)
# Initials are one word ("U.S."), a number keeps its separators ("3,000"), a word its digits ("R310") and apostrophe.
_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)*|[^\W\d_][^\W_]*(?:['’][^\W\d_]+)*|\w+")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?")


def tokens(text: str) -> list[str]:
    """Lower-case words and numbers without accents, possessive endings or thousands separators, in text order."""
    folded = text.lower() if text.isascii() else _folded(text)
    return [token if token.isalnum() else _clean(token) for token in _TOKEN.findall(folded)]


def terms(text: str) -> list[str]:
    """The stems of the words that carry meaning, in text order (Snowball's English stemmer, Porter 2)."""
    return [stem(token) for token in tokens(text) if token not in STOP_WORDS]


@lru_cache(maxsize=1 << 16)
def stem(token: str) -> str:
    """The stem of one token of `tokens`; kept, since few words make up most of any text."""
    stemmed: str = _stemmer().stemWord(token)
    return stemmed


def name_in_words(source: str) -> str:
    """The file's name without its ending, as words: "price list 2023" for "/notes/price-list_2023.md"."""
    return PurePath(source).stem.replace("_", " ").replace("-", " ")


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def _folded(text: str) -> str:
    """Lower case without accents, for every script."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _clean(token: str) -> str:
    if _GROUPED.fullmatch(token):
        return token.replace(",", "")
    if token.endswith("."):
        return token.replace(".", "")
    for ending in ("'s", "’s"):
        token = token.removesuffix(ending)
    return token
