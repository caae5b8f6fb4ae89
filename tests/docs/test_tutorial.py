"""The tutorial, followed word for word: its cells, its commands, its output."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .pages import DOCS, Block, Step, blocks, pattern_of, plain, steps

TUTORIAL = DOCS / "tutorial" / "first-service.md"
NOTEBOOK = DOCS / "tutorial" / "flowers.ipynb"
_CELL = re.compile(r"flowers\.ipynb, cell (\d+)(?:, with the tag (\w+))?")


@dataclass(frozen=True)
class Reader:
    """Somebody with the project's environment, a folder and nothing deployed yet."""

    folder: Path
    home: Path

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and all output of a command."""
        done = subprocess.run(
            shlex.split(command),
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def _environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "MODELSHIP_HOME": str(self.home)}

    def follow(self, step: Step) -> str:
        """Run a command and compare what it prints with what the page shows; its output."""
        code, output = self.run(step.command)
        shown = pattern_of(step.shows)
        assert shown.fullmatch(plain(output)), f"$ {step.command}\n{output}\nis not\n{step.shows}"
        failed = any(line.startswith("✗") for line in step.shows)
        assert (code != 0) == failed, f"$ {step.command} ends with {code}"
        return output

    def write(self, block: Block) -> None:
        """Make a cell of the notebook what the page says."""
        named = _CELL.fullmatch(block.caption)
        assert named, block.caption
        path = self.folder / NOTEBOOK.name
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cell = notebook["cells"][int(named[1]) - 1]
        cell["source"] = block.text.rstrip("\n")
        if named[2]:
            cell["metadata"]["tags"] = [named[2]]
        path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Has the notebook of the tutorial. Whatever happens, no service is left behind."""
    folder = tmp_path / "work"
    folder.mkdir()
    shutil.copy(NOTEBOOK, folder)
    reader = Reader(folder, tmp_path / "home")
    yield reader
    _, services = reader.run("modelship list --json")
    for service in json.loads(services):
        reader.run(f"modelship delete {service['service']} --yes")
    assert json.loads(reader.run("modelship list --json")[1]) == []


def test_the_tutorial_is_true(reader: Reader) -> None:
    printed: list[str] = []
    for block in blocks(TUTORIAL):
        if block.caption == "service.py":
            assert printed[-1].endswith(block.text)
        elif block.language == "python":
            reader.write(block)
        elif block.language == "console":
            printed += [reader.follow(step) for step in steps(block)]
    assert len(printed) >= 12, "the page has lost its commands"


def test_the_notebook_to_download_is_the_one_on_the_page() -> None:
    shown: dict[int, str] = {}
    for block in blocks(TUTORIAL):
        named = _CELL.fullmatch(block.caption)
        if named:
            shown.setdefault(int(named[1]), block.text.rstrip("\n"))
    assert shown == dict(enumerate(_sources(), 1))


def _sources() -> list[str]:
    notebook: dict[str, Any] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"]]
