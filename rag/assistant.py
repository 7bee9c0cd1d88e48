"""The one way to an answer, which page, command line and evals share: find evidence, draft, check, cite or refuse.

The model never decides what is cited or whether to answer; it only phrases what the evidence already says.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import BaseMessage

from index.errors import UserError
from index.library import Library
from index.search import Found
from index.settings import AnswerSettings
from index.split import sentences as split_sentences
from index.traits import asks_several
from index.types import Evidence
from rag.agree import ENOUGH, agreed, alike, pointed
from rag.compose import cited, enumerated, near, one_line, quoted, refusal, signed, with_reason
from rag.confidence import confidence, signs
from rag.context import context
from rag.followups import Followups
from rag.listing import listing
from rag.parts import joined, parts
from rag.prompts import STOP, UNKNOWN, reading, taught
from rag.read_all import ReadAll
from rag.replies import replied
from rag.rerank import ANOTHER, Judge, pair, reranked, told_apart
from rag.tracing import candidates, check
from rag.types import Answer, Trace, Turn
from rag.verify import Judgement, holds, is_yes_no, judge
from rag.weigh import FEWEST, WEIGHED, Taught, by_itself, hopeful, log_odds, odds, weighed

# Best sentences that a model reads together unless told otherwise: few give the surest drafts.
UNTAUGHT_READS, TAUGHT_READS = 1, 2
MOST_CHARACTERS = 1600  # of text that a taught model reads


@dataclass
class _Work:
    """One question on its way: what is known so far, and how long each stage took (seconds)."""

    answer: Answer
    within: Collection[str] | None  # ids of the documents to look in; None: all
    sides: bool = False  # whether this is one of the two sides of a comparison
    seconds: dict[str, float] = field(default_factory=dict)
    ranked: tuple[Evidence, ...] = ()  # what was found, reordered by who has read it
    draft: str = ""
    # Whether the draft is of another sentence than the best, where the small reader sees otherwise: it is not shown.
    astray: bool = False
    unknown: float | None = None  # how likely a taught model was to say that the text does not answer

    @property
    def several(self) -> bool:
        """Whether several things are asked for, which a short draft seldom holds."""
        return self.sides or asks_several(self.answer.standalone)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


class Assistant:
    """Answers questions over a library with a chat model. Safe to use from several threads.

    `taught` is a model that was taught to read: it weighs the sentences, words follow-ups anew and tells whether there
    is an answer, while `model` phrases it. A taught `model` does both itself; without any, neither is done.
    """

    def __init__(
        self,
        library: Library,
        model: BaseChatModel,
        reader: Judge,
        settings: AnswerSettings,
        taught: BaseChatModel | None = None,
    ) -> None:
        self.library = library
        self._model = model
        self._phrases_as_taught = bool(getattr(model, "taught", False))
        self._taught = model if self._phrases_as_taught else taught
        self._reader = reader
        self._settings = settings
        self._all = ReadAll(library)
        self._followups = Followups(library, self._taught)

    def answer(
        self, question: str, history: Sequence[Turn] = (), within: Collection[str] | None = None
    ) -> Iterator[Answer]:
        """Yield the answer as it grows; the last one is `done`. Closing the iterator stops the model.

        `within` are ids of the documents to look in. Raises UserError on an empty question or one over the window.
        """
        if not question.strip():
            raise UserError("the question is empty; ask something about your documents")
        work = _Work(Answer(question, question), within)
        with work.stage("rewrite"):
            read_as = self._followups.standalone(question, self.read(history))
        work.answer = replace(work.answer, standalone=read_as)
        yield work.answer
        if read := self._all.answer(work.answer, within, work.seconds):
            yield read
            return
        asked = parts(read_as)
        if len(asked) == 1:
            yield from self._searched(work)
            return
        answers: list[Answer] = []
        for part in asked:
            one = _Work(Answer(part.question, part.question), within, sides=part.one_of_two)
            for growing in self._searched(one):
                yield joined(work.answer, asked, [*answers, growing], self._settings.quotes)
            answers.append(growing)

    def read(self, history: Sequence[Turn]) -> list[Turn]:
        """The history, each of the user's last questions with how it was read (rag/followups.py)."""
        return self._followups.read(history)

    def _searched(self, work: _Work) -> Iterator[Answer]:
        """The answer to one stand-alone question, as it grows."""
        question = work.answer.standalone
        with work.stage("search"):
            found = self.library.find(question, work.within)
            question = found.question
        work.answer = replace(work.answer, hits=found.hits[: self._settings.passages])
        yield work.answer
        if not found.evidence:
            yield self._finished(work, found, [], [])
            return
        with work.stage("rerank"):
            work.ranked = reranked(self._reader, question, told_apart(question, replied(found.evidence)))
        most = self._settings.evidence or (TAUGHT_READS if self._taught else UNTAUGHT_READS)
        if self._taught:
            with work.stage("weigh"):
                told = odds(cast(Taught, self._taught), question, hopeful(work.ranked, FEWEST, WEIGHED))
                work.ranked = weighed(work.ranked, told)
        evidence = list(work.ranked[:most])
        yield from self._drafted(work, question, evidence)
        if self._taught and not self._phrases_as_taught:
            with work.stage("weigh"):
                (work.unknown,) = cast(Taught, self._taught).chances([_read_together(evidence, question)], UNKNOWN)
        if self._taught and not (work.several or is_yes_no(question)):
            with work.stage("compare"):
                self._compare(work, self._taught, question, work.ranked[0])
            yield replace(work.answer, draft=work.draft.strip())
        with work.stage("check"):
            judged = self._judged(work.draft, question, evidence)
        yield self._finished(work, found, evidence, judged)

    def _drafted(self, work: _Work, question: str, evidence: list[Evidence]) -> Iterator[Answer]:
        """Let the model write into `work.draft`, one growing answer for each piece of it."""
        with work.stage("read"):
            messages = self._prompt(evidence, question)
            room = getattr(self._model, "room", None)
            while room and len(evidence) > 1 and room(messages) < 0:
                evidence.pop()  # the least likely goes first
                messages = self._prompt(evidence, question)
        # What it would answer is wanted even where it would rather not: how sure it is counts with the other signs.
        withhold: dict[str, Any] = {"withhold": UNKNOWN} if self._phrases_as_taught else {}
        pieces = self._model.stream(messages, stop=list(STOP), **withhold)
        try:
            while True:
                with work.stage("read"):
                    piece = next(pieces, None)
                if piece is None:
                    break
                work.draft += str(piece.content)
                work.unknown = piece.response_metadata.get("withheld", work.unknown)
                yield replace(work.answer, draft=work.draft.strip())
        finally:
            pieces.close()  # type: ignore[attr-defined]

    def _compare(self, work: _Work, model: BaseChatModel, question: str, best: Evidence) -> None:
        """Put what a taught model says of the best sentence alone in the place of the draft, where the words that the
        small reader points at there speak for that; tell whether what is left has gone astray."""
        (reading,) = self._reader.judge([pair(question, best)])
        words = best.text[reading.start : reading.end]
        if alike(work.draft, words) < ENOUGH:
            pieces = model.stream(by_itself(question, best), stop=list(STOP), withhold=UNKNOWN)
            alone = "".join(str(piece.content) for piece in pieces)
            work.draft = agreed([work.draft, alone], words)
            if alone and not (self._phrases_as_taught or pointed(work.draft, (words, alone))):
                work.draft = alone
            of_best = any(holds(best.text, part) for part in _parts(work.draft))
            work.astray = not (of_best or alike(work.draft, words))

    @property
    def _label(self) -> str:
        """What is told of the models that answer."""
        names = [getattr(model, "label", "") or model.get_name() for model in (self._model, self._taught) if model]
        return ", read by ".join(dict.fromkeys(names))

    def _prompt(self, evidence: Sequence[Evidence], question: str) -> list[BaseMessage]:
        if self._phrases_as_taught:
            return _read_together(evidence, question)
        if self._taught:
            return reading([context(evidence, question, MOST_CHARACTERS)], question)
        return reading([item.text for item in evidence], question)

    def _finished(
        self, work: _Work, found: Found, evidence: list[Evidence], judged: list[tuple[str, Judgement]]
    ) -> Answer:
        accepted = self._accepted(judged)
        values = _signs(work, found, bool(accepted)) if work.ranked else {}
        sure = confidence(values) if values else 0.0
        trace = Trace(
            model=self._label,
            searched=work.answer.standalone,
            mended=found.mended,
            confidence=sure,
            threshold=self._settings.threshold,
            signs=values,
            candidates=candidates(work.ranked, evidence),
            checks=tuple(check(text, judgement, work.astray) for text, judgement in judged),
            seconds=work.seconds,
        )
        if sure < self._settings.threshold or not found.evidence:
            return replace(work.answer, sentences=refusal(), refused=True, trace=trace, done=True)
        # Of several things the sentences themselves hold more than a draft; what bears that out is among them.
        drafted = [] if work.several or work.astray else accepted
        listed = enumerated(listing(work.answer.standalone, work.ranked)) if work.several else []
        shown = quoted(work.ranked, work.several)
        if work.several:
            shown += [item for _, support in accepted for item in support if item not in shown]
        quotes = [(one_line(item.text), [item]) for item in shown]
        parts = drafted or listed or quotes
        sentences, citations = cited(parts, near(work.ranked, self._settings.quotes))
        note = self._all.part_seen(work.answer.standalone, sum(len(support) for _, support in parts), work.within)
        return replace(work.answer, sentences=sentences, citations=citations, note=note, trace=trace, done=True)

    def _judged(self, draft: str, question: str, evidence: list[Evidence]) -> list[tuple[str, Judgement]]:
        """Each part of the draft with its judgement."""
        said = draft.strip().rstrip(".").capitalize()
        if is_yes_no(question) and said in ("Yes", "No"):
            # The sentence that bears it out is said with it: a bare yes could rest on anything.
            reasons = [(with_reason(said, item.text), item) for item in evidence]
            told = [(text, judge(text, question, [item])) for text, item in reasons]
            return next(([pair] for pair in told if pair[1].accepted), told[:1])
        parts = _parts(draft) if self._phrases_as_taught else _drafts(draft)
        return [(text, judge(text, question, evidence)) for text in parts]

    def _accepted(self, judged: list[tuple[str, Judgement]]) -> list[tuple[str, list[Evidence]]]:
        """The sentences of the answer with what bears them out; none where the draft cannot be shown."""
        borne_out = [(text, judgement.support) for text, judgement in judged if judgement.support]
        if not self._phrases_as_taught:
            return [(text, [support]) for text, support in borne_out]
        # The parts of a taught model's reply make one answer: one wrong part spoils it.
        if not borne_out or len(borne_out) < len(judged):
            return []
        told = (signed(text, support.text) for text, support in borne_out)
        return [("; ".join(told), [support for _, support in borne_out])]


def _signs(work: _Work, found: Found, accepted: bool) -> dict[str, float]:
    """What speaks for and against an answer from what was found and read."""
    best = work.ranked[0]
    said = {"reader": best.parts.get("reader", 0.0), ANOTHER: float(best.parts.get(ANOTHER, 0.0) < 0)}
    if work.unknown is not None:
        said |= {"model": -log_odds(work.unknown), "alone": best.parts.get("alone", 0.0)}
    return signs(work.answer.standalone, found, best, accepted, work.draft, said)


def _read_together(evidence: Sequence[Evidence], question: str) -> list[BaseMessage]:
    """The prompt for a taught model to read the evidence."""
    return taught(context(evidence, question, MOST_CHARACTERS), question)


def _parts(draft: str) -> list[str]:
    """The parts of a taught model's reply, each once; none when it says that it does not know."""
    return [part for part in dict.fromkeys(draft.strip().split("; ")) if part not in ("", UNKNOWN)]


def _drafts(draft: str) -> list[str]:
    text = draft.strip()
    return [text[start:end] for start, end in split_sentences(text)]
