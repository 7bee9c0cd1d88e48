"""Serving the page: builds it over an assistant, listens, guards. Knows nothing of the parts of the page."""

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

from index.errors import UserError
from ui.api import ENDPOINTS, Api
from ui.assistant import Assistant, Opening
from ui.chat import Desk
from ui.conversations import Conversations
from ui.folders import Folders
from ui.guard import LOCAL_HOSTS, Guard

FILE_LIMIT = "100 MB"

# gradio would otherwise look up its own hosts at start; both are read when it is imported.
QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}


@dataclass(frozen=True)
class Served:
    """A page that is up."""

    url: str
    close: Callable[[], None]
    wait: Callable[[], None]


def serve(
    open_assistant: Callable[[], Assistant],
    home: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    login: Sequence[tuple[str, str]] = (),
    mcp: bool = False,
) -> Served:
    """Bring the page up and return at once; the assistant opens behind it. Port 0 takes a free one.

    `login` are the users with their passwords; each sees conversations of their own. With `mcp` the endpoints for
    programs are an MCP server too. Raises UserError when the host is not this machine and nobody has to log in, when
    the port is taken, or when conversations cannot be kept.
    """
    if host not in LOCAL_HOSTS and not login:
        raise UserError(f"{host} can be reached from other machines: give --auth user:password, or use 127.0.0.1")
    port = _free(host, port)
    store = Conversations(home)
    incoming = home / "incoming"
    rmtree(incoming, ignore_errors=True)  # what an interrupted upload of an earlier run has left
    os.environ.update(QUIET, GRADIO_TEMP_DIR=str(incoming))
    opening = Opening(open_assistant)  # first, for gradio's own import takes seconds too
    from ui.page import CSS, HEAD, HERE, THEME, build

    api = Api(opening, Desk())
    page = build(api, store, home / "uploads", FILE_LIMIT, folders(home, host, login))
    page.queue(default_concurrency_limit=None)
    page.launch(
        server_name=host, server_port=port, auth=list(login) or None,
        app_kwargs=_app_settings(login, api if mcp else None),
        theme=THEME, css=CSS, head=HEAD, favicon_path=HERE / "favicon.svg", footer_links=[],
        max_file_size=FILE_LIMIT.replace(" ", "").lower(), prevent_thread_lock=True, quiet=True, show_error=False,
        share=False, inbrowser=False, ssr_mode=False, num_workers=0, run_history=False, enable_monitoring=False,
        mcp_server=False, pwa=False,
    )  # fmt: skip
    return Served(page.local_url or "", lambda: page.close(verbose=False), page.block_thread)


def folders(home: Path, host: str, login: Sequence[tuple[str, str]]) -> Folders | None:
    """The folders that can be pointed to: none where somebody beyond this machine may be, and with a login one may."""
    return Folders(home) if host in LOCAL_HOSTS and not login else None


def _app_settings(login: Sequence[tuple[str, str]], api: Api | None) -> dict[str, Any]:
    from starlette.middleware import Middleware

    parts: dict[str, Any] = {}
    if api:
        from starlette.routing import Route

        from ui.mcp import PATH, McpServer

        server = McpServer(api, login)
        parts = {"routes": [Route(PATH, server, methods=["POST"])], "lifespan": server.run}
    # Behind a login the page may be reached by any name; without one, by this machine's names only.
    hosts = frozenset() if login else LOCAL_HOSTS
    hidden = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    return {"middleware": [Middleware(Guard, hosts=hosts, offered=tuple(ENDPOINTS))], **hidden, **parts}


def _free(host: str, port: int) -> int:
    """The port if it can be listened on, a free one for 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UserError(
                f"cannot listen on {host}:{port} ({error.strerror}); another is chosen with --port (0: a free one)"
            ) from error
        return int(probe.getsockname()[1])
