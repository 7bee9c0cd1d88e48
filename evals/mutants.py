"""Breaks the product in known ways, one at a time; the gate must notice every one.

Each break is patched in from outside, so the product knows nothing of it, and is asked only as many cases as it takes.
What the whole product did with the same cases just before must pass, and what its models have read then is kept.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from unittest.mock import patch

import numpy as np
from langchain_core.outputs import ChatGenerationChunk

from evals.cases import REPORTED, Case, load_cases
from evals.compare import Record, compare
from evals.measures import Outcome
from evals.planted import ask_liar
from evals.run import Work, ask_cases, bench, sample, side_by_side
from index import ranking
from index.pool import Pool, Query
from index.settings import Settings
from index.types import Evidence
from rag import compose
from rag.followups import Followups
from rag.llama import ChatLlama
from rag.reader import Reader, Reading
from rag.types import Answer, Citation, Sentence
from rag.verify import Judgement

CITED_EVERY = 3  # answerable cases that are answered in full, for the mutants that show in citations
Break = Callable[[], AbstractContextManager[Any]]
Kept = TypeVar("Kept")


# -- what is broken


@contextmanager
def no_words() -> Iterator[None]:
    """Neither proposes nor scores by words (BM25)."""
    with (
        patch("index.catalogue.Catalogue.match", lambda *_: []),
        patch("index.pool.bm25", lambda query, texts, *_: np.zeros(len(texts))),
    ):
        yield


@contextmanager
def no_meaning() -> Iterator[None]:
    """Neither proposes nor scores by vectors: the question is far from everything alike."""
    with (
        patch("index.vectors.Vectors.query", lambda *_: []),
        patch("index.search.Query", lambda text, vector, terms: Query(text, 0 * vector, terms)),
    ):
        yield


@contextmanager
def unread() -> Iterator[None]:
    """Sentences stay in the order of the search: neither the small reader nor the model reads them one by one."""
    with (
        patch("rag.assistant.reranked", lambda judge, question, found: tuple(found)),
        patch("rag.assistant.weighed", lambda found, _: found),
    ):
        yield


def in_text_order(query: Query, pool: Pool, weights: Any) -> list[Evidence]:
    """The sentences of each passage in the order of the text; passages in the order that ranking gives."""
    ranked = ranking.rank_sentences(query, pool, weights)
    place: dict[str, int] = {}
    for item in ranked:
        place.setdefault(item.passage.id, len(place))
    ordered = sorted(ranked, key=lambda item: (place[item.passage.id], item.start))
    return [replace(item, score=like.score) for item, like in zip(ordered, ranked, strict=True)]


def shifted(*parts: Any) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Citations whose places lie one character too far."""
    sentences, citations = compose.cited(*parts)
    return sentences, tuple(replace(c, start=c.start + 1, end=c.end + 1) for c in citations)


