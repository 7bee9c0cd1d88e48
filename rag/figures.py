"""Whether a sentence speaks of another year, line, edition or quarter than a question does. By rule, pure.

Sentences about one year look like those about the next to whoever reads words and vectors, and to small networks too.
"""

import re
from collections.abc import Iterator

from index.traits import KINDS
from index.words import STOP_WORDS, stem, tokens
from rag.claims import CODE, YEAR
from rag.verify import is_yes_no

_FIRST = "first second third fourth fifth sixth seventh eighth ninth tenth"
_ORDINALS = {word: str(n) for n, word in enumerate(_FIRST.split(), 1)}
# What holds for a range of numbers, or for all that follow, may well answer for one of them.
_RANGE = re.compile(
    r"\d ?(?:-|–|to|or) ?\d|\b(?:over|under|above|below|beyond|up to|at (?:least|most)|more|less|fewer|than|between"
    r"|from|until|within|since|before|after|earlier|later|previous|last|each|every|any|all|further|other)\b",
    re.IGNORECASE,
)


def has_figure(question: str) -> bool:
    """Whether the question names a year or a number, without which no sentence has another."""
    return any(word[0].isdigit() for word in _words(question))


def another(question: str, sentence: str, where: str, before: str) -> bool:
    """Whether the sentence has another figure where the question has one, as in "on line 4" and "on line 6".

    `where` are the names of the document and the section, `before` is the sentence before: what is asked for may be
    said there. Questions that a yes or a no answers may name anything.
    """
    if is_yes_no(question) or _RANGE.search(sentence):
        return False
    asked, said, place, around = (_words(text) for text in (question, sentence, where, before))
    there = {*said, *place, *around}
    years, others = (set(filter(YEAR.fullmatch, words)) for words in (asked, said))
    others = others or set(filter(YEAR.fullmatch, place))
    if years and others and there.isdisjoint(years) and not KINDS["when"].asked.search(question):
        return True
    known = {noun for _, noun in _numbered([*place, "", *said])}
    return any(noun in known and number not in there for number, noun in _numbered(asked))


def _words(text: str) -> list[str]:
    """The words and numbers of a text, an ordinal as its number; codes like "HF-1844" are neither."""
    return [_ORDINALS.get(token, token.lstrip("0") or token) for token in tokens(CODE.sub(" ", text))]


def _numbered(words: list[str]) -> Iterator[tuple[str, tuple[str, int]]]:
    """Each number but a year with each noun beside it: before ("line 4", place -1) or after it ("50 km", place 1)."""
    beside = ["", *words, ""]
    for i, word in enumerate(beside):
        if word[:1].isdigit() and not YEAR.fullmatch(word):
            for place in (-1, 1):
                noun = beside[i + place]
                if noun and noun not in STOP_WORDS and not noun[0].isdigit():
                    yield word, (stem(noun), place)
