"""What the README says is so."""

import re
import subprocess

import pytest

from evals.__main__ import GATES
from index.settings import ROOT, Settings
from rag.models import PACKAGED

README = (ROOT / "README.md").read_text(encoding="utf-8")
UNLISTED = re.compile(r"(evals/(attacks|cases|documents|training)/|tests/|seeds/|docs/)")


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_the_file_map_lists_every_file_in_one_line_and_no_other() -> None:
    mapped = set(re.findall(r"^\| `([^`]+)` \|", README.partition("## Files")[2], re.M))
    files = {name for name in tracked() if not UNLISTED.match(name) and name != "README.md"}
    folders = {name for name in mapped if name.endswith("/")}
    assert files - mapped == set(), "missing from the README"
    assert mapped - files - folders == set(), "in the README, not in the project"
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_every_setting_is_in_the_table_with_its_default() -> None:
    for group in (Settings().index, Settings().answer, Settings().page):
        for name, field in type(group).model_fields.items():
            assert f"| `RAG_{name.upper()}` |" in README, name
            assert field.description


def test_every_packaged_model_is_named_with_its_licence() -> None:
    for name, about in PACKAGED.items():
        assert f"`{name}`" in README
        assert about.licence in README


def test_links_and_pictures_exist() -> None:
    targets = re.findall(r'\]\(([^)#:]+)\)|<img src="([^"]+)"', README)
    assert len(targets) > 3
    for target in map("".join, targets):
        assert (ROOT / target).exists(), target


def test_the_gates_are_where_the_readme_says() -> None:
    assert str(GATES.relative_to(ROOT)) in README


def test_the_product_speaks_of_itself_alone() -> None:
    words = re.compile(r"\b(?:kotaemon|PrivateGPT)\b|/(?:work|farm|root)/")
    for name in tracked() if (ROOT / ".git").exists() else []:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".css", ".js", ""} and name != "tests/test_docs.py":
            assert not words.search(path.read_text(encoding="utf-8", errors="ignore")), name
