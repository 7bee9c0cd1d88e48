"""All settings in one place: a TOML file, then environment variables RAG_…, then flags; the unknown is an error.

Three small frozen groups, each handed whole or in part to what needs it. Knows nothing of what they configure.
"""

import os
import tomllib
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
NO_ADAPTER = "none"


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IndexSettings(_Group):
    """Where the data lives and what embeds it."""

    home: Path = Field(ROOT / ".rag", description="folder of the index and everything kept")
    cache: Path = Field(ROOT / ".cache", description="folder of files that can be made again (converted models)")
    embedder: str = Field("", description="folder of a sentence-transformers model; empty: the packaged MiniLM")
    chroma: str = Field("", description="host:port of a Chroma server; empty: inside this process")
    ignore: str = Field(
        "~$*, *.tmp, *.part, node_modules, __pycache__",
        description="names of files and folders left out of folders; patterns, separated by commas",
    )


class AnswerSettings(_Group):
    """How a question is answered."""

    model: str = Field("", description="a GGUF file, or provider:name of a LangChain chat model; empty: the default")
    threads: int = Field(2, ge=1, le=256, description="threads of the language model")
    context: int = Field(2048, ge=512, le=131072, description="tokens of the language model's window")
    passages: int = Field(5, ge=1, le=50, description="passages shown beside an answer")
    adapter: str = Field("", description="LoRA adapter (GGUF) of the model; empty: the shipped one; none: without")
    evidence: int = Field(0, ge=0, le=20, description="best sentences given to the model; 0: as many as suit it")
    quotes: int = Field(5, ge=1, le=20, description="quotes shown with an answer, those it rests on first")
    threshold: float = Field(0.33, ge=0, le=1, description="confidence below which the answer is a refusal")


class PageSettings(_Group):
    """Where the chat page listens."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(7860, ge=0, le=65535, description="port to listen on; 0 takes a free one")


class Settings(_Group):
    """All groups; in TOML each is a table of its name."""

    index: IndexSettings = IndexSettings()
    answer: AnswerSettings = AnswerSettings()
    page: PageSettings = PageSettings()


_GROUP_OF = {key: name for name, group in Settings.model_fields.items() for key in group.annotation.model_fields}  # type: ignore[union-attr]


def load_settings(flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Merge the TOML file (RAG_CONFIG, else the project's footnote.toml), RAG_… variables and `flags` (None: unset).

    Raises UserError on an unreadable file, an unknown key or a value out of range.
    """
    merged = _from_file(environ.get("RAG_CONFIG"))
    for name, value in environ.items():
        if name.startswith("RAG_") and name != "RAG_CONFIG":
            _put(merged, name.removeprefix("RAG_").lower(), value, f"environment variable {name}")
    for name, value in (flags or {}).items():
        if value is not None:
            _put(merged, name, value, f"flag {name}")
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"setting {where}: {first['msg']} (given: {first['input']!r})") from error


def add_no_adapter(parser: ArgumentParser) -> None:
    """Give a command line the flag --no-adapter; `adapter` is NO_ADAPTER with it, None (unset) without."""
    about = "use the model as it comes"
    parser.add_argument("--no-adapter", dest="adapter", action="store_const", const=NO_ADAPTER, help=about)


def _put(merged: dict[str, Any], key: str, value: Any, origin: str) -> None:
    if key not in _GROUP_OF:
        raise UserError(f"unknown setting {key!r} ({origin}); known: {', '.join(sorted(_GROUP_OF))}")
    merged.setdefault(_GROUP_OF[key], {})[key] = value


def _from_file(given: str | None) -> dict[str, Any]:
    path = Path(given) if given else ROOT / "footnote.toml"
    if not given and not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"cannot read the settings file {path}: {error}") from error
