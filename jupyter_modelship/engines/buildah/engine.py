"""The engine `buildah`: an image is packed as `oci` packs it, and buildah runs what has to run.

A layer of wheels, artifacts or code is an archive that is known to the byte before any tool sees
it: to unpack it, and the base with it, is work for who runs something in it. That is a container
(inside.py) for Debian packages, for a wheel that is built from source, for a look into a failed
build; what it stands on is unpacked when the first of them asks, and kept (floors.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.engines.by_tool import ByTool
from jupyter_modelship.engines.port import Access, Image, Job, Probe, Tell
from jupyter_modelship.image.recipe import Recipe

from .probing import probe


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

    async def _build(self, recipe: Recipe, job: Job, access: Access, tell: Tell) -> Image:
        return await self.parts.build(recipe, job, access, tell)
