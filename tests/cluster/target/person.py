"""Somebody who deploys the iris notebook to a cluster, by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.images.bases import base_layout

from .dock import Dock

NOTEBOOK = Path(__file__).parents[3] / "docs" / "examples" / "iris.ipynb"
FLOWER = '{"row": [5.1, 3.5, 1.4, 0.2]}'
WAIT = """\
import asyncio

async def wait(seconds: float) -> int:
    await asyncio.sleep(seconds)
    return NUMBER

"""


def base_reference(registry: str) -> str:
    """Where `Images.base` puts the base image."""
    return f"{registry}/tests/stub@{base_layout().digest}"


@dataclass
class Person:
    dock: Dock
    folder: Path

    def modelship(self, *words: str) -> tuple[int, Any]:
        """`modelship WORDS --json`: exit code, and what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "jupyter_modelship.cli", *words, "--json"],
            env={**os.environ, "MODELSHIP_HOME": str(self.folder / "home")},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            raise AssertionError(f"{words}: {done.stdout}{done.stderr}") from None

    def deploy(
        self,
        source: str = "",
        *,
        wait: int | None = None,
        repository: str | None = None,
        flags: Sequence[str] = (),
    ) -> tuple[int, Any]:
        """The iris notebook, with `source` before its endpoint and a use of it inside; with `wait`,
        a number that tells one revision from the next, an endpoint that takes its time as well.
        Its image goes to a repository of the namespace's own; with `repository` "", to none that
        anybody names.
        """
        book = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
        for cell in book["cells"]:
            text = "".join(cell["source"])
            if source and "def predict" in text:
                used = text.replace("    return SPECIES", "    Broken()\n    return SPECIES")
                cell["source"] = f"import os\n\n{source}{used}"
            if wait is not None and "def predict" in text:
                cell["source"] = f"{WAIT.replace('NUMBER', str(wait))}{text}"
        (self.folder / "iris.ipynb").write_text(json.dumps(book), encoding="utf-8")
        registry = self.dock.images.cluster.registry
        base = base_reference(registry)
        named = f"{registry}/{self.dock.namespace}/iris" if repository is None else repository
        return self.modelship(
            *("deploy", "iris.ipynb", "--yes", "--target", "kubernetes", "--engine", "oci"),
            *("--base", base, *(("--repository", named) if named else ())),
            *flags,
        )

    def reply(self) -> object:
        code, told = self.modelship("call", "iris", "predict", FLOWER)
        assert code == 0, told
        return told["reply"]
