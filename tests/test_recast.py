"""Weights in the form that llama.cpp reads faster: made once of the pinned ones, anew when they were changed."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.errors import UserError
from index.settings import Settings
from rag import models
from rag.models import PACKAGED, find_adapter, find_model
from rag.recast import recast

SIZE = 245_740_224  # of the default model's file; its makers' has 253,113,024 bytes


def test_the_default_model_is_recast() -> None:
    path = find_model("", Settings().index.cache)
    assert path.stat().st_size == SIZE
    assert not list(path.parent.glob("*.part"))


def test_it_is_made_once_and_anew_when_it_was_changed_or_is_to_be_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Sequence[str]] = []

    def written(source: Path, target: Path, patterns: Sequence[str]) -> None:
        made.append(patterns)
        target.write_bytes(source.read_bytes()[:1000])

    monkeypatch.setattr(models, "recast", written)
    path = find_model("", tmp_path)
    assert path == find_model("", tmp_path)
    assert len(made) == 1
    assert [file.name for file in tmp_path.glob("*gguf*")] == [path.name], "what it was made of is not kept"
    path.write_bytes(b"GGUF, and then something else")
    assert find_model("", tmp_path).stat().st_size == 1000
    assert len(made) == 2
    about = PACKAGED["gemma3"]
    other = type(about)(about.parts, about.sha256, about.licence, about.adapter, ("ffn_gate",))
    monkeypatch.setitem(PACKAGED, "gemma3", other)
    find_model("", tmp_path)
    assert made[2] == ("ffn_gate",)
    path.unlink()
    assert find_model("", tmp_path).exists()


def test_threads_that_open_it_at_once_make_it_once_and_keep_each_others_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def written(source: Path, target: Path, patterns: Sequence[str]) -> None:
        made.append(target)
        target.write_bytes(source.read_bytes()[:1000])

    monkeypatch.setattr(models, "recast", written)
    with ThreadPoolExecutor(8) as pool:
        opened = [
            pool.submit(find_model, "", tmp_path) if n % 2 else pool.submit(find_adapter, "", "", tmp_path)
            for n in range(32)
        ]
        assert len({str(one.result()) for one in opened}) == 2
    assert len(made) == 1
    assert len(json.loads((tmp_path / "checked.json").read_text(encoding="utf-8"))) == 3
    assert not list(tmp_path.glob("*.part"))


def test_what_cannot_be_recast_leaves_nothing_behind(tmp_path: Path) -> None:
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"GGUF and no more")
    with pytest.raises(UserError, match="cannot write"):
        recast(junk, tmp_path / "made.gguf", ("ffn_up",))
    assert [file.name for file in tmp_path.iterdir()] == ["junk.gguf"]
