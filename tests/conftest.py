"""What tests of several files share: the browser that they drive."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser_ui import CHROMIUM, FLAGS
from tests.standins_index import HashEncoder

if "PYTEST_XDIST_WORKER" in os.environ:  # processes share the cores: with a thread each they wait for nobody
    os.environ |= {"OMP_NUM_THREADS": "1", "RAG_THREADS": "1"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; install it or set CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for commands that embed with the stand-in."""
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("index.embed.default_encoder", lambda settings: HashEncoder())
    return tmp_path / "home"
