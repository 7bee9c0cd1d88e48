"""The endpoints for programs in gradio's HTTP API, by their names; nothing else of the page is listed there."""

from typing import Any

import gradio as gr
from gradio.events import api as offer

from index.errors import UserError
from ui.api import ENDPOINTS, Api, Json


def expose(api: Api) -> None:
    """Add the endpoints to the page that is being built. Their parameters are what gradio shows and checks names by."""

    async def answered(name: str, **given: Any) -> Json:
        try:
            return await api.call(name, given)
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from error

    async def ask(
        question: str,
        documents: list[str] | None = None,
        history: list[dict[str, str]] | None = None,
        tags: list[str] | None = None,
    ) -> dict[str, Any]:
        return await answered("ask", question=question, documents=documents, history=history, tags=tags)

    async def search(
        query: str,
        k: int = 5,
        unit: str = "sentence",
        documents: list[str] | None = None,
        tags: list[str] | None = None,
    ) -> dict[str, Any]:
        return await answered("search", query=query, k=k, unit=unit, documents=documents, tags=tags)

    async def documents() -> dict[str, Any]:
        return await answered("documents")

    for endpoint in (ask, search, documents):
        name = endpoint.__name__
        offer(endpoint, api_name=name, api_description=ENDPOINTS[name].about, concurrency_limit=None)
