"""The packages of a lock as a plain folder for an image: the dependency layer, made outside of it.

Nothing is built and no package runs. The image may be of another platform than this machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.aside import part, sweep, turn
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.image.recipe import PACKAGES, Platform
from jupyter_modelship.model import KernelFacts, Lock
from jupyter_modelship.places import Places, private
from jupyter_modelship.stored import read_json, write_json

from .bytecode import write_bytecode
from .complete import lacking
from .indexes import inherited
from .normalise import normalise, seal, size_of
from .uv import Failure, find_uv, install, judge, not_installed, target_argv
from .wheels import Glibc, wheel_platform

_FOLDER = "trees"
_FORM = 2
"""Of what is made of a lock: another one is another tree."""
_INSIDE = "packages"
_TOLD = "tree.json"


@dataclass(frozen=True, slots=True)
class Tree:
    """What a lock's wheels hold, with byte code, as it lies in `PACKAGES` of an image."""

    folder: Path
    """Folders 0755, files 0644 or 0755, all times at `EPOCH`. Nobody may change it."""
    key: str
    """sha256 of the content, hexadecimal: the same key, the same bytes."""
    size: int
    """Bytes of all files."""
    wheels: int
    """Bytes of what the wheels brought of it: all but the byte code."""
    python: str
    """major.minor that it is for."""


async def tree(
    lock: Lock,
    facts: KernelFacts,
    places: Places,
    on_line: Callable[[str], None] | None = None,
    *,
    platform: Platform,
    glibc: Glibc,
) -> Tree:
    """The tree of exactly the lock, for an image of that platform with that C library.

    Kept under `places.cache` by all that decides its bytes; made aside and renamed into place.
    Needs no network where uv's cache has the wheels. Progress goes to `on_line`. Raises StageFailed
    where a wheel is missing, and for platforms that wheels are not made for.
    """
    words = wheel_platform(platform, glibc)
    root = private(places.cache / _FOLDER)
    home = root / _key(lock, facts, words)
    if (kept := _kept(home, lock)) is not None:
        return kept
    sweep(root)
    async with turn(home):
        if (kept := _kept(home, lock)) is None:
            shutil.rmtree(home, ignore_errors=True)
            kept = await _make(lock, facts, home, on_line or _unheard, platform, words)
    return kept


def known_tree(
    lock: Lock, facts: KernelFacts, places: Places, *, platform: Platform, glibc: Glibc
) -> Tree | None:
    """The tree where it was made before."""
    words = wheel_platform(platform, glibc)
    return _kept(places.cache / _FOLDER / _key(lock, facts, words), lock)


def _unheard(line: str) -> None:
    """For callers who do not watch."""


def _key(lock: Lock, facts: KernelFacts, platform: str) -> str:
    """Byte code is the same for one version of Python, not for all of a minor."""
    told = "\0".join([str(_FORM), lock.digest, facts.version, platform, PACKAGES])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _kept(home: Path, lock: Lock) -> Tree | None:
    told = read_json(home / _TOLD)
    if told is None:
        return None
    return Tree(home / _INSIDE, told["key"], told["size"], told["wheels"], lock.python)


async def _make(
    lock: Lock,
    facts: KernelFacts,
    home: Path,
    on_line: Callable[[str], None],
    platform: Platform,
    words: str,
) -> Tree:
    with part(home) as aside:
        aside.mkdir(mode=0o700)
        folder = aside / _INSIDE
        await _install(lock, facts, folder, on_line, words)
        failpoint("tree.installed")
        _insist_complete(folder, facts, platform)
        await asyncio.to_thread(normalise, folder)
        wheels = await asyncio.to_thread(size_of, folder)
        on_line("writing byte code")
        await write_bytecode(folder, PACKAGES, python=facts.base)
        key, size = await asyncio.to_thread(seal, folder)
        write_json(aside / _TOLD, {"key": key, "size": size, "wheels": wheels})
        failpoint("tree.rename.before")
        aside.rename(home)
        failpoint("tree.rename.after")
    return Tree(home / _INSIDE, key, size, wheels, lock.python)


async def _install(
    lock: Lock,
    facts: KernelFacts,
    folder: Path,
    on_line: Callable[[str], None],
    platform: str,
) -> None:
    inherits = inherited(process.index_environment(), prefix=Path(facts.python).parent.parent)
    indexes = inherits.with_wheels(lock.wheels)
    listed = folder.with_name("requirements.lock")
    listed.write_text(lock.text, "utf-8")
    argv = target_argv(
        find_uv(),
        listed,
        folder,
        interpreter=facts.base,
        python=lock.python,
        platform=platform,
        indexes=indexes,
    )
    done = await install(argv, cwd=folder.parent, indexes=indexes, on_line=on_line)
    if done.code != 0:
        raise _failed(judge(done.errors), lock, platform)


def _insist_complete(folder: Path, facts: KernelFacts, platform: Platform) -> None:
    lacks = lacking(folder, facts.version, platform)
    if lacks:
        told = ", ".join(f"{who} needs {name}" for who, name in lacks)
        raise StageFailed(
            f"the lock is not whole for {platform}: {told}",
            remedy=f"add `%pip install {lacks[0][1]}` to a cell of the notebook, or deploy from a "
            f"machine that is {platform}",
        )


def _failed(failure: Failure, lock: Lock, platform: str) -> StageFailed:
    if failure.reason == "no-wheel":
        return StageFailed(
            f"{failure.name} has no wheel for Python {lock.python} on {platform}",
            remedy=f"pin a version of {failure.name} that has one, or choose another platform",
            detail=failure.errors,
        )
    return not_installed(
        f"the packages for Python {lock.python} on {platform} cannot be installed", failure
    )
