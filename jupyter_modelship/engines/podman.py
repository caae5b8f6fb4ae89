"""The engine `podman`: a build from a context of COPYs, for who has podman and nothing else.

podman runs as buildah does here (engines/buildah/tool.py): in namespaces and on a store of its
own. What it built is held against the recipe; what leaves this machine are the blobs and documents
that every engine makes of it.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.aside import part
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image.recipe import Recipe
from jupyter_modelship.storage import choose

from .buildah.floors import Floors, log
from .buildah.probing import namespaces, version
from .buildah.tool import Tool
from .by_tool import ByTool, without_percent
from .context import CONTAINERFILE, stage
from .port import Access, Image, Job, Probe, Progress, Tell
from .saved import check_saved

PROGRAM = "podman"


@dataclass(frozen=True, slots=True)
class Podman(ByTool):
    cache: Path
    """A folder like a job's cache: what is tried is tried there."""

    @property
    def name(self) -> str:
        return PROGRAM

    async def probe(self) -> Probe:
        try:
            number = await version(find())
            await namespaces()
            storage = await choose(self.cache)
        except ModelshipError as error:
            return Probe(False, "", error.message, error.remedy)
        facts = {"version": number, "storage": str(storage), "isolation": "chroot"}
        return Probe(True, f"{PROGRAM} {number}, {storage}", facts=facts)

    async def _build(self, recipe: Recipe, job: Job, access: Access, tell: Tell) -> Image:
        storage = await choose(job.cache)
        tell(Progress(f"storage: {storage}", "base", 0.0))
        floors = Floors(job.cache, find(), storage)
        floors.sweep()
        base = await floors.ground(recipe, access, tell)
        with part(job.scratch / PROGRAM) as place:
            place.mkdir(mode=0o700)
            tool = Tool(floors.program, storage, place, base.stores)
            tool.begin()
            context = await asyncio.to_thread(stage, recipe, base.image, place / "context")
            tell(Progress("", "build", 30.0))
            named = place / "image"
            await tool.call(
                *("build", "--pull=never", "--format", "oci", "--timestamp", "0"),
                *("--isolation", "chroot", "--iidfile", named),
                *("--file", context / CONTAINERFILE, context),
                on_line=log(tell, "build"),
            )
            tell(Progress("", "check", 60.0))
            saved = place / "saved.tar"
            image = named.read_text("utf-8").strip().removeprefix("sha256:")
            await tool.call("save", "--quiet", "--format", "docker-archive", "-o", saved, image)
            await asyncio.to_thread(check_saved, saved, recipe)
        made = await self.parts.build(recipe, job, access, without_percent(tell))
        tell(Progress(f"image {made.digest}", "build", 100.0))
        return made


def find() -> str:
    """Path of podman; ModelshipError where there is none."""
    found = shutil.which(PROGRAM)
    if found is None:
        raise ModelshipError(
            "podman is not installed",
            remedy="install the package `podman`, or use the engine `oci`, which needs no program",
        )
    return found