def misnumbered(*parts: Any) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Sentences that cite the next citation in place of their own."""
    sentences, citations = compose.cited(*parts)
    return tuple(replace(s, citations=tuple(n % len(citations) + 1 for n in s.citations)) for s in sentences), citations


def unchecked(*parts: Any) -> Judgement:
    """Any draft is borne out, by the first piece of the evidence."""
    _, _, evidence = parts
    return Judgement(True, "not checked", evidence[0])


# -- what it is asked


def first_turns(split: str) -> list[Case]:
    """Answerable first questions."""
    return [case for case in load_cases(split) if case.answerable and not case.history]


def later_turns(split: str) -> list[Case]:
    """Answerable follow-ups."""
    return [case for case in load_cases(split) if case.answerable and case.history]


def near_misses(split: str) -> list[Case]:
    """The near misses of the seed split."""
    return [case for case in load_cases(split) if not case.answerable and split == "seed"]


def some(split: str) -> list[Case]:
    """One answerable case in CITED_EVERY."""
    return [case for case in load_cases(split) if case.answerable][::CITED_EVERY]


def sampled(split: str) -> list[Case]:
    """The cases whose answers errors are planted in."""
    return sample(load_cases(split))


def searched(split: str, cases: Sequence[Case], settings: Settings) -> list[Outcome]:
    """The cases as far as the search."""
    with bench(split, settings) as ready:
        return [ready.retrieved(case) for case in cases]


def lied_to(split: str, cases: Sequence[Case], settings: Settings) -> list[Outcome]:
    """The planted errors; only whether they were caught is measured."""
    caught = ask_liar(split, cases, settings)
    return [Outcome(case, Answer("", ""), caught[case.id]) for case in cases if case.id in caught]


@dataclass(frozen=True)
class Mutant:
    """One way to break the product, the cases of a split on which it must show, and how they are asked."""

    name: str
    broken: Break
    wanted: Callable[[str], list[Case]]
    ask: Work[Outcome] = ask_cases


MUTANTS = (
    Mutant("BM25 off", no_words, first_turns, searched),
    Mutant("dense off", no_meaning, first_turns, searched),
    Mutant(
        "sentences in text order", lambda: patch("index.search.rank_sentences", in_text_order), first_turns, searched
    ),
    Mutant("sentences not read alone", unread, some),
    Mutant(
        "history off",
        lambda: patch.object(Followups, "standalone", lambda _, question, __: question),
        later_turns,
        searched,
    ),
    Mutant("checking off", lambda: patch("rag.assistant.judge", unchecked), sampled, lied_to),
    # No question falls below a threshold of zero, just as no certainty does below any.
    Mutant("threshold zero", lambda: patch("rag.assistant.confidence", lambda *_: 1.0), near_misses),
    Mutant("citations shifted by one character", lambda: patch("rag.assistant.cited", shifted), some),
    Mutant("citations shifted by one number", lambda: patch("rag.assistant.cited", misnumbered), some),
)


def survivors(whole: Sequence[Outcome], accepted: Mapping[str, Record], settings: Settings) -> list[str]:
    """A line for each mutant that the gate does not notice, and for each whose cases fail though nothing is broken.

    `whole` is what the whole product did with all cases. Prints each mutant as it ends.
    """
    failures = []
    for mutant in MUTANTS:
        started, cases = time.perf_counter(), {split: mutant.wanted(split) for split in REPORTED}
        with mutant.broken():
            broken = [outcome for done in side_by_side(mutant.ask, cases, settings).values() for outcome in done]
        asked = {outcome.case.id for outcome in broken}
        before = {i: record for i, record in accepted.items() if i in asked}
        noticed = compare(before, broken).failures
        print(
            f"{'noticed' if noticed else 'SURVIVED':9} {mutant.name:36} {len(asked):4} cases "
            f"{time.perf_counter() - started:6.1f} s",
            *noticed,
            sep="\n          ",
            flush=True,
        )
        if not noticed:
            failures.append(f"the gate does not notice: {mutant.name}")
        if lost := compare(before, [outcome for outcome in whole if outcome.case.id in asked]).failures:
            failures.append(f"{mutant.name}: its cases fail though nothing is broken: {'; '.join(lost)}")
    return failures


@dataclass(frozen=True)
class Readings:
    """What the models have answered, weighed and read so far, by what they were asked."""

    drafts: dict[Any, list[ChatGenerationChunk]] = field(default_factory=dict)
    chances: dict[Any, list[float]] = field(default_factory=dict)
    judged: dict[Any, list[Reading]] = field(default_factory=dict)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Within, nothing is asked twice: a mutant differs in little from the whole product."""
        stream, chances, judge = ChatLlama._stream, ChatLlama.chances, Reader.judge

        def kept_stream(model: ChatLlama, messages: Any, *rest: Any, **named: Any) -> Iterator[ChatGenerationChunk]:
            watched = {name: value for name, value in named.items() if name != "run_manager"}
            prompt = (model.label, repr(messages), repr(rest[:1]), repr(watched))
            yield from _once(self.drafts, prompt, lambda: list(stream(model, messages, *rest, **named)))

        def kept_chances(model: ChatLlama, prompts: Any, word: str) -> list[float]:
            return _once(self.chances, (model.label, repr(prompts), word), lambda: chances(model, prompts, word))

        def kept_judge(reader: Reader, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
            return _once(self.judged, tuple(pairs), lambda: judge(reader, pairs))

        with (
            patch.object(ChatLlama, "_stream", kept_stream),
            patch.object(ChatLlama, "chances", kept_chances),
            patch.object(Reader, "judge", kept_judge),
        ):
            yield


def _once(kept: dict[Any, list[Kept]], asked: Any, ask: Callable[[], list[Kept]]) -> list[Kept]:
    """What was kept of this, or what `ask` gives, which is kept."""
    if asked not in kept:
        kept[asked] = ask()
    return kept[asked]
