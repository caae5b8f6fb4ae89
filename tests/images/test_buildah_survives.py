"""The engine `buildah`, and what it unpacks for what runs, when it is cancelled, killed, crowded
or out of disk."""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path

import psutil
import pytest

from jupyter_modelship.engines import buildah, janitor
from jupyter_modelship.engines.port import Image, Progress
from jupyter_modelship.engines.space import guarded
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.failpoints import VARIABLE
from jupyter_modelship.image.recipe import Recipe
from tests.faults.harness import all_failpoints

from . import small_disk, work
from .conftest import Base
from .registries import Registry
from .users import User


@pytest.mark.parametrize("phase", ["cold", "warm"])
def test_cancelled_it_ends_all_its_children_and_leaves_nothing(
    user: User, base: Base, warm: tuple[Path, Image], phase: str
) -> None:
    root = warm[0] if phase == "warm" else work.place(user, "cancelled")
    made = work.given(user, base, root, f"cancelled-{phase}", f"phase = {phase!r}\n")

    async def cancelled() -> float:
        task = asyncio.ensure_future(work.laid(made, root))
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


@pytest.mark.campaign
def test_cancelled_at_every_word_of_build_and_push_it_ends_all(
    user: User, base: Base, registry: Registry
) -> None:
    """On a cold cache: layers are packed, the base is fetched, floors are made, blobs sent."""
    root = work.place(user, "every-word")
    made = work.given(user, base, root, "in")
    word, whole = 1, False
    while not whole:
        name = f"{registry.host}/team/word-{word}"
        whole, seconds = work.run(user, lambda: _cancelled_at(made, root, name, word))  # noqa: B023 - it is run at once
        assert seconds < work.END_SECONDS, word
        assert work.nothing_runs(user), (word, work.alive(user))
        assert (work.left(root), work.mounted(root)) == ([], []), word
        work.run(user, lambda: work.removed(root / "cache"))
        word += 1
    assert word > 20


async def _cancelled_at(made: Recipe, root: Path, name: str, word: int) -> tuple[bool, float]:
    """Cancel when the `word`th word of it all was heard: whether both were done before, and
    how many seconds the end took."""
    heard, began = 0, 0.0
    loop = asyncio.get_running_loop()

    def tell(_: Progress) -> None:
        nonlocal heard, began
        heard += 1
        if heard == word:
            began = time.monotonic()
            loop.call_soon(task.cancel)

    task = asyncio.ensure_future(work.laid(made, root, push=name, tell=tell))
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
    return heard < word, time.monotonic() - began if began else 0.0


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
    moments = random.Random(4)
    for number in range(times):
        at = moments.uniform(0.05, 2.0 if number % 2 else 8.0)
        actor = work.begin(user, lambda: work.laid(made, root))
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


@pytest.mark.campaign
@pytest.mark.parametrize("point", all_failpoints(Path(buildah.__file__).parent))
def test_killed_at_every_named_step_the_next_build_makes_the_same_image(
    user: User, base: Base, warm: tuple[Path, Image], point: str
) -> None:
    root = work.place(user, point)
    made = work.given(user, base, root, "in")

    async def struck() -> Image:
        os.environ[VARIABLE] = f"{point}=kill"
        return await work.laid(made, root)

    with pytest.raises(EOFError):
        work.run(user, struck)
    assert work.nothing_runs(user), work.alive(user)
    assert work.mounted(root) == []
    work.run(user, lambda: _cleared(root))
    assert work.left(root) == []
    assert work.built(user, made, root) == warm[1]


def test_eight_at_once_do_not_disturb_each_other(
    user: User, base: Base, warm: tuple[Path, Image]
) -> None:
    """On a cold cache: all want the same floors at the same moment."""
    _at_once(user, base, work.place(user, "eight"), times=1)


@pytest.mark.campaign
def test_eight_at_once_many_times_over(user: User, base: Base, warm: tuple[Path, Image]) -> None:
    _at_once(user, base, work.place(user, "eight-often"), times=25)


def _at_once(user: User, base: Base, root: Path, *, times: int) -> None:
    recipes = [work.given(user, base, root, f"in-{n}", f"answer = {n}\n") for n in range(8)]
    made: list[list[Image]] = []
    for number in range(times):
        actors = [
            work.begin(user, lambda one=one: work.laid(one, root))  # type: ignore[misc]  # a lambda for each
            for one in recipes
        ]
        made.append([actor.result() for actor in actors])
        assert work.left(root) == []
        if number % 3 == 0:
            work.run(user, lambda: work.removed(root / "cache" / "floors"))
    assert len({image.digest for image in made[0]}) == 8
    assert all(images == made[0] for images in made)


@pytest.mark.parametrize("size", [64])
def test_a_full_disk_is_told_and_wedges_nothing(
    user: User, base: Base, warm: tuple[Path, Image], size: int
) -> None:
    _full(user, base, warm[1], size)


@pytest.mark.campaign
@pytest.mark.parametrize("size", range(4, 240, 4))
def test_a_disk_that_is_full_at_any_write_wedges_nothing(
    user: User, base: Base, warm: tuple[Path, Image], size: int
) -> None:
    _full(user, base, warm[1], size)


def _full(user: User, base: Base, wanted: Image, size: int) -> None:
    """A build on a disk of `size` MiB, then another once there is room."""
    root = work.place(user, f"full-{size}")

    async def tried() -> tuple[StageFailed | None, list[str], Image]:
        small_disk.apart()
        small_disk.mount(root, size)
        made = work.recipe(base.reference, root / "in")
        told = None
        try:
            await work.laid(made, root)
        except StageFailed as error:
            told = error
        left = work.left(root)
        small_disk.mount(root, 1024, again=True)
        return told, left, await work.laid(made, root)

    told, left, image = work.run(user, tried)
    if told is not None:
        assert "the disk is full" in told.message, told.detail
        assert "modelship prune" in told.remedy
    assert left == []
    assert image == wanted
    assert work.mounted(root) == []


def test_a_build_ends_before_the_disk_is_full_for_others(user: User, base: Base) -> None:
    root = work.place(user, "short")

    async def tried() -> StageFailed:
        small_disk.apart()
        small_disk.mount(root, 200)
        made = work.recipe(base.reference, root / "in")
        building = work.laid(made, root)
        with pytest.raises(StageFailed, match=r"nearly full: \d+ MiB are left") as caught:
            await guarded(building, (root,), reserve=150 << 20)
        assert work.left(root) == []
        return caught.value

    assert "another disk" in work.run(user, tried).remedy
