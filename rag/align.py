"""Where the words of a draft stand in a piece of evidence, and whether they are joined there as they are here. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rag.claims import AUXILIARIES, BE, NEGATIONS, PREPOSITIONS, Word, agree, alike, family, modals, years
from rag.meanings import opposites

_PARTICLES = family("up down off out away over on back")
_SHORTEST_SENTENCE = 4  # words without articles; shorter ones without an auxiliary are phrases, full stop or not
_RELATIVES = frozenset(("who", "which", "whose", "whom"))
_BACKWARD, _FORWARD, _OTHER_CLAUSE, _PER_WORD = 3.0, 1.0, 0.5, 0.1


@dataclass(frozen=True)
class Case:
    """A draft or a part of it, the question and one sentence of evidence, all read; `passage` is what stands around."""

    text: str
    said: tuple[Word, ...]
    asked: tuple[Word, ...]
    held: tuple[Word, ...]
    question: str
    evidence: str
    passage: str
    source: str

    @property
    def verbatim(self) -> bool:
        """Whether the draft's words stand in the evidence side by side and in order."""
        return contains(self.held, self.said)

    @cached_property
    def places(self) -> list[int | None]:
        """For each word of the draft its place in the evidence, or None."""
        return align(self.said, self.held)

    @cached_property
    def touched(self) -> list[int]:
        """The places of the evidence that the draft's telling words come from, in the draft's order."""
        return [n for n in self.places if n is not None and self.held[n].kind != "function"]

    @property
    def phrase(self) -> bool:
        """Whether the draft has no verb of the kind that carries a negation."""
        return not modals(self.said) and not any(w.text in AUXILIARIES for w in self.said)

    @property
    def statement(self) -> bool:
        """Whether the draft is a sentence rather than a phrase."""
        closed = self.text.rstrip(" \"'”’").endswith(".") and self.text[:1].isupper()
        return closed and (not self.phrase or len(self.said) >= _SHORTEST_SENTENCE)


def contains(held: Sequence[Word], words: Sequence[Word]) -> bool:
    """Whether `words` stand in `held` side by side and in order."""
    spans = (held[i : i + len(words)] for i in range(len(held) - len(words) + 1))
    return bool(words) and any(all(same(w, h) for w, h in zip(words, span, strict=True)) for span in spans)


def align(said: Sequence[Word], held: Sequence[Word]) -> list[int | None]:
    """For each word of `said` its place in `held`, or None: the places that keep the words closest together."""
    places = [[n for n, other in enumerate(held) if same(word, other)] if _placed(word) else [] for word in said]
    costs: list[dict[int, tuple[float, int | None, int | None]]] = []
    before: int | None = None
    for n, options in enumerate(places):
        row: dict[int, tuple[float, int | None, int | None]] = {}
        for place in options:
            if before is None:
                row[place] = (0.0, None, None)
            else:
                row[place] = min(
                    (cost + _jump(last, place, held), before, last) for last, (cost, *_) in costs[before].items()
                )
        costs.append(row)
        before = n if row else before
    found: list[int | None] = [None] * len(said)
    if before is None:
        return found
    n, place = before, min(costs[before], key=lambda p: costs[before][p][0])
    while True:
        found[n] = place
        _, earlier, last = costs[n][place]
        if earlier is None or last is None:
            return found
        n, place = earlier, last


def same(one: Word, other: Word) -> bool:
    """Whether two words say the same; numbers only when what they count does not differ."""
    if one.kind == "number" or other.kind == "number":
        return one.text == other.text and one.kind == other.kind and agree(one.unit, other.unit)
    return one.stem == other.stem


def _placed(word: Word) -> bool:
    return word.kind != "function" or word.text in PREPOSITIONS or word.text in NEGATIONS


def _jump(last: int, place: int, held: Sequence[Word]) -> float:
    if place <= last:
        return _BACKWARD + _PER_WORD * (last - place)
    other = _OTHER_CLAUSE if held[last].segment != held[place].segment else 0.0
    return 0.0 if place == last + 1 else _FORWARD + other + _PER_WORD * (place - last)


def disordered(said: Sequence[Word], held: Sequence[Word]) -> bool:
    """Whether `said` joins words of `held` otherwise than `held` does, even when a passive is turned round."""
    pairs = [(said, held), *((words, held) for words in activated(said)), *((said, words) for words in activated(held))]
    return all(_misjoined(one, other) for one, other in pairs)


def _misjoined(said: Sequence[Word], held: Sequence[Word]) -> bool:
    found = align(said, held)
    path = [(n, place) for n, place in enumerate(found) if place is not None and said[n].kind != "function"]
    for k, ((_, last), (_, place)) in enumerate(pairwise(path)):
        if place > last and (_leaps(last, place, held) or _passes(said, held, path[k], path[k + 1])):
            return True
        if place <= last and not (_adjunct(said, held, path, k + 1, len(path)) or _adjunct(said, held, path, 0, k + 1)):
            return True
        if place <= last and _stripped(said, held, path[0]):
            return True
    return False


def _leaps(last: int, place: int, held: Sequence[Word]) -> bool:
    """Whether a step forward lands in the middle of another segment, or takes a relative clause from its noun."""
    segment = held[place].segment
    if held[last].segment == segment:
        return False
    start = next(n for n, word in enumerate(held) if word.segment == segment)
    skipped = [word for word in held[start:place] if word.kind != "function"]
    if skipped and (held[place].kind == "number" or {w.text for w in skipped} != years(skipped)):
        return True
    return held[start].text in _RELATIVES and segment > held[last].segment + 1


