"""The engine `buildah` when it is cancelled, killed, crowded, or out of disk."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from jupyter_modelship.engines import janitor
from jupyter_modelship.engines.buildah import Buildah
from jupyter_modelship.engines.port import Image
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import Recipe

from . import work
from .conftest import Base
from .users import User


@pytest.mark.parametrize("phase", ["cold", "warm"])
def test_cancelled_it_ends_all_its_children_and_leaves_nothing(
    user: User, base: Base, warm: tuple[Path, Image], phase: str
) -> None:
    root = warm[0] if phase == "warm" else work.place(user, "cancelled")
    made = work.given(user, base, root, f"cancelled-{phase}", f"phase = {phase!r}\n")

    async def cancelled() -> float:
        task = asyncio.ensure_future(work.build(Buildah(root / "cache"), made, root))
        while not _descendants():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert work.run(user, cancelled) < work.END_SECONDS
    assert work.nothing_runs(user), work.alive(user)
    assert work.left(root) == []
    assert work.mounted(root) == []


def _descendants() -> list[psutil.Process]:
    return list(psutil.Process().children(recursive=True))


def test_killed_at_any_moment_it_leaves_what_the_janitor_clears(
    user: User, base: Base, warm: tuple[Path, Image]
) -> None:
    _killed(user, base, warm[1], work.place(user, "killed"), times=3)


@pytest.mark.campaign
def test_killed_seventy_times_it_builds_the_same_image_afterwards(
    user: User, base: Base, warm: tuple[Path, Image]
) -> None:
    _killed(user, base, warm[1], work.place(user, "killed-often"), times=70)


def _killed(user: User, base: Base, wanted: Image, root: Path, *, times: int) -> None:
    """Kill builds, at first with cold caches, at moments up to a little after a build's end."""
    made = work.given(user, base, root, "in")
    found = Buildah(root / "cache")
    moments = random.Random(4)
    for number in range(times):
        at = moments.uniform(0.05, 2.0 if number % 2 else 8.0)
        actor = work.begin(user, lambda: work.build(found, made, root))
        time.sleep(at)
        actor.kill()
        actor.wait()
        assert work.nothing_runs(user), (at, work.alive(user))
        assert work.mounted(root) == []
        work.run(user, lambda: _cleared(root))
        assert work.left(root) == [], at
        if number % 2 == 0:
            work.run(user, lambda: work.removed(root / "cache" / "floors"))
    assert work.built(user, made, root) == wanted


async def _cleared(root: Path) -> None:
    janitor.clear(root / "jobs", root / "cache")


def test_eight_at_once_do_not_disturb_each_other(
    user: User, base: Base, warm: tuple[Path, Image]
) -> None:
    """On a cold cache: all want the same floors at the same moment."""
    _at_once(user, base, work.place(user, "eight"), times=1)


@pytest.mark.campaign
def test_eight_at_once_many_times_over(user: User, base: Base, warm: tuple[Path, Image]) -> None:
    _at_once(user, base, work.place(user, "eight-often"), times=25)


def _at_once(user: User, base: Base, root: Path, *, times: int) -> None:
    found = Buildah(root / "cache")
    recipes = [work.given(user, base, root, f"in-{n}", f"answer = {n}\n") for n in range(8)]
    made: list[list[Image]] = []
    for number in range(times):
        actors = [
            work.begin(user, lambda one=one: work.build(found, one, root))  # type: ignore[misc]  # a lambda for each
            for one in recipes
        ]
        made.append([actor.result() for actor in actors])
        assert work.left(root) == []
        if number % 3 == 0:
            work.run(user, lambda: work.removed(root / "cache" / "floors"))
    assert len({image.digest for image in made[0]}) == 8
    assert all(images == made[0] for images in made)


@contextmanager
def _disk(user: User, name: str, size: int) -> Iterator[Path]:
    """A small disk of the user's, of `size` MiB."""
    root = work.place(user, name)
    options = f"size={size}m,uid={user.uid},gid={user.gid},mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "small", root], check=True)
    try:
        yield root
    finally:
        subprocess.run(["umount", "--lazy", root], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk")
@pytest.mark.parametrize("size", [64])
def test_a_full_disk_is_told_and_wedges_nothing(
    user: User, base: Base, warm: tuple[Path, Image], size: int
) -> None:
    _full(user, base, warm[1], size)


@pytest.mark.campaign
@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk")
@pytest.mark.parametrize("size", range(4, 240, 4))
def test_a_disk_that_is_full_at_any_write_wedges_nothing(
    user: User, base: Base, warm: tuple[Path, Image], size: int
) -> None:
    _full(user, base, warm[1], size)


def _full(user: User, base: Base, wanted: Image, size: int) -> None:
    with _disk(user, f"full-{size}", size) as root:
        made = work.given(user, base, root, "in")
        told = _tried(user, made, root)
        if told is not None:
            assert "the disk is full" in told.message, told.detail
            assert "modelship prune" in told.remedy
        assert work.left(root) == []
        subprocess.run(["mount", "-o", "remount,size=1g", root], check=True)
        assert work.built(user, made, root) == wanted


def _tried(user: User, made: Recipe, root: Path) -> StageFailed | None:
    try:
        work.built(user, made, root)
    except StageFailed as error:
        return error
    return None


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk")
def test_a_build_ends_before_the_disk_is_full_for_others(user: User, base: Base) -> None:
    with _disk(user, "short", 200) as root:
        made = work.given(user, base, root, "in")
        with pytest.raises(StageFailed, match=r"nearly full: \d+ MiB are left") as caught:
            work.built(user, made, root, reserve=150 << 20)
        assert "another disk" in caught.value.remedy
        assert work.left(root) == []
