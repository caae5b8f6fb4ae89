"""The command line starts fast because it imports little: what it must not import, by command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
NEVER_FOR_HELP = {"dataclasses", "typing", "inspect", "json", "jupyter_modelship.model"}
NEVER_FOR_A_CHECK = {
    "asyncio",
    "granian",
    "importlib.metadata",
    "jupyter_client",
    "jupyter_modelship.environment",
    "jupyter_modelship.process",
    "jupyter_modelship.rehearsal",
    "jupyter_modelship.targets.port",
    "logging",
    "msgspec",
    "nbconvert",
    "nbformat",
    "papermill",
    "platformdirs",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
}


def imported(*words: str) -> set[str]:
    """All modules that `modelship WORDS` imports."""
    argv = [sys.executable, "-X", "importtime", "-m", "jupyter_modelship.cli", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("words", [(), ("deploy",)])
def test_help_imports_only_what_it_shows(words: tuple[str, ...]) -> None:
    found = imported(*words, "--help")
    assert "argparse" in found
    assert found & (NEVER_FOR_HELP if not words else NEVER_FOR_A_CHECK) == set()


def test_a_check_imports_no_machinery() -> None:
    found = imported("check", str(EXAMPLES / "iris.ipynb"))
    assert "jupyter_modelship.notebook" in found
    assert found & NEVER_FOR_A_CHECK == set()
