"""Answers the cases of a split with the product as people use it, and measures each answer. Prints nothing."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from copy import copy
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TypeVar

from langchain_core.language_models.chat_models import BaseChatModel

from evals.cases import Case, gold_spans
from evals.measures import PASSAGE_DEPTHS, SEARCHES, Outcome, Span, measure, recalls, retrieval, rewriting
from index.errors import UserError
from index.library import Library
from index.settings import ROOT, IndexSettings, Settings
from index.types import Document
from index.words import terms
from rag.assistant import Assistant
from rag.build import open_beside, open_model, open_reader
from rag.types import Turn

Tick = Callable[[Outcome], None]
Done = TypeVar("Done")
Work = Callable[[str, Sequence[Case], Settings], list[Done]]  # some cases of a split, and what came of each
AT_ONCE = 2  # pieces of work, each of which holds models in memory
SAMPLED = 4  # what is slow is asked of one answerable case in so many
TIMED = 10  # of so many cases one is timed
# Threads share a library while one of them uses it: two clients of one folder in a process close each other.
_OPEN: dict[Path, Library] = {}
_USERS: Counter[Path] = Counter()  # of each open one
_OPENING = Lock()
OWN_DOCUMENTS = Path(__file__).with_name("documents")


def library_of(split: str, settings: Settings) -> AbstractContextManager[Library]:
    """The library that a split is asked over: the seed documents for "seed", all of the suite's own for the others."""
    return synced("seed", ROOT / "seeds", settings) if split == "seed" else synced("suite", OWN_DOCUMENTS, settings)


@contextmanager
def synced(name: str, path: Path, settings: Settings) -> Iterator[Library]:
    """The evaluation's library of this name, over the file or folder as it is now; UserError when a file fails."""
    index = settings.index.model_copy(update={"home": settings.index.cache / "evals" / name})
    with _OPENING:
        if index.home not in _OPEN:
            _OPEN[index.home] = _opened(index, path)
        _USERS[index.home] += 1
    try:
        yield _OPEN[index.home]
    finally:
        with _OPENING:
            _USERS[index.home] -= 1
            if not _USERS[index.home]:
                _OPEN.pop(index.home).close()


@contextmanager
def held_open(splits: Iterable[str], settings: Settings) -> Iterator[None]:
    """Within, the libraries of these splits stay open: none is closed while another thread opens one."""
    with ExitStack() as opened:
        for split in splits:
            opened.enter_context(library_of(split, settings))
        yield


def _opened(index: IndexSettings, path: Path) -> Library:
    with ExitStack() as closing:
        library = closing.enter_context(Library.open(index))
        for report in library.sync([path]):
            if report.verdict == "failed":
                raise UserError(f"{report.source}: {report.detail}")
        closing.pop_all()
        return library


def documents_by_name(library: Library) -> dict[str, Document]:
    """All documents of a library, by the names of their files, as cases name them."""
    documents = (library.document(info.id) for info in library.documents())
    return {Path(document.source).name: document for document in documents}


