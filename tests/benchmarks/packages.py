"""The dependency layer of the iris demo: its size, its making, and the start that it gives."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jupyter_modelship.runtime as runtime
from jupyter_modelship.environment import LockRequest, Tree, lock, probe, tree
from jupyter_modelship.environment.kernelspec import Kernelspec
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.model import KernelFacts, Lock
from jupyter_modelship.places import Places, private

from . import children
from .goals import Figure
from .machine import settle
from .page import Block, Row
from .samples import Samples

ROUNDS = 7
GLIBC = (2, 36)
"""Debian 12's."""
SERVICE = """
import pandas
import sklearn.ensemble
from modelship_runtime import App

app = App("bench")


def one() -> int:
    return 1


app.serve(one, "GET /one", takes={}, returns=int)
"""
"""What the iris demo imports."""


def measure(*, rounds: int, wait: float) -> Block:
    """Make the tree, then start a service on it in turn with a copy that has no byte code."""
    with tempfile.TemporaryDirectory(prefix="modelship-bench-") as name:
        folder = Path(name)
        facts, locked = asyncio.run(_locked(folder))
        asyncio.run(_tree(folder / "warm", locked, facts))  # uv's cache has the wheels now
        quiet = settle(wait)
        made, seconds = asyncio.run(_tree(folder / "made", locked, facts))
        bundles = {
            "with": _bundle(folder / "with", made),
            "without": _bundle(folder / "bare", made),
        }
        for found in sorted((bundles["without"] / "packages").rglob("__pycache__")):
            shutil.rmtree(found)
        turns = [
            {name: _start(bundle, facts.base) for name, bundle in bundles.items()}
            for _ in range(rounds + 1)
        ][1:]  # the first one reads the files from the disk
    starts = {name: Samples(tuple(turn[name] for turn in turns), "s") for name in bundles}
    size, wheels = (Samples((bytes_ / 1e6,), "MB") for bytes_ in (made.size, made.wheels))
    return Block(
        title="The dependency layer",
        method="The packages of the iris demo as an image has them, and a process that imports "
        "pandas and scikit-learn from there until it takes requests, by an interpreter without "
        "other packages that writes no byte code.",
        rows=[
            Row("start without byte code", starts["without"]),
            Row("start with it", starts["with"], starts["with"].over(starts["without"])),
            Row("the wheels, installed", wheels),
            Row("the layer, byte code included", size),
            Row("making it, wheels in uv's cache", Samples((seconds,), "s")),
        ],
        figures=[
            Figure("image-size", size, wheels),
            Figure("image-start", starts["with"], starts["without"]),
        ],
        quiet=quiet,
    )


async def _locked(folder: Path) -> tuple[KernelFacts, Lock]:
    places = _places(folder / "lock")
    facts = await probe(Kernelspec("bench", sys.executable, "bench"), places)
    work = folder / "work"
    work.mkdir()
    made, findings = await lock(LockRequest(facts, work, ("pandas", "sklearn"), places))
    assert made is not None, findings
    return facts, made


async def _tree(home: Path, locked: Lock, facts: KernelFacts) -> tuple[Tree, float]:
    started = time.perf_counter()
    made = await tree(locked, facts, _places(home), platform=Platform(), glibc=GLIBC)
    return made, time.perf_counter() - started


def _places(home: Path) -> Places:
    return Places(*(private(home / part) for part in ("state", "cache", "run")))


def _bundle(folder: Path, made: Tree) -> Path:
    """A folder as `/service` is in the image."""
    shutil.copytree(Path(runtime.__file__).parent, folder / "modelship_runtime",
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    shutil.copytree(made.folder, folder / "packages")
    (folder / "service.py").write_text(SERVICE)
    return folder


def _start(bundle: Path, python: str) -> float:
    """Seconds from the start of the process until it takes requests."""
    started = time.perf_counter()
    with _serving(bundle, python) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if json.loads(line)["event"] == "taking":
                return time.perf_counter() - started
    raise RuntimeError(f"{bundle} does not serve")


@contextmanager
def _serving(bundle: Path, python: str) -> Iterator[subprocess.Popen[str]]:
    words = [python, "-B", "-s", "-m", "modelship_runtime", "--port", "0"]
    with subprocess.Popen(
        words, cwd=bundle, env=children.environment(), stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()
