"""The endpoints for programs as the tools of an MCP server, at /mcp of the page's address, behind the same log-in.

Each request stands alone: nothing is kept between two of them. Hosts and origins are checked by the guard of the page.
"""

import json
from base64 import b64decode
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from hmac import compare_digest
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from index.errors import UserError
from ui.api import ENDPOINTS, Api

PATH = "/mcp"
ABOUT = "Answers questions about the person's own documents, every sentence cited. When it refuses, do not guess."
LOG_IN = "Footnote wants a log-in: send user:password as HTTP Basic authorization."

TOOLS = [
    types.Tool(
        name=name,
        description=endpoint.about,
        input_schema={
            "type": "object",
            "properties": dict(endpoint.takes),
            "required": endpoint.required,
            "additionalProperties": False,
        },
        annotations=types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )
    for name, endpoint in ENDPOINTS.items()
]


class McpServer:
    """An ASGI application; `run` has to be entered for as long as it serves."""

    def __init__(self, api: Api, login: Sequence[tuple[str, str]]) -> None:
        self._api, self._login = api, login
        server: Server[Any] = Server(
            "footnote", instructions=ABOUT, on_list_tools=self._listed, on_call_tool=self._called
        )
        self._manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = next((value for key, value in scope["headers"] if key == b"authorization"), b"")
        if self._login and not logged_in(given, self._login):
            refusal = PlainTextResponse(LOG_IN, 401, {"WWW-Authenticate": 'Basic realm="Footnote"'})
            await refusal(scope, receive, send)
            return
        await self._manager.handle_request(scope, receive, send)

    def run(self, app: Any) -> AbstractAsyncContextManager[None]:
        """For the lifespan of the application that it is part of."""
        return self._manager.run()

    async def _listed(self, context: Any, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=TOOLS)

    async def _called(self, context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            result = await self._api.call(params.name, params.arguments or {})
        except UserError as error:
            return types.CallToolResult(content=[types.TextContent(text=str(error))], is_error=True)
        text = json.dumps(result, ensure_ascii=False)
        return types.CallToolResult(content=[types.TextContent(text=text)], structured_content=json.loads(text))


def logged_in(header: bytes, login: Sequence[tuple[str, str]]) -> bool:
    """Whether an Authorization header names one of the users with the right password."""
    scheme, _, given = header.partition(b" ")
    try:
        said = b64decode(given.strip(), validate=True)
    except ValueError:
        return False
    # All are compared, in constant time: how long it takes tells nothing.
    right = [compare_digest(said, f"{user}:{password}".encode()) for user, password in login]
    return scheme.lower() == b"basic" and any(right)
