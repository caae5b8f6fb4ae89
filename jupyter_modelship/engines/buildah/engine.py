"""The engine: a working container on the dependency image's floor, the code, a commit; no RUN.

buildah unpacks and commits each layer, and what it committed is held against what was meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from jupyter_modelship.aside import part
from jupyter_modelship.engines.by_tool import ByTool, without_percent
from jupyter_modelship.engines.causes import explain
from jupyter_modelship.engines.laying import laying
from jupyter_modelship.engines.port import Access, Image, Job, Probe, Progress, Tell
from jupyter_modelship.engines.sameness import compare_blob
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.image.layout import blob_path
from jupyter_modelship.image.recipe import Layer, Recipe
from jupyter_modelship.storage import choose

from .container import CONTAINER, add, expect, top_blob
from .floors import Floor, Floors, drop, log
from .probing import find, probe
from .tool import Tool

A = TypeVar("A")
B = TypeVar("B")
_TOP = "top"
_GONE = "image-unknown"
_BELOW = 80.0
"""Percent of a build that is done when the last layer begins."""


@dataclass(frozen=True, slots=True)
class Buildah(ByTool):
    """The engine `buildah` of this user."""

    cache: Path
    """A folder like a job's cache: what is tried is tried there."""

    @property
    def name(self) -> str:
        return "buildah"

    async def probe(self) -> Probe:
        return await probe(self.cache)

    async def lay(self, recipe: Recipe, cache: Path, access: Access, tell: Tell) -> None:
        floors = await _floors(cache, tell)
        await _both(
            self.parts.lay(recipe, cache, access, tell),
            _upon(floors, recipe.layers, recipe, access, tell),
        )

    async def _build(self, recipe: Recipe, job: Job, access: Access, tell: Tell) -> Image:
        """The blobs and buildah's layers are made side by side: neither needs the other."""
        floors = await _floors(job.cache, tell)
        image, _ = await _both(
            self.parts.build(recipe, job, access, without_percent(tell)),
            _lay(floors, recipe, job, access, tell),
        )
        tell(Progress(f"image {image.digest}", recipe.layers[-1].kind, 100.0))
        return image


async def _floors(cache: Path, tell: Tell) -> Floors:
    storage = await choose(cache)
    tell(Progress(f"storage: {storage}", "base", 0.0))
    floors = Floors(cache, find(), storage)
    floors.sweep()
    return floors


async def _both(one: Awaitable[A], other: Awaitable[B]) -> tuple[A, B]:
    """What both give; where one fails, or the wait is cancelled, both have ended."""
    tasks = asyncio.ensure_future(one), asyncio.ensure_future(other)
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _lay(floors: Floors, recipe: Recipe, job: Job, access: Access, tell: Tell) -> None:
    """Every layer of the recipe, committed by buildah and found to be what was meant."""
    floor = await _below(floors, recipe, access, tell)
    try:
        await _top(floors, floor, recipe, job, tell)
    except StageFailed as error:
        if (known := explain(error.detail)) is None or known.code != _GONE:
            raise
        tell(Progress("a layer below is broken: it is made again", "base"))
        drop(floor)
        floor = await _below(floors, recipe, access, tell)
        await _top(floors, floor, recipe, job, tell)


async def _below(floors: Floors, recipe: Recipe, access: Access, tell: Tell) -> Floor:
    """What the last layer stands on."""
    return await _upon(floors, recipe.layers[:-1], recipe, access, tell)


async def _upon(
    floors: Floors, layers: Sequence[Layer], recipe: Recipe, access: Access, tell: Tell
) -> Floor:
    """The floor of the last of the first `layers` of a recipe."""
    floor = await floors.ground(recipe, access, tell)
    for number, layer in enumerate(layers, 1):
        tell(Progress("", layer.kind, _BELOW * number / len(recipe.layers)))
        floor = await floors.upon(floor, layer, tell)
    return floor


async def _top(floors: Floors, floor: Floor, recipe: Recipe, job: Job, tell: Tell) -> None:
    """The last layer: committed straight into a layout, since nothing will stand on it."""
    layer = recipe.layers[-1]
    tell(Progress("", layer.kind, _BELOW))
    with laying(layer), part(job.scratch / _TOP) as place:
        place.mkdir(mode=0o700)
        tool = Tool(floors.program, floors.storage, place, floor.stores)
        tool.begin()
        await tool.call("from", "--quiet", "--pull-never", "--name", CONTAINER, floor.image)
        archive = await add(tool, layer, on_line=log(tell, layer.kind))
        failpoint("buildah.top.added")
        layout = place / "committed"
        expect(layout, floor.written)
        await tool.call(
            *("commit", "--disable-compression", "--format", "oci", "--timestamp", "0"),
            *("--omit-history", CONTAINER, f"oci:{layout}"),
            on_line=log(tell, layer.kind),
        )
        if not blob_path(layout, archive).exists():
            await asyncio.to_thread(compare_blob, top_blob(layout), layer)
    failpoint("buildah.top.committed")
