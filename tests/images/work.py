"""Recipes to build, and what it takes to build them as the ordinary user of the tests."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import psutil

from jupyter_modelship.aside import remove
from jupyter_modelship.engines.buildah import Buildah
from jupyter_modelship.engines.buildah.inside import unpacked
from jupyter_modelship.engines.port import Access, Engine, Image, Job, Progress, Tell
from jupyter_modelship.engines.scratch import scratch
from jupyter_modelship.image.layers import content_key
from jupyter_modelship.image.recipe import (
    ARTIFACTS,
    PACKAGES,
    SERVICE,
    Config,
    Kind,
    Layer,
    Platform,
    Recipe,
)
from tests.acting import Actor, act, start

from .users import User

if TYPE_CHECKING:
    from .conftest import Base

T = TypeVar("T")
OPEN = Access(insecure=True)


def recipe(
    base: str,
    folder: Path,
    *,
    code: str = "answer = 42\n",
    packages: dict[str, bytes] | None = None,
    artifacts: dict[str, bytes] | None = None,
) -> Recipe:
    """An image with the three layers, their folders below `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[Kind, tuple[str, dict[str, bytes]]] = {
        "dependencies": (PACKAGES, packages or PACKAGES_SMALL),
        "artifacts": (ARTIFACTS, artifacts or {"model.json": b"[1, 2]"}),
        "code": (SERVICE, {"service.py": code.encode(), "modelship_runtime/__init__.py": b""}),
    }
    layers = []
    for kind, (destination, content) in files.items():
        place = folder / kind
        for path, data in content.items():
            target = place / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        layers.append(Layer(kind, place, destination, content_key(place, destination)))
    config = Config(("python", "-m", "modelship_runtime"), "10001", ports=(8000, 9090))
    return Recipe(base, Platform(), tuple(layers), config, {"org.example.test": "yes"})


PACKAGES_SMALL = {
    "alpha/__init__.py": b"x = 1\n",
    "alpha/long/" + "n" * 90 + "/" + "m" * 60 + ".py": b"y = 2\n",
    "alpha-1.0.dist-info/METADATA": b"Name: alpha\n",
    "alpha.libs/libalpha.so": bytes(range(256)) * 40,
    "näme.txt": b"",
}
"""Names whose order depends on how paths are compared, too long for one field, not in ASCII."""


async def build(engine: Engine, recipe_: Recipe, root: Path, *, job: str = "job") -> Image:
    """The image of a recipe, built below `root` in a scratch that is gone afterwards."""
    cache = root / "cache"
    cache.mkdir(exist_ok=True)
    with scratch(root / "jobs", job) as place:
        made: Image = await engine.build(recipe_, Job(job, place, cache), OPEN, told.append)
        return made


async def laid(
    recipe_: Recipe, root: Path, *, job: str = "job", push: str = "", tell: Tell | None = None
) -> Image:
    """The image of a recipe by `buildah`, pushed to `push`, and its layers in buildah's store with
    a container upon them, as for what runs in it. Container and scratch are gone afterwards."""
    cache, engine = root / "cache", Buildah(root / "cache")
    cache.mkdir(exist_ok=True)
    heard = tell or told.append
    with scratch(root / "jobs", job) as place:
        made = await engine.build(recipe_, Job(job, place, cache), OPEN, heard)
        container = place / "container"
        container.mkdir(mode=0o700)
        inside = await unpacked(recipe_, cache, OPEN, container, heard)
        assert inside.written == made.diff_ids, "buildah has what was packed"
        if push:
            await engine.push(made, Job(job, place, cache), push, OPEN, heard, tags=("last",))
        return made


told: list[Progress] = []


def run(user: User, work: Callable[[], Awaitable[T]]) -> T:
    """What the coroutine returns when the user runs it."""
    return act(_program(work), uid=user.uid, gid=user.gid, environ=user.environment)


def begin(user: User, work: Callable[[], Awaitable[T]]) -> Actor:
    return start(_program(work), uid=user.uid, gid=user.gid, environ=user.environment)


def _program(work: Callable[[], Awaitable[T]]) -> Callable[[], T]:
    async def awaited() -> T:
        return await work()

    return lambda: asyncio.run(awaited())


def give(user: User, folder: Path) -> Path:
    """Hand a tree of ours over to the user."""
    if os.geteuid() == 0:
        for base, names, files in os.walk(folder):
            for name in (".", *names, *files):
                os.chown(Path(base, name), user.uid, user.gid, follow_symlinks=False)
    return folder


END_SECONDS = 30.0
"""In which nothing of a cancelled or killed build may be left running."""


def place(user: User, name: str) -> Path:
    root = user.home / name
    root.mkdir()
    return give(user, root)


def built(user: User, made: Recipe, root: Path) -> Image:
    """As `laid` by the user."""
    return run(user, lambda: laid(made, root))


def given(user: User, base: Base, root: Path, name: str, code: str = "answer = 42\n") -> Recipe:
    made = recipe(base.reference, root / name, code=code)
    give(user, root / name)
    return made


def left(root: Path) -> list[str]:
    """What a build that is gone has left in its folder, but for finished floors."""
    parts = [path.name for path in (root / "cache" / "floors").glob("*.part")]
    return [*parts, *(path.name for path in (root / "jobs").glob("*"))]


def alive(user: User) -> list[str]:
    found = []
    for one in psutil.process_iter(["uids", "cmdline", "status"]):
        uids = one.info["uids"]
        if uids and uids.real == user.uid and one.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(" ".join(one.info["cmdline"] or []))
    return found


def nothing_runs(user: User) -> bool:
    """Whether all that the user ran ends within the time there is."""
    deadline = time.monotonic() + END_SECONDS
    while alive(user) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(user)


def mounted(root: Path) -> list[str]:
    lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if f" {root}/" in line]


async def removed(root: Path) -> None:
    """With nothing but what an ordinary user has: no file in a store belongs to anybody else."""
    remove(root)
