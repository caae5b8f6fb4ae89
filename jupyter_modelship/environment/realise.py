"""The service's own virtual environment, made from the lock and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.model import KernelFacts, Lock
from jupyter_modelship.places import Places, private

from .indexes import inherited
from .uv import call, find_uv, install, install_argv, judge, venv_argv

_FOLDER = "environments"
_PART = ".part"
_LOCK = ".lock"
_TURN_SECONDS = 0.05


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
    _sweep(root)
    async with _turn(root / (home.name + _LOCK)):
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


@contextlib.asynccontextmanager
async def _turn(path: Path) -> AsyncIterator[None]:
    """Hold the file lock; waiting can be cancelled. The file stays: removing it would race."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _locked(descriptor):
            await asyncio.sleep(_TURN_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sweep(root: Path) -> None:
    """Remove what makers that are gone left half-made: nobody holds the lock of those."""
    for part in root.glob(f"*{_PART}"):
        name = part.name.partition(".")[0]
        descriptor = os.open(root / (name + _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if _locked(descriptor):
                shutil.rmtree(part, ignore_errors=True)
        finally:
            os.close(descriptor)


async def _make(lock: Lock, facts: KernelFacts, home: Path, on_line: Callable[[str], None]) -> None:
    part = home.with_name(f"{home.name}.{secrets.token_hex(4)}{_PART}")
    try:
        await _fill(lock, facts, part, on_line)
        failpoint("environment.rename.before")
        part.rename(home)
        failpoint("environment.rename.after")
    finally:
        shutil.rmtree(part, ignore_errors=True)


async def _fill(lock: Lock, facts: KernelFacts, part: Path, on_line: Callable[[str], None]) -> None:
    indexes = inherited(process.environment(), prefix=Path(facts.python).parent.parent)
    uv = find_uv()
    made = await call(venv_argv(uv, part, python=facts.base), cwd=part.parent, indexes=indexes)
    if made.code != 0:
        raise StageFailed(
            f"no environment can be made from {facts.base}",
            remedy="check that this interpreter still works; if it moved, make the kernel's "
            "environment again",
            detail=judge(made.errors).errors,
        )
    failpoint("environment.created")
    listed = part / "requirements.lock"
    listed.write_text(lock.text, "utf-8")
    done = await install(
        install_argv(uv, listed, python=part / "bin" / "python", indexes=indexes),
        cwd=part,
        indexes=indexes,
        on_line=on_line,
    )
    if done.code != 0:
        raise StageFailed(
            "the service's environment cannot be installed",
            remedy="run again when the package index can be reached; if a hash does not match, "
            "make the lock again",
            detail=judge(done.errors).errors,
        )


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
