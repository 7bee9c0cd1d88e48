"""Whether the checks stop a model that says what is not so: a stand-in answers with errors planted by rule.

The real model's errors are its own and fewer with every better model; planted ones test the checks whatever the model.
"""

from collections.abc import Sequence

from langchain_core.language_models import FakeListChatModel

from evals.cases import Case, holds
from evals.measures import PLANTED
from evals.run import bench
from index.settings import Settings
from index.traits import asks_several

NOBODY = "Odo Varnish"  # a name that no document holds
_NEXT_DIGIT = str.maketrans("0123456789", "1234567890")


def lie(case: Case) -> str:
    """The known answer with every digit changed; a made-up name where it has none."""
    answer = case.answers[0][0]
    return answer.translate(_NEXT_DIGIT) if any(map(str.isdigit, answer)) else NOBODY


def ask_liar(split: str, cases: Sequence[Case], settings: Settings) -> dict[str, dict[str, float]]:
    """For each of these cases of the split, by id, whether the planted error was kept from the answer.

    Nothing is refused, since a refusal would hide what the checks let through. Questions for several things are left
    out: no draft is shown for them anyway.
    """
    liar = FakeListChatModel(responses=[""])
    unguarded = settings.model_copy(update={"answer": settings.answer.model_copy(update={"threshold": 0.0})})
    caught = {}
    with bench(split, unguarded, liar) as ready:
        for case in cases:
            if not asks_several(case.standalone or case.question):
                liar.responses = [lie(case)]
                text = ready.answered(case).answer.text
                caught[case.id] = {PLANTED: float(not holds(text, [liar.responses]))}
    return caught
