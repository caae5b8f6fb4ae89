"""The engine `podman`: a build from a context of COPYs, for who has podman and nothing else.

podman runs as buildah does here (engines/buildah/tool.py): in namespaces and on a store of its
own. What it built is held against the recipe; what leaves this machine are the blobs and documents
that every engine makes of it.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_modelship.aside import part
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image.recipe import Recipe
from jupyter_modelship.storage import choose

from .buildah.engine import without_percent
from .buildah.floors import Floors, log
from .buildah.probing import namespaces, version
from .buildah.tool import Tool
from .causes import failed
from .context import CONTAINERFILE, stage
from .oci import OciEngine
from .port import Access, Image, Job, Probe, Progress, Pushed, Tell
from .saved import check_saved
from .space import RESERVE, guarded

PROGRAM = "podman"


@dataclass(frozen=True, slots=True)
class Podman:
    cache: Path
    """A folder like a job's cache: what is tried is tried there."""
    reserve: int = RESERVE
    """Bytes to leave free on the disk during a build; 0: use it up."""
    _parts: OciEngine = field(default_factory=OciEngine, init=False)

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

    async def build(self, recipe: Recipe, job: Job, access: Access, tell: Tell) -> Image:
        work = self._build(recipe, job, access, tell)
        try:
            return await guarded(work, (job.scratch, job.cache), reserve=self.reserve)
        except OSError as error:
            raise failed("the image cannot be built", f"{error.strerror}") from error

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
        made = await self._parts.build(recipe, job, access, without_percent(tell))
        tell(Progress(f"image {made.digest}", "build", 100.0))
        return made

    async def push(
        self,
        image: Image,
        job: Job,
        repository: str,
        access: Access,
        tell: Tell,
        *,
        tags: tuple[str, ...] = (),
    ) -> Pushed:
        return await self._parts.push(image, job, repository, access, tell, tags=tags)

    async def export(self, image: Image, job: Job, folder: Path) -> Path:
        return await self._parts.export(image, job, folder)


def find() -> str:
    """Path of podman; ModelshipError where there is none."""
    found = shutil.which(PROGRAM)
    if found is None:
        raise ModelshipError(
            "podman is not installed",
            remedy="install the package `podman`, or use the engine `oci`, which needs no program",
        )
    return found
