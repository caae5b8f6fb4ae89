"""The service's own virtual environment, made from the lock and nothing else."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.aside import part, sweep, turn
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.model import KernelFacts, Lock
from jupyter_modelship.places import Places, private

from .indexes import inherited
from .uv import call, find_uv, install, install_argv, judge, not_installed, venv_argv

_FOLDER = "environments"


async def realise(
    lock: Lock,
    facts: KernelFacts,
    places: Places,
    on_line: Callable[[str], None] | None = None,
) -> Path:
    """The interpreter of an environment that holds exactly the lock, on the kernel's base Python.

    Kept under `places.cache` by the lock's digest and the base interpreter; made aside and renamed
    into place, so that it is whole or not there, whoever else makes it at the same time. Progress
    goes to `on_line`. Raises StageFailed when it cannot be made.
    """
    root = private(places.cache / _FOLDER)
    home = home_of(lock, facts, places)
    python = home / "bin" / "python"
    if python.exists():
        return python
    sweep(root)
    async with turn(home):
        if not python.exists():
            shutil.rmtree(home, ignore_errors=True)  # its base interpreter is gone
            await _make(lock, facts, home, on_line or _unheard)
    return python


def home_of(lock: Lock, facts: KernelFacts, places: Places) -> Path:
    """Where the environment of the lock is, once it is made."""
    return places.cache / _FOLDER / _key(lock, facts)


def environments(places: Places) -> tuple[Path, ...]:
    """The environments that are made."""
    return tuple(python.parent.parent for python in places.cache.glob(f"{_FOLDER}/*/bin/python"))


def _unheard(line: str) -> None:
    """For callers who do not watch."""


def _key(lock: Lock, facts: KernelFacts) -> str:
    told = "\0".join([lock.digest, os.path.realpath(facts.base), facts.version])
    return hashlib.sha256(os.fsencode(told)).hexdigest()[:32]


async def _make(lock: Lock, facts: KernelFacts, home: Path, on_line: Callable[[str], None]) -> None:
    with part(home) as aside:
        await _fill(lock, facts, aside, on_line)
        failpoint("environment.rename.before")
        aside.rename(home)
        failpoint("environment.rename.after")


async def _fill(
    lock: Lock, facts: KernelFacts, aside: Path, on_line: Callable[[str], None]
) -> None:
    inherits = inherited(process.index_environment(), prefix=Path(facts.python).parent.parent)
    indexes = inherits.with_wheels(lock.wheels)
    uv = find_uv()
    made = await call(venv_argv(uv, aside, python=facts.base), cwd=aside.parent, indexes=indexes)
    if made.code != 0:
        raise StageFailed(
            f"no environment can be made from {facts.base}",
            remedy="check that this interpreter still works; if it moved, make the kernel's "
            "environment again",
            detail=judge(made.errors).errors,
        )
    failpoint("environment.created")
    listed = aside / "requirements.lock"
    listed.write_text(lock.text, "utf-8")
    done = await install(
        install_argv(uv, listed, python=aside / "bin" / "python", indexes=indexes),
        cwd=aside,
        indexes=indexes,
        on_line=on_line,
    )
    if done.code != 0:
        raise not_installed("the service's environment cannot be installed", judge(done.errors))


_IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception:
        pass
"""


async def warm(python: Path, modules: Sequence[str]) -> None:
    """Import `modules` in a child of that interpreter, so that their byte code exists.

    Costs time only when it was missing. What cannot be imported is passed over: the proof will
    say so, and better.
    """
    with contextlib.suppress(ModelshipError):
        await process.run([python, "-I", "-c", _IMPORT_ALL, *modules], cwd=python.parent)
