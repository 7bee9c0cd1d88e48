"""How well the model reads, apart from search: its short answer given just the sentences that hold the answer.

Asked of the model as it is used, and a sample of the model as it came, so that what teaching brought stands beside
what was there before.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from langchain_core.language_models.chat_models import BaseChatModel

from evals.cases import Case, gold_spans, holds
from evals.measures import READ, Outcome
from evals.run import Tick, documents_by_name, library_of
from index.settings import Settings
from index.types import Document
from index.words import name_in_words, terms
from rag.agree import likeness
from rag.prompts import STOP, UNKNOWN, reading, taught


def ask_given_gold(
    split: str, outcomes: Sequence[Outcome], name: str, model: BaseChatModel, settings: Settings, tick: Tick
) -> dict[str, dict[str, float]]:
    """The measures of each answerable case, by its id; their names begin with `name`."""
    with library_of(split, settings) as library:
        documents = documents_by_name(library)
    measured: dict[str, dict[str, float]] = {}
    for outcome in outcomes:
        case = outcome.case
        if case.answerable:
            values = grades(_reply(model, case, documents), case)
            measured[case.id] = {f"{name}: {what}": value for what, value in values.items()}
            tick(outcome)
    return measured


def grades(said: str, case: Case) -> dict[str, float]:
    """How well a reply agrees with the known answers.

    F1 of words, over the stems of those that carry meaning, with the one of the known answers that agrees best; exact
    is an F1 of 1. Right is as for whole answers: nothing is missing.
    """
    words = Counter(terms(said))
    wanted = [Counter(terms(short)) for short in case.short] + [_of_key_words(words, case)]
    f1 = max(likeness(words, one) for one in wanted) if any(wanted) else float(holds(said, case.answers))
    return dict(zip(READ, (float(f1 == 1), f1, float(holds(said, case.answers))), strict=True))


def _of_key_words(words: Counter[str], case: Case) -> Counter[str]:
    """The key words of the case, of each group those that agree best with what was said."""
    wanted: Counter[str] = Counter()
    for group in case.answers:
        variants = [Counter(terms(variant)) for variant in group]
        wanted += variants[int(np.argmax([likeness(words, variant) for variant in variants]))]
    return wanted


def _reply(model: BaseChatModel, case: Case, documents: Mapping[str, Document]) -> str:
    question, texts = case.standalone or case.question, _gold(case, documents)
    if not getattr(model, "taught", False):
        return str(model.invoke(reading([text for _, text in texts], question), stop=list(STOP)).content).strip()
    named = " ".join(f"[{name}] {text}" for name, text in texts)
    pieces = model.stream(taught(named, question), stop=list(STOP), withhold=UNKNOWN)
    return "".join(str(piece.content) for piece in pieces).strip()


def _gold(case: Case, documents: Mapping[str, Document]) -> list[tuple[str, str]]:
    """The name of the document and the words of each place that is needed."""
    by_id = {document.id: document for document in documents.values()}
    places = [spans[0] for spans in gold_spans(case, documents)]
    return [(name_in_words(by_id[key].source), by_id[key].text[start:end]) for key, start, end in places]