def activated(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """A passive clause turned round: "the path was laid by Ana in 1934" as "Ana laid path in 1934".

    One reading for each length that the agent may have; none when there is no passive.
    """
    texts = [w.text for w in words]
    for verb in (n + 1 for n, text in enumerate(texts) if text in BE and n):
        if (texts[verb : verb + 1] and texts[verb] in BE) or "by" not in texts[verb + 1 :]:
            continue
        agent = texts.index("by", verb + 1) + 1
        segments = [w.segment for w in words]
        if "and" in texts[:verb] and segments[verb] == words[texts.index("and")].segment:
            segments = [segments[verb] if s == segments[verb] - 1 else s for s in segments]
        start = max((n + 1 for n in range(verb - 1) if segments[n] != segments[verb]), default=0)
        subject, middle = words[start : verb - 1], words[verb : agent - 1]
        lead = 2 if len(middle) > 1 and (middle[1].text in PREPOSITIONS or middle[1].text in _PARTICLES) else 1
        ends = [agent]
        while ends[-1] < len(words) and words[ends[-1]].kind in ("content", "name"):
            ends.append(ends[-1] + 1)
        head = words[:start]
        return [
            (*head, *words[agent:end], *middle[:lead], *subject, *middle[lead:], *words[end:])
            for end in ends[1:]
            if subject
        ]
    return []


def _passes(said: Sequence[Word], held: Sequence[Word], one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a number is taken past another of its kind ("Friday 10:00 to Sunday 15:30" as "Friday 15:30")."""
    (n, last), (m, place) = one, other
    between = [
        w
        for w in held[last + 1 : place]
        if w.kind == "number" and held[place].kind == "number" and alike(held[place], w)
    ]
    led = said[m - 1].text in PREPOSITIONS and held[place - 1].text == said[m - 1].text
    return bool(between) and m == n + 1 and not led


def _adjunct(said: Sequence[Word], held: Sequence[Word], path: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether path[start:end] begins with a run of neighbours in `held`, behind the same preposition in both texts.

    Such a run may stand elsewhere in its segment, or anywhere when it is the whole of a segment.
    """
    n, place = path[start]
    if not (n and place and said[n - 1].text in PREPOSITIONS and held[place - 1].text == said[n - 1].text):
        return False
    segment = held[place].segment
    run = [place]
    for _, following in path[start + 1 : end]:
        between = held[run[-1] + 1 : following]
        if following <= run[-1] or held[following].segment != segment or any(w.kind != "function" for w in between):
            break
        run.append(following)
    whole = {m for m, word in enumerate(held) if word.segment == segment and word.kind != "function"}
    others = [p for _, p in path if p not in run]
    return whole <= set(run) or all(held[p].segment == segment for p in others)


def _stripped(said: Sequence[Word], held: Sequence[Word], first: tuple[int, int]) -> bool:
    """Whether the draft opens with what stands behind a preposition in the evidence ("against Ana"), but without it."""
    n, place = first
    before = held[place - 1].text if place else ""
    return before in PREPOSITIONS and before != "by" and (not n or said[n - 1].text != before)


def rival(place: int, weights: Mapping[str, int], held: Sequence[Word]) -> Word | None:
    """The number that fits what is asked and said better than the one at `place` of `held`, when there is one.

    Each number is judged by its own segment: first by how many of its names and numbers weigh anything, then by the
    mean weight of its other words.
    """
    value = held[place]
    mine = _fit(value, held, weights)
    # A number without a unit may leave it to another; one that nothing near speaks for is measured against all.
    free = counted(value, held) or mine == (0, 0.0)
    rivals = [w for w in held if w.kind == "number" and w.text != value.text and w.segment != value.segment]
    rivals = [w for w in rivals if not weights[w.stem]]  # what the question or the draft names is no other answer
    rivals = [w for w in rivals if alike(value, w) or not (w.unit or counted(w, held))]
    best = max((w for w in rivals if free or not counted(w, held)), key=lambda w: _fit(w, held, weights), default=None)
    return best if best and _fit(best, held, weights) > mine else None


def counted(value: Word, held: Sequence[Word]) -> bool:
    """Whether it is said what the number counts: by its unit, or by a noun right behind it."""
    place = next(n for n, w in enumerate(held) if w is value)
    following = held[place + 1 : place + 2]
    return bool(value.unit or (following and following[0].kind == "content" and following[0].segment == value.segment))


def _fit(value: Word, held: Sequence[Word], weights: Mapping[str, int]) -> tuple[int, float]:
    own = [w for w in held if w.segment == value.segment and w is not value]
    named = [w for w in own if w.kind in ("name", "number")]
    if not named:
        # A part without a name shares the one that leads the part before it: "Ana owns 3 boats, and lends 2".
        place = next(n for n, w in enumerate(held) if w is value)
        before = max(
            (n for n, w in enumerate(held[:place]) if w.kind == "number" and w.segment != value.segment), default=0
        )
        named = [w for w in held[:before] if w.kind == "name" and w.segment == held[before].segment]
    firm = sum(weights[w.stem] > 0 for w in named)
    words = [w for w in own if w.kind == "content" or (w.kind == "function" and opposites(w.stem))]
    return firm, sum(weights[w.stem] for w in words) / len(words) if words else 0.0
