"""The command line of the index as a process of its own, with the stand-in encoder. Says "ready" before it begins."""

import os
import subprocess
import sys
from pathlib import Path

import index.embed
from index import __main__, mend, search  # noqa: F401 -- loaded before it is ready, so that it is only the work after
from tests.standins_index import HashEncoder

ROOT = Path(__file__).resolve().parent.parent


def started(home: Path, *arguments: object, **options: object) -> "subprocess.Popen[str]":
    """The process of a command, begun and not yet at work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.running_index", *map(str, arguments), "--home", str(home)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, **options,
    )  # fmt: skip
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


def ran(home: Path, *arguments: object, **options: object) -> tuple[int, str, str]:
    """The exit code of a command, what it printed and what it said on stderr."""
    with started(home, *arguments, **options) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


if __name__ == "__main__":
    mend.preload()
    index.embed.default_encoder = lambda settings: HashEncoder()
    print("ready", flush=True)
    sys.exit(__main__.main())
