"""`python -m ui`: the chat page on this machine. Ctrl+C ends it."""

import argparse
import sys
import webbrowser
from collections.abc import Sequence

from index.errors import UserError
from index.settings import Settings, add_no_adapter, load_settings
from ui.assistant import Assistant
from ui.serve import serve

FLAGS = {
    "host": "address to listen on (127.0.0.1: this machine only)",
    "port": "port to listen on; 0 takes a free one",
    "home": "folder of the index and everything kept",
    "model": "a GGUF file, or provider:name of a LangChain chat model",
    "threads": "threads of the language model",
    "threshold": "confidence below which the answer is a refusal",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the page until it is interrupted; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings({name: getattr(given, name) for name in (*FLAGS, "adapter")})
        login = _login(given.auth)
        page = settings.page
        served = serve(lambda: _assistant(settings), settings.index.home, page.host, page.port, login, given.mcp)
    except UserError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    print(f"Footnote is at {served.url} (Ctrl+C ends it)", flush=True)
    if given.mcp:
        print(f"Its MCP server is at {served.url}mcp", flush=True)
    if given.open:
        webbrowser.open(served.url)
    served.wait()
    return 0


def _assistant(settings: Settings) -> Assistant:
    from rag.build import open_assistant  # here, so that the page is up before the models' libraries are imported

    return open_assistant(settings)


def _login(given: Sequence[str]) -> list[tuple[str, str]]:
    """Users with their passwords."""
    users = [(name, password) for name, _, password in (one.partition(":") for one in given)]
    if not all(name and password for name, password in users):
        raise UserError("--auth takes user:password, both not empty")
    if len(dict(users)) < len(users):
        raise UserError("--auth names a user twice; each has one password")
    return users


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ui", description="Footnote's chat page, on this machine.")
    for name, help_text in FLAGS.items():
        parser.add_argument(f"--{name}", help=help_text)
    add_no_adapter(parser)
    auth = "log-in, required to listen beyond this machine; once for each user"
    parser.add_argument("--auth", metavar="USER:PASSWORD", action="append", default=[], help=auth)
    mcp = "offer ask, search and documents to programs as an MCP server too, at /mcp"
    parser.add_argument("--mcp", action="store_true", help=mcp)
    parser.add_argument("--open", action=argparse.BooleanOptionalAction, default=True, help="open the browser")
    return parser


if __name__ == "__main__":
    sys.exit(main())
