"""A user's machine in a folder: the tool in its own environment, a kernel in another, a home."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import children

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "docs" / "examples"
UV = REPOSITORY / ".venv" / "bin" / "uv"


@dataclass(frozen=True)
class Deployed:
    """A deployment, from the command to an answered request."""

    seconds: float
    stages: Mapping[str, float]
    """Seconds by stage of the run."""


@dataclass(frozen=True)
class User:
    """Notebooks lie in `folder`; MODELSHIP_HOME is `folder/home`."""

    folder: Path
    env: Mapping[str, str]

    @property
    def modelship(self) -> Path:
        return self.folder / "tool" / "bin" / "modelship"

    @property
    def science(self) -> Path:
        """The interpreter of the environment that has the kernel."""
        return self.folder / "science" / "bin" / "python"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def service_python(self) -> Path:
        """The interpreter of the service's environment that was made last."""
        found = self.home.glob("cache/environments/*/bin/python")
        return max(found, key=lambda path: path.lstat().st_mtime)

    def measure(self, words: Sequence[str | Path]) -> children.Took:
        """Any command, run in this user's folder."""
        return children.run(words, env=self.env, cwd=self.folder)

    def run(self, *words: str) -> children.Took:
        """`modelship WORDS`."""
        return self.measure([self.modelship, *words])

    def document(self, *words: str) -> Any:
        """What `modelship WORDS --json` prints."""
        return json.loads(self.run(*words, "--json").output)

    def python(self, python: Path, code: str) -> children.Took:
        return self.measure([python, "-c", code])

    def versions(self, python: Path, *packages: str) -> dict[str, str]:
        """Versions of packages in an environment."""
        words = f"import importlib.metadata as m; print(*map(m.version, {packages!r}))"
        return dict(zip(packages, self.python(python, words).output.split(), strict=True))

    def deploy(self, notebook: str) -> Deployed:
        """Deploy a notebook and ask what its example asks."""
        told = self.run("deploy", notebook, "--yes", "--json")
        result = json.loads(told.output)
        seen = self.document("status", result["service"])
        token = Path(seen["token_file"]).read_text(encoding="utf-8").strip()
        call = result["call"]
        asked = time.perf_counter()
        post(result["url"], call["path"], call["arguments"], token=token)
        return Deployed(told.seconds + time.perf_counter() - asked, result["seconds"])

    def forget(self) -> None:
        """Delete all services and the home."""
        for seen in self.document("list"):
            self.run("delete", seen["service"], "--yes")
        shutil.rmtree(self.home, ignore_errors=True)

    def drop_byte_code(self) -> None:
        """As uv leaves an environment that nobody has used yet."""
        for name in ("tool", "science"):
            for cache in list((self.folder / name).rglob("__pycache__")):
                shutil.rmtree(cache)


def make(folder: Path) -> User:
    """Both environments, as `make demo` makes them. Without an index uv's cache has to do."""
    env = children.environment(
        MODELSHIP_HOME=str(folder / "home"), JUPYTER_PATH=str(folder / "science/share/jupyter")
    )
    user = User(folder, env)
    tool = {**env, "UV_PROJECT_ENVIRONMENT": str(folder / "tool")}
    project = ("--frozen", "--no-default-groups", "--no-editable")
    ours = ("--reinstall-package", "jupyter-modelship")  # uv would take an older build of it
    uv("sync", *project, *ours, "--python", sys.executable, env=tool)
    science = str(folder / "science")
    uv("venv", "--python", sys.executable, science, env=env)
    needed = str(EXAMPLES / "kernel-requirements.txt")
    uv("pip", "install", "--python", science, "-r", needed, env=env)
    return user


def uv(*words: str, env: Mapping[str, str]) -> None:
    """Run uv in the repository, offline where it cannot reach an index; RuntimeError where neither
    the index nor its cache has what is needed."""
    told = ""
    for offline in ((), ("--offline",)):
        argv = [UV, *words, "--quiet", *offline]
        done = subprocess.run(
            argv, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return
        told = told or done.stderr
    raise RuntimeError(
        f"uv {words[0]} has neither a package index nor all it needs in its cache:\n{told}"
    )


def notebook(cells: Sequence[tuple[str, str]]) -> str:
    """A notebook of (tag, source) pairs as JSON; no tag for an empty one, Markdown for "#"."""
    made = [_cell(index, tag, source) for index, (tag, source) in enumerate(cells)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {
            "cells": made,
            "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def _cell(index: int, tag: str, source: str) -> dict[str, object]:
    common = {"id": f"cell-{index}", "source": source.splitlines(keepends=True)}
    if tag == "#":
        return {**common, "cell_type": "markdown", "metadata": {}}
    output = {"output_type": "stream", "name": "stdout", "text": f"{{'n': 19.3, 'i': {index}}}\n"}
    return {
        **common,
        "cell_type": "code",
        "metadata": {"tags": [tag]} if tag else {},
        "execution_count": index + 1,
        "outputs": [output],
    }


def post(url: str, path: str, body: object, *, token: str = "") -> Any:
    """The JSON reply to a POST; RuntimeError where its status is not 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request("POST", path, json.dumps(body), headers)
        reply = connection.getresponse()
        text = reply.read()
    finally:
        connection.close()
    if reply.status != 200:
        raise RuntimeError(f"{path} answers {reply.status}: {text[:300]!r}")
    return json.loads(text)
