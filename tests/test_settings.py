"""Where settings come from, in which order, and that the unknown is an error."""

from pathlib import Path

import pytest

from index.errors import UserError
from index.settings import Settings, load_settings


def test_defaults() -> None:
    assert load_settings(environ={}) == Settings()


def test_flags_beat_variables_beat_the_file(tmp_path: Path) -> None:
    file = tmp_path / "footnote.toml"
    file.write_text('[answer]\nthreads = 1\nthreshold = 0.1\nmodel = "file"\n', encoding="utf-8")
    environ = {"RAG_CONFIG": str(file), "RAG_THREADS": "3", "RAG_MODEL": "variable", "OTHER": "x"}
    settings = load_settings({"model": "flag", "home": None}, environ)
    assert settings.answer.threshold == 0.1
    assert settings.answer.threads == 3
    assert settings.answer.model == "flag"


@pytest.mark.parametrize(
    ("text", "environ", "flags", "part"),
    [
        ("", {"RAG_TRESHOLD": "1"}, {}, "treshold"),
        ("[answer]\ntreshold = 1\n", {}, {}, "treshold"),
        ("[answers]\nthreshold = 1\n", {}, {}, "answers"),
        ("[answer\n", {}, {}, "footnote.toml"),
        ("", {"RAG_THRESHOLD": "2"}, {}, "threshold"),
        ("", {"RAG_THREADS": "many"}, {}, "threads"),
        ("", {}, {"colour": "red"}, "colour"),
    ],
)
def test_mistakes_are_one_line_that_names_them(
    tmp_path: Path, text: str, environ: dict[str, str], flags: dict[str, str], part: str
) -> None:
    file = tmp_path / "footnote.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as raised:
        load_settings(flags, {"RAG_CONFIG": str(file), **environ})
    assert part in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_settings_file_is_a_mistake_only_when_it_was_named() -> None:
    with pytest.raises(UserError, match="nowhere"):
        load_settings(environ={"RAG_CONFIG": "/nowhere.toml"})
