"""Answers the cases of a split with the product as people use it, and measures each answer. Prints nothing."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from langchain_core.language_models.chat_models import BaseChatModel

from evals.cases import Case, gold_spans, load_cases
from evals.measures import Outcome, measure
from index.errors import UserError
from index.library import Library
from index.settings import ROOT, Settings
from rag.assistant import Assistant
from rag.build import open_model, open_reader
from rag.types import Answer

Tick = Callable[[Outcome], None]
OWN_DOCUMENTS = Path(__file__).with_name("documents")


@contextmanager
def library_of(split: str, settings: Settings) -> Iterator[Library]:
    """The library that a split is asked over: the seed documents for "seed", all of the suite's own for the others."""
    name, folder = ("seed", ROOT / "seeds") if split == "seed" else ("suite", OWN_DOCUMENTS)
    index = settings.index.model_copy(update={"home": settings.index.cache / "evals" / name})
    with Library.open(index) as library:
        for report in library.sync([folder]):
            if report.verdict == "failed":
                raise UserError(f"{report.source}: {report.detail}")
        yield library


def run_split(
    split: str, settings: Settings, tick: Tick = lambda outcome: None, model: BaseChatModel | None = None
) -> list[Outcome]:
    """One Outcome for each case of the split, in order; `model` stands in for the one that the settings name."""
    with library_of(split, settings) as library:
        chat = model or open_model(settings.answer, settings.index)
        assistant = Assistant(library, chat, open_reader(settings.index), settings.answer)
        documents = [library.document(info.id) for info in library.documents()]
        by_name = {Path(document.source).name: document for document in documents}
        by_id = {document.id: document for document in documents}
        outcomes = []
        for case in load_cases(split):
            answer, seconds = _answered(assistant, case)
            found = library.find(answer.standalone)
            values = measure(case, answer, found, gold_spans(case, by_name), by_id)
            outcomes.append(Outcome(case, answer, seconds, values))
            tick(outcomes[-1])
    return outcomes


def _answered(assistant: Assistant, case: Case) -> tuple[Answer, float]:
    started = time.perf_counter()
    *_, answer = assistant.answer(case.question, case.history)
    return answer, time.perf_counter() - started


def kinds(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes by kind of question; follow-ups are a kind of their own."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault("follow-up" if outcome.case.history else outcome.case.kind, []).append(outcome)
    return groups
