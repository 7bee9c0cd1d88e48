"""How the questions of a conversation are read: each as it stands alone, by rule or in a taught model's words."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from langchain_core.language_models.chat_models import BaseChatModel

from index.library import Library
from index.words import terms
from rag.prompts import STOP, rewriting
from rag.standalone import announced, brief, exchanged, says_the_same, standalone
from rag.types import Turn

MOST_READ = 8  # last messages of a conversation that are read anew, where a program gives them as they were said
MOST_REWRITTEN = 48  # tokens of a follow-up that was made to stand alone


class Followups:
    """Reads follow-up questions over a library; without a taught model by rule alone."""

    def __init__(self, library: Library, taught: BaseChatModel | None) -> None:
        self._library = library
        self._taught = taught

    def read(self, history: Sequence[Turn]) -> list[Turn]:
        """The history with the user's last questions made to stand alone where it is not known how they were read."""
        turns = list(history[:-MOST_READ])
        for turn in history[-MOST_READ:]:
            known = turn.role != "user" or turn.standalone
            turns.append(turn if known else replace(turn, standalone=self.standalone(turn.text, turns)))
        return turns

    def standalone(self, question: str, turns: Sequence[Turn]) -> str:
        """The question as it should be searched after `turns`, which were read: by rule, and in a taught model's words
        where it leans on what was said and they say the same."""
        if changed := announced(question) or exchanged(question, turns):
            return changed
        by_rule = standalone(question, turns)
        if by_rule == question or (brief(question) and self._is_plain(question)):
            return question
        if not self._taught:
            return by_rule
        said = self._taught.invoke(rewriting(turns, question), stop=list(STOP), max_tokens=MOST_REWRITTEN)
        worded = str(said.content).strip()
        return worded if says_the_same(worded, question, turns) else by_rule

    def _is_plain(self, question: str) -> bool:
        """Whether just one sentence holds all its words: then what was said could only lead away from it ("What is the
        field trip of her room?")."""
        asked = set(terms(question))
        holding = (item for item in self._library.find(question).evidence if asked <= set(terms(item.text)))
        return bool(asked) and len([*islice(holding, 2)]) == 1