class Bench:
    """An assistant over the library of a split, ready to be asked cases, each measured at once."""

    def __init__(
        self, library: Library, model: BaseChatModel, settings: Settings, taught: BaseChatModel | None = None
    ) -> None:
        # What the assistant has just searched is measured too: the last searches are kept, not made again.
        library = copy(library)
        library.find = lru_cache(maxsize=2)(library.find)  # type: ignore[method-assign,assignment]
        self._library = library
        self._assistant = Assistant(library, model, open_reader(settings.index), settings.answer, taught)
        # In a chat it is known how earlier questions were read, and each case of a conversation adds one to them.
        self._read = lru_cache(maxsize=8)(self._read_on)
        self._by_name = documents_by_name(library)
        self._by_id = {document.id: document for document in self._by_name.values()}

    def answered(self, case: Case) -> Outcome:
        """The case answered and measured in full."""
        *_, answer = self._assistant.answer(case.question, self._read(case.history))
        gold = gold_spans(case, self._by_name)
        values = measure(case, answer, self._library.find(answer.standalone, None), gold, self._by_id)
        return Outcome(case, answer, values | self._searched(case, answer.standalone, gold))

    def timed(self, outcome: Outcome) -> Outcome:
        """The outcome with the seconds that its answer takes, asked once more; the history is read beforehand."""
        history = self._read(outcome.case.history)
        started = time.perf_counter()
        *_, answer = self._assistant.answer(outcome.case.question, history)
        return replace(outcome, answer=answer, seconds=time.perf_counter() - started)

    def retrieved(self, case: Case) -> Outcome:
        """The case as far as the search, before any model is asked; only the search is measured."""
        growing = self._assistant.answer(case.question, self._read(case.history))
        answer = next(answer for answer in growing if answer.hits or answer.done)
        gold = gold_spans(case, self._by_name)
        values = retrieval(self._library.find(answer.standalone, None), gold)
        return Outcome(case, answer, values | self._searched(case, answer.standalone, gold))

    def _read_on(self, history: tuple[Turn, ...]) -> tuple[Turn, ...]:
        return tuple(self._assistant.read([*self._read(history[:-2]), *history[-2:]])) if history else ()

    def _searched(self, case: Case, question: str, gold: Sequence[Sequence[Span]]) -> dict[str, float]:
        """The question as it was searched, and what each of the two searches proposes for it alone."""
        catalogue, k = self._library.catalogue, max(PASSAGE_DEPTHS)
        proposals = (
            catalogue.match(terms(question), k),
            self._library.vectors.query(self._library.encoder.encode([question])[0], k),
        )
        values = rewriting(case, question)
        for name, proposed in zip(SEARCHES, proposals, strict=True):
            passages = catalogue.passages([number for number, _ in proposed])
            spans = [(p.document_id, p.start, p.end) for p in (passages[number] for number, _ in proposed)]
            values |= recalls(name, spans, gold, PASSAGE_DEPTHS)
        return values


@contextmanager
def bench(split: str, settings: Settings, model: BaseChatModel | None = None) -> Iterator[Bench]:
    """The Bench of a split; `model` stands in for the one that the settings name."""
    with library_of(split, settings) as library:
        named = model or open_model(settings.answer, settings.index)
        beside = None if model else open_beside(named, settings.answer, settings.index)
        yield Bench(library, named, settings, beside)


def ask_cases(
    split: str, cases: Sequence[Case], settings: Settings, tick: Tick = lambda outcome: None
) -> list[Outcome]:
    """One Outcome for each of these cases of the split, in order."""
    outcomes = []
    with bench(split, settings) as ready:
        for case in cases:
            outcomes.append(ready.answered(case))
            tick(outcomes[-1])
    return outcomes


def timed(split: str, outcomes: Sequence[Outcome], settings: Settings) -> list[Outcome]:
    """The outcomes of a split, of which every TIMED-th has its seconds; the models are warm."""
    with bench(split, settings) as ready:
        ready.answered(outcomes[0].case)
        return [ready.timed(outcome) if n % TIMED == 0 else outcome for n, outcome in enumerate(outcomes)]


def side_by_side(work: Work[Done], cases: Mapping[str, Sequence[Case]], settings: Settings) -> dict[str, list[Done]]:
    """What `work` gives for the cases of each split: in pieces, AT_ONCE of them, each on its share of the threads.

    A model on one thread does half as much again as half of what it does on two, which wait for each other. Their
    libraries must be `held_open`.
    """
    count = min(AT_ONCE, settings.answer.threads)
    threads = settings.answer.threads // count
    shared = settings.model_copy(update={"answer": settings.answer.model_copy(update={"threads": threads})})
    cut = [
        (split, of[len(of) * n // count : len(of) * (n + 1) // count])
        for split, of in cases.items()
        for n in range(count)
    ]
    pieces = [(split, piece) for split, piece in cut if piece]
    pool = ThreadPoolExecutor(count)
    try:
        done = list(pool.map(lambda piece: work(piece[0], piece[1], shared), pieces))
    except KeyboardInterrupt:
        os._exit(130)  # nothing else ends threads, and each has minutes of work before it
    return {
        split: [one for (of, _), part in zip(pieces, done, strict=True) if of == split for one in part]
        for split in cases
    }


def sample(cases: Sequence[Case]) -> list[Case]:
    """Every SAMPLED-th answerable case: the same ones in every run."""
    return [case for case in cases if case.answerable][::SAMPLED]


def kinds(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes by kind of question; follow-ups are a kind of their own."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault("follow-up" if outcome.case.history else outcome.case.kind, []).append(outcome)
    return groups
