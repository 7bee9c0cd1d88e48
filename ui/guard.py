"""What every response of the page carries, and whom it answers. Plain ASGI, so that streams are not held back.

The content policy forbids the browser to load anything from elsewhere, whatever gets into the page: escaping is the
first wall, this is the second. The host check keeps other sites from reaching the page by pointing a name of theirs at
it, the origin check keeps them from posting to it. gradio would call any handler of the page by its function's name:
only what is offered to programs can be called so.
"""

import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# gradio's own front end needs inline scripts and styles, and builds functions from its templates (unsafe-eval).
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
CALL = re.compile(r"/gradio_api/(?:run|api|call(?:/v2)?)/+([^/]*)")
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class Guard:
    """ASGI middleware: adds the headers; with `hosts` given, refuses requests that name another host.

    `offered` are the names of what may be called by name.
    """

    def __init__(self, app: App, hosts: frozenset[str] = frozenset(), offered: Collection[str] = ()) -> None:
        self._app, self._hosts, self._offered = app, hosts, offered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (self._hosts and host_of(scope) not in self._hosts) or is_from_elsewhere(scope):
            await _refuse(send, 421, b"Footnote answers only to its own address.")
            return
        if (named := CALL.match(scope["path"])) and named[1] not in self._offered:
            await _refuse(send, 404, b"There is no such endpoint; /gradio_api/info lists them.")
            return

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self._app(scope, receive, send_guarded)


async def _refuse(send: Send, status: int, why: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*HEADERS]})
    await send({"type": "http.response.body", "body": why})


def _header(scope: Scope, name: bytes) -> str:
    return next((value for key, value in scope["headers"] if key == name), b"").decode("latin-1").lower()


def is_from_elsewhere(scope: Scope) -> bool:
    """Whether a page of another site sends this request; browsers name the origin in all that can change something."""
    origin = _header(scope, b"origin")
    reads = scope["method"] in {"GET", "HEAD", "OPTIONS"}
    return bool(origin) and not reads and origin.partition("://")[2] != _header(scope, b"host")


def host_of(scope: Scope) -> str:
    """The host a request names, without its port and brackets."""
    named = _header(scope, b"host")
    if named.startswith("["):
        return named[1:].partition("]")[0]
    return named.partition(":")[0]
