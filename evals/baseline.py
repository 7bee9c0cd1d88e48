"""What the same model says from the three best passages in a plain prompt: the figure that Footnote's has to beat."""

from collections.abc import Mapping, Sequence

from langchain_core.language_models.chat_models import BaseChatModel

from evals.cases import holds
from evals.measures import BASELINE, Outcome
from evals.models import plain
from evals.run import Tick
from index.settings import NO_ADAPTER, Settings
from rag.build import open_model
from rag.prompts import STOP

PASSAGES = 3


def untaught(settings: Settings) -> BaseChatModel:
    """The model as it came: what it was taught here is a part of Footnote, and so is not in the baseline."""
    return open_model(settings.answer.model_copy(update={"adapter": NO_ADAPTER}), settings.index)


def ask_baseline(
    outcomes: Sequence[Outcome], model: BaseChatModel, tick: Tick = lambda outcome: None
) -> dict[str, str]:
    """The model's reply for each of these, by case id.

    It gets what Footnote searched for and found, so that only what is made of it differs.
    """
    replies = {}
    for outcome in outcomes:
        passages = [hit.passage.text for hit in outcome.answer.hits[:PASSAGES]]
        reply = model.invoke(plain(passages, outcome.answer.standalone), stop=list(STOP))
        replies[outcome.case.id] = str(reply.content).strip()
        tick(outcome)
    return replies


def judged(outcomes: Sequence[Outcome], replies: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """The measure of each reply, by case id."""
    return {
        outcome.case.id: {BASELINE: float(holds(replies[outcome.case.id], outcome.case.answers))}
        for outcome in outcomes
        if outcome.case.id in replies
    }
