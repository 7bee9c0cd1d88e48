"""Nothing points back: each package may import those below it only, and nothing heavy loads at import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from index.settings import ROOT

BELOW = {"index": set(), "rag": {"index"}, "ui": {"index", "rag"}, "evals": {"index", "rag"}}
HEAVY = ("torch", "chromadb", "gradio", "llama_cpp", "onnxruntime", "transformers", "sentence_transformers", "sklearn")


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("package", BELOW)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        above = imported(path) & (BELOW.keys() - BELOW[package] - {package})
        assert not above, f"{path.relative_to(ROOT)} imports {above}"


@pytest.mark.parametrize("module", ["index.library", "rag.assistant", "rag.build", "rag.ask", "rag.llama", "evals.run"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_no_function_is_long_and_no_file_is_large() -> None:
    for package in BELOW:
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert text.count("\n") <= 300, f"{path} has {text.count(chr(10))} lines"
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = (node.end_lineno or 0) - node.lineno + 1
                    assert length <= 45, f"{path}: {node.name} has {length} lines"
