"""From evidence and judged drafts to the sentences that are shown, each with its citations. Pure."""

import re
from collections.abc import Sequence

from index.types import Evidence
from rag.prompts import REFUSAL
from rag.types import Answer, Citation, Sentence

_MONEY = "[£$€¥]"
SPEAKER = r"(?:Q|A|Question|Answer)\s?\d{0,2}:\s+"  # of a question or its reply
_STRONG = re.compile(r"(?<![\w*])(\*{1,3}|__)(?=\S)([^*\n]*?\S)\1(?![\w*])")  # **bold** and *italic* of Markdown
_SPOKEN = re.compile(rf"(^|\?\s+){SPEAKER}")
MOST_QUOTES = 3
# A further sentence is quoted when its odds of being the answer are at least this share (as a log) of the best one's.
CLOSE = 2.0
CLOSE_FOR_SEVERAL = 3.0
# Beyond this a sentence is not even worth showing beside the answer.
NOT_WORTH_SHOWING = 8.0


def quoted(evidence: Sequence[Evidence], several: bool) -> list[Evidence]:
    """The sentences to show when no draft can be: the best one, and what comes close to it, best first."""
    close = CLOSE_FOR_SEVERAL if several else CLOSE
    return [item for item in evidence[:MOST_QUOTES] if item.score >= evidence[0].score - close]


def near(evidence: Sequence[Evidence], limit: int) -> list[Evidence]:
    """The sentences to show beside an answer, in case it missed: at most `limit`, none without a fair chance."""
    return [item for item in evidence[:limit] if item.score >= evidence[0].score - NOT_WORTH_SHOWING]


def cited(
    parts: Sequence[tuple[str, Sequence[Evidence]]], others: Sequence[Evidence]
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Number the evidence of each sentence in order of appearance, then the `others` that no sentence rests on."""
    citations: dict[tuple[str, int, int], Citation] = {}
    sentences = []
    for text, support in parts:
        for item in support:
            citations.setdefault(_place(item), _citation(len(citations) + 1, item))
        sentences.append(Sentence(text, tuple(dict.fromkeys(citations[_place(item)].number for item in support))))
    for item in others:
        citations.setdefault(_place(item), _citation(len(citations) + 1, item))
    return tuple(sentences), tuple(citations.values())


def refusal() -> tuple[Sentence, ...]:
    """The one sentence that says that the documents do not answer."""
    return (Sentence(REFUSAL, ()),)


def one_line(text: str) -> str:
    """A quote as a sentence of the answer: the same words without the line breaks and marks of its layout."""
    plain = _STRONG.sub(r"\2", text).lstrip("#>*•- \t")
    return " ".join(_SPOKEN.sub(r"\1", plain).split())


def with_reason(said: str, text: str) -> str:
    """A yes or no with the quote that bears it out, which may say it itself."""
    line = one_line(text)
    return line if re.match(rf"{said}\b", line) else f"{said}: {line}"


def enumerated(items: Sequence[Evidence]) -> list[tuple[str, list[Evidence]]]:
    """The items of a list as one sentence, semicolons between them, each with what it rests on."""
    *before, last = [one_line(item.text) for item in items] or [""]
    said = [f"{text.rstrip(' ;,.')};" for text in before] + [last.rstrip(" ;,")]
    return [(text, [item]) for text, item in zip(said, items, strict=False)]


def signed(said: str, text: str) -> str:
    """What was said with the sign of money, per cent or degree that its number bears in the text: "15" of "£15 a month"
    is "£15". As it was where the text does not hold it word for word."""
    before = rf"(?:{_MONEY} ?)?" if said[:1].isdigit() else ""
    after = r"(?: ?(?:%|°[CF]?))?" if said[-1:].isdigit() else ""
    found = re.search(rf"{before}(?<![\w.,]){re.escape(said)}(?![\w]|[.,]\d){after}", text)
    return found.group() if found else said


def marked(answer: Answer) -> str:
    """The answer's text with its citation numbers in brackets."""
    return " ".join(
        " ".join([sentence.text, *(f"[{number}]" for number in sentence.citations)]) for sentence in answer.sentences
    )


def _place(item: Evidence) -> tuple[str, int, int]:
    return item.passage.document_id, item.start, item.end


def _citation(number: int, item: Evidence) -> Citation:
    passage = item.passage
    place = (passage.document_id, passage.source, passage.page, item.start, item.end)
    return Citation(number, *place, item.text, item.section)
