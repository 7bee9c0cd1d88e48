"""What programs can ask: `ask`, `search` and `documents`, answered with the JSON objects that the command line prints.

One question at a time is answered, whichever way it came in. Knows nothing of gradio, HTTP or MCP: `wire_api` and `mcp`
offer the same endpoints in their own ways.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anyio import CapacityLimiter, Lock, to_thread

from index.errors import UserError
from index.files import all_named
from index.tags import tagged
from index.types import evidence_json, hit_json
from rag.ask import asked
from rag.types import Answer, Turn
from ui.assistant import Library, Opening, told
from ui.chat import Desk, Work

LOOK = 1.0  # seconds between two looks at an answer in which nothing happens
READERS = 4  # searches and lists at once
MOST = 100  # hits of one search

Json = dict[str, Any]

_AMONG: Json = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Only these documents, by id, file name, path or folder; left out: all.",
}
_TAGGED: Json = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Only documents with any of these tags, and of `documents` where both are given; left out: all.",
}
_TURN: Json = {
    "type": "object",
    "properties": {"role": {"enum": ["user", "assistant"]}, "text": {"type": "string"}},
    "required": ["role", "text"],
}


@dataclass(frozen=True)
class Endpoint:
    """What an endpoint does, and the JSON schema of each thing it takes; the first is required, if there is any."""

    about: str
    takes: Mapping[str, Json]

    @property
    def required(self) -> list[str]:
        return list(self.takes)[:1]


ENDPOINTS = {
    "ask": Endpoint(
        "Answer a question from the documents. Every sentence of the answer names the citations it rests on, each with "
        "the exact words and their place; `refused` is true when the documents do not answer, `passages` are then the "
        "nearest. `documents` and `tags` limit where is looked, `history` is what was said before: role and text of "
        "each turn.",
        {
            "question": {"type": "string", "description": "What you want to know."},
            "documents": _AMONG,
            "history": {"type": "array", "items": _TURN, "description": "What was said before, oldest first."},
            "tags": _TAGGED,
        },
    ),
    "search": Endpoint(
        "Find the `k` sentences or passages (`unit`) that fit a query best, with their scores and places, unanswered.",
        {
            "query": {"type": "string", "description": "What to look for, in words or as a question."},
            "k": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 5},
            "unit": {"enum": ["sentence", "passage"], "default": "sentence"},
            "documents": _AMONG,
            "tags": _TAGGED,
        },
    ),
    "documents": Endpoint("List the documents: id, files, size, pages, passages, when added, tags.", {}),
}


class Api:
    """The endpoints over an assistant on its way. `desk` is where the page sees who is being answered."""

    def __init__(self, opening: Opening, desk: Desk) -> None:
        self.opening, self.desk = opening, desk
        # Limits of their own: programs must not use up the threads that the page is served with.
        self._turn, self._look, self._readers = Lock(), CapacityLimiter(1), CapacityLimiter(READERS)

    async def call(self, name: str, given: Mapping[str, Any]) -> Json:
        """What the endpoint answers to `given`. Raises UserError, with one line, when it cannot."""
        try:
            given = _checked(name, {key: value for key, value in given.items() if value is not None})
            if name == "ask":
                return await self._ask(*asked(given.get("question"), given.get("history")), given)
            return await to_thread.run_sync(self._read, name, given, limiter=self._readers)
        except Exception as error:  # one call fails, the page goes on
            raise UserError(told(error)) from error

    async def _ask(self, question: str, history: Sequence[Turn], given: Json) -> Json:
        def answers() -> Iterator[Answer]:
            assistant = self.opening.wait()
            looked_in = within(assistant.library, given.get("documents"), given.get("tags"))
            return assistant.answer(question, history, looked_in)

        async with self._turn:
            number = self.desk.enter()
            work = Work(answers, lambda: self.desk.leave(number))
            try:
                answer, ended = None, False
                while not ended:
                    answer, ended = await to_thread.run_sync(work.look, answer, LOOK, limiter=self._look)
            finally:
                work.stop()  # when whoever asked has gone
        if answer is None:
            raise UserError("no answer came; please ask again")
        return answer.to_json()

    def _read(self, name: str, given: Json) -> Json:
        library = self.opening.wait().library
        if name == "documents":
            return {"documents": [vars(info) for info in library.documents()]}
        query, k = given["query"], given.get("k", 5)
        among = within(library, given.get("documents"), given.get("tags"))
        if given.get("unit") == "passage":
            return {"hits": [hit_json(hit) for hit in library.search(query, k, among)]}
        return {"hits": [evidence_json(evidence) for evidence in library.evidence(query, k, among)]}


def within(library: Library, documents: Sequence[str] | None, tags: Sequence[str] | None = None) -> list[str] | None:
    """The ids of the documents that are meant, None for all; those in both where names and tags are given.

    Raises UserError when a document or a tag is not there, or when none is left.
    """
    for name, given in (("documents", documents), ("tags", tags)):
        if given is not None and not given:
            # A program that found none to look in does not mean all.
            raise UserError(f"{name} is empty; leave it out to look in all")
    infos, ids = library.documents(), None
    if documents is not None:
        files = {source: (info.id, None) for info in infos for source in info.sources}
        ids = list(dict.fromkeys(files[path][0] for path in all_named(documents, files)))
    return ids if tags is None else tagged(infos, tags, ids)


def _checked(name: str, given: Json) -> Json:
    """What was given, if the endpoint takes it; turns and their order are checked by `asked`."""
    if name not in ENDPOINTS:
        raise UserError(f"there is no {name!r}; there are {', '.join(ENDPOINTS)}")
    takes = ENDPOINTS[name].takes
    if unknown := given.keys() - takes.keys():
        raise UserError(f"{name} takes {', '.join(takes) or 'nothing'}, not {', '.join(sorted(unknown))}")
    if missing := [key for key in ENDPOINTS[name].required if key not in given]:
        raise UserError(f"{name} needs {missing[0]}")
    for key, value in given.items():
        if not _fits(takes[key], value):
            raise UserError(f"{key} is not what {name} takes: {_form(takes[key])}")
    return given


def _fits(schema: Json, value: Any) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    if schema["type"] == "integer":
        return type(value) is int and schema["minimum"] <= value <= schema["maximum"]
    if schema["type"] == "array":
        return isinstance(value, list) and (schema["items"] is _TURN or all(isinstance(one, str) for one in value))
    return isinstance(value, str) and bool(value.strip())


def _form(schema: Json) -> str:
    if "enum" in schema:
        return " or ".join(schema["enum"])
    if schema["type"] == "integer":
        return f"a whole number from {schema['minimum']} to {schema['maximum']}"
    return "a list" if schema["type"] == "array" else "some text"
