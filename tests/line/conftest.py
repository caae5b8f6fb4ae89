"""The whole line on this machine: real kernels, real environments, real services.

One home for the module's notebooks, so that what one deployment made serves the next.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.processes import ended

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
MODELSHIP = (sys.executable, "-m", "jupyter_modelship.cli")


@dataclass(frozen=True)
class Told:
    """What a command printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Source = str | tuple[str, ...]
"""A cell: its source, or its source and tags."""
Options = Mapping[str, object] | None


def write_book(
    path: Path, *cells: Source, kernel: str = "python3", options: Options = None
) -> None:
    """A notebook of code cells; `options` become its metadata `modelship`."""
    written: list[dict[str, object]] = []
    for number, cell in enumerate(cells, 1):
        source, *tags = (cell,) if isinstance(cell, str) else cell
        written.append(
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {"tags": tags} if tags else {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
        )
    metadata = {
        "kernelspec": {"name": kernel, "display_name": kernel, "language": "python"},
        **({"modelship": options} if options else {}),
    }
    book = {"cells": written, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(book), encoding="utf-8")


@dataclass(frozen=True)
class Home:
    """A home with nothing in it, and a folder for notebooks."""

    folder: Path
    environment: dict[str, str]

    def run(self, *words: str, good: bool = True, **extra: str) -> Told:
        """`modelship WORDS` as a user's shell runs it."""
        done = subprocess.run(
            [*MODELSHIP, *words],
            env={**self.environment, **extra},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        if good and done.returncode != 0:
            pytest.fail(
                f"modelship {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return Told(done.returncode, done.stdout, done.stderr)

    def notebook(self, name: str, *, called: str = "") -> Path:
        """A copy of a demo notebook that may be changed."""
        path = self.folder / f"{called or name}.ipynb"
        shutil.copy(EXAMPLES / f"{name}.ipynb", path)
        return path

    def book(
        self, name: str, *cells: Source, kernel: str = "python3", options: Options = None
    ) -> Path:
        """A notebook `name`.ipynb made of these cells; see `write_book`."""
        path = self.folder / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_book(path, *cells, kernel=kernel, options=options)
        return path

    def state(self, *parts: str) -> Path:
        """A path in the state folder."""
        return self.folder.joinpath("home", "state", *parts)

    def bundle(self, service: str) -> Path:
        """The folder of the bundle that is live."""
        seen = self.run("status", service, "--json").document
        return self.state("bundles", str(seen["bundle_digest"]))

    def values(self, service: str, text: str) -> Path:
        """The user's file with values for the service's variables."""
        path = self.state("values", f"{service}.env")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_text(text, encoding="utf-8")
        return path

    def call(self, service: str, endpoint: str, **arguments: object) -> Any:
        """The reply of a service, which must be a good one."""
        return json.loads(self.run("call", service, endpoint, json.dumps(arguments)).out)

    def unmount(self) -> None:
        """Root's podman mounts its store onto itself, and leaves it so."""
        store = self.state("containers", "store", "overlay")
        mounts = Path("/proc/mounts")
        if mounts.exists() and f" {store} " in mounts.read_text(encoding="utf-8"):
            subprocess.run(["umount", store], check=True)

    def processes(self) -> list[psutil.Process]:
        """All processes that were started for this home."""
        found = []
        for process in psutil.process_iter():
            try:
                words = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if str(self.folder) in words:
                found.append(process)
        return found


def make_home(folder: Path) -> Home:
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "MODELSHIP_HOME": str(folder / "home"),
        "NO_COLOR": "1",
    }
    environment.pop("JUPYTER_PATH", None)
    return Home(folder, environment)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = make_home(tmp_path_factory.mktemp("line"))
    yield made
    for seen in made.run("list", "--json").document:
        made.run("delete", seen["service"], "--yes")
    made.unmount()
    left = [one for one in made.processes() if not ended(one.pid)]
    assert left == [], "a process outlived its service"


@pytest.fixture(scope="module")
def change() -> Callable[[Path, str, str], None]:
    """Replace text in a notebook's sources, as an edit and a save would."""

    def change(path: Path, before: str, after: str) -> None:
        book = json.loads(path.read_text(encoding="utf-8"))
        hits = 0
        for cell in book["cells"]:
            source = "".join(cell["source"])
            hits += before in source
            cell["source"] = source.replace(before, after).splitlines(keepends=True)
        assert hits, f"{before!r} is in no cell"
        path.write_text(json.dumps(book), encoding="utf-8")

    return change
