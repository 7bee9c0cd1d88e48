"""Misspelt question words, mended from the words of the documents themselves."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from index.words import STOP_WORDS, stem, terms, tokens

SHORTEST = 4  # letters; shorter words have too many neighbours
WHOLE = 3  # word pieces of a word that the embedder's vocabulary holds
ALIKE = 0.74  # similarity (1 - edits / longer length) from which a word is taken for a misspelling
_WORD = re.compile(r"[^\W\d_]+")


def mend(terms: Sequence[str], frequencies: Mapping[str, int], vocabulary: Sequence[str]) -> dict[str, str]:
    """For each term that occurs nowhere, the most alike term of the vocabulary, if one is alike enough."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA  # edits and swaps of neighbours, three times as fast as Damerau-Levenshtein

    mended = {}
    for term in terms:
        if frequencies.get(term, 0) or len(term) < SHORTEST or not term.isalpha():
            continue
        if found := process.extractOne(term, vocabulary, scorer=OSA.normalized_similarity, score_cutoff=ALIKE):
            mended[term] = found[0]
    return mended


def misspelt(
    alike: Mapping[str, str], question: str, count_tokens: Callable[[Sequence[str]], list[int]]
) -> dict[str, str]:
    """Those of the terms of `mend` that are no words of the language, with what was meant: at times a question word.

    A word that the embedder's vocabulary holds whole (one piece between two special ones) is spelled as it was meant,
    though the documents lack it: "hero" is no "heron".
    """
    typed = {stem(token): token for token in tokens(question)}
    words = [typed.get(term, term) for term in alike]
    return {
        term: mend([word], {}, sorted(STOP_WORDS)).get(word, other)
        for (term, other), word, count in zip(alike.items(), words, count_tokens(words), strict=True)
        if count > WHOLE
    }


def respelled(question: str, mended: Mapping[str, str], texts: Iterable[str]) -> str:
    """The question with its misspelt words as the texts write what was searched in their place; a word that no text
    writes stays as it was typed."""
    from rapidfuzz.distance import OSA

    wanted, forms = set(mended.values()), {word: {word} for word in mended.values() if word in STOP_WORDS}
    for word in {word.lower() for text in texts for word in _WORD.findall(text)}:
        for term in wanted.intersection(terms(word)):
            forms.setdefault(term, set()).add(word)

    def written(word: re.Match[str]) -> str:
        typed = terms(word.group())
        known = forms.get(mended.get(typed[0], ""), ()) if len(typed) == 1 else ()
        return min(known, key=lambda form: (OSA.distance(form, word.group().lower()), form), default=word.group())

    return _WORD.sub(written, question)
