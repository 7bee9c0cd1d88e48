"""Questions to begin with, made from the documents themselves by rule: their headings, who speaks in them, what they
define. Nothing is generated, so nothing is asked that no document mentions. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest
from pathlib import PurePath

from index.split import sentences
from index.types import Document

MOST, MOST_OF_ONE = 4, 3
READ = 20_000  # characters of each document that are looked at
LONGEST = 90  # characters of a question
_NAME = r"[A-Z][\w’'-]+(?: (?:[A-Z]\.|[A-Z][\w’'-]+)){1,2}"
# A first and a last name at least: one word with a capital may be anything.
_SPEAKER = re.compile(rf"({_NAME}),? (?:had |has )?(?:said|told|announced|added|warned|explained|wrote)\b")
_DEFINED = re.compile(r"^([A-Z][\w-]*(?: [A-Z][\w-]*)?) (is|are) (?:an?|the) \w+ \w+")
_POINTS = re.compile(r"^(?:The|This|That|These|Those|There|Here|It|He|She|They|We|You|I|What|Who|One|Some|All|Today)\b")
_PLAIN = re.compile(r"^[^\W\d_][\w ,’'&-]+\??$")
_SAYS_NOTHING = re.compile(
    r"^(?:introduction|contents|table of contents|summary|overview|conclusions?|appendix|references|notes?|index|"
    r"abstract|general|miscellaneous|page|slide|sheet|chapter|section|part)\b[ \w]{0,4}$",
    re.I,
)


def suggestions(documents: Sequence[Document]) -> list[str]:
    """At most MOST questions, taking turns among the documents."""
    of_each = [islice(_questions(document, alone=len(documents) == 1), MOST_OF_ONE) for document in documents]
    turns = chain.from_iterable(zip_longest(*of_each))
    return list(islice(dict.fromkeys(question for question in turns if question and len(question) <= LONGEST), MOST))


def _questions(document: Document, alone: bool) -> Iterator[str]:
    """Questions on one document, each kind in turn."""
    kinds = (_of_headings(document), _of_speakers(document), _of_definitions(document))
    made = dict.fromkeys(q for q in chain.from_iterable(zip_longest(*kinds)) if q)
    summary = f"Summarize {PurePath(document.source.replace(chr(92), '/')).name}"
    yield from [summary, *made] if alone else [*made, summary]


def _of_headings(document: Document) -> Iterator[str]:
    for section in document.sections:
        heading = " ".join(section.name.rsplit("›", 1)[-1].split())
        if not _PLAIN.match(heading) or _SAYS_NOTHING.match(heading) or len(heading.split()) > 8:
            continue
        yield heading if heading.endswith("?") else f"What is said about {heading}?"


def _of_speakers(document: Document) -> Iterator[str]:
    for match in _SPEAKER.finditer(document.text[:READ]):
        name = match[1].split()
        yield f"What did {' '.join(name[-2:])} say?"


def _of_definitions(document: Document) -> Iterator[str]:
    text = document.text[:READ]
    for start, end in sentences(text):
        match = _DEFINED.match(text[start:end])
        if match and not _POINTS.match(match[1]):
            yield f"What {match[2]} {match[1]}?"
