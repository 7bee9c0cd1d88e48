"""Misspelt question words, mended from the words of the documents themselves."""

from collections.abc import Mapping, Sequence

SHORTEST = 4  # letters; shorter words have too many neighbours
ALIKE = 0.74  # similarity (1 - edits / longer length) from which a word is taken for a misspelling


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
