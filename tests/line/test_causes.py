"""A failed stage says its cause where it is known: in the run's event and on the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Home

GO = ("def go(x: int) -> int:\n    return x + size", "endpoint")
CALL = ("go(1)", "example")


def failed(home: Home, name: str, *cells: str | tuple[str, ...]) -> tuple[str, Any]:
    """Standard error of a deploy that fails, and the error that its run has kept."""
    home.book(name, *cells)
    told = home.run("deploy", f"{name}.ipynb", "--yes", good=False)
    assert told.code == 1, told.out
    return told.err, home.run("debug", name, "--json").document["error"]


def test_a_kernel_that_was_killed_had_no_memory_left(home: Home) -> None:
    kill = "import os, signal\nsize = 1\nif os.getpid():\n    os.kill(os.getpid(), signal.SIGKILL)"
    said, error = failed(home, "killed", kill, GO, CALL)
    assert error["cause"]["code"] == "out-of-memory"
    assert "died by SIGKILL" in error["cause"]["evidence"]
    assert "  · memory ran out, and the kernel ended a process\n" in said
    assert f"  → {error['cause']['remedy']}\n" in said


def test_a_module_that_only_the_notebook_has_is_missing_in_the_service(home: Home) -> None:
    home.folder.joinpath("petals.py").write_text("SIZE = 3\n", encoding="utf-8")
    opens = ("import importlib\nsize = importlib.import_module('petals').SIZE", "setup")
    said, error = failed(home, "module", opens, GO, CALL)
    assert error["cause"] == {
        "code": "module-missing",
        "cause": "a module is imported that is not in that environment",
        "evidence": "ModuleNotFoundError: No module named 'petals'",
        "remedy": error["cause"]["remedy"],
    }
    assert "  · a module is imported that is not in that environment\n" in said
    assert "  → install it for the kernel" in said
    assert error["detail"].count("No module named 'petals'") == 1


@pytest.mark.campaign
def test_compiled_code_that_crashes_is_told_as_that(home: Home) -> None:
    crash = "import ctypes\nsize = 1\nctypes.string_at(0)"
    said, error = failed(home, "crash", crash, GO, CALL)
    assert error["cause"]["code"] == "crash"
    assert "died by SIGSEGV" in error["cause"]["evidence"]
    assert "compiled code of a package crashed" in said


@pytest.mark.campaign
def test_a_file_that_is_not_there_is_told_with_where_paths_begin(home: Home) -> None:
    said, error = failed(home, "file", "size = len(open('iris.csv').read())", GO, CALL)
    assert error["cause"]["code"] == "file-missing"
    assert "paths are looked up from the notebook's folder" in said
