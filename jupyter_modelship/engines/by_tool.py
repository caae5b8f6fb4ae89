"""An engine with a tool of this machine, whose images leave it as `oci` packs them.

So an image has one digest whichever tool made it, the base's layers keep their names, and a push is
as careful with a registry as `oci` is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_modelship.image.recipe import Recipe

from .causes import failed
from .oci import OciEngine
from .port import Access, Image, Job, Progress, Pushed, Tell


@dataclass(frozen=True, slots=True)
class ByTool(ABC):
    """What such engines share; each says what its tool does for an image."""

    parts: OciEngine = field(default_factory=OciEngine, init=False)

    async def lay(self, recipe: Recipe, cache: Path, access: Access, tell: Tell) -> None:
        """What the tool itself keeps is made with the first image, where it does not say more."""
        await self.parts.lay(recipe, cache, access, tell)

    async def build(self, recipe: Recipe, job: Job, access: Access, tell: Tell) -> Image:
        try:
            return await self._build(recipe, job, access, tell)
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            raise failed("the image cannot be built", f"{error.strerror}{where}") from error

    @abstractmethod
    async def _build(self, recipe: Recipe, job: Job, access: Access, tell: Tell) -> Image:
        """The recipe's image; what the tool made of it is held against the recipe."""

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
        return await self.parts.push(image, job, repository, access, tell, tags=tags)

    async def export(self, image: Image, job: Job, folder: Path) -> Path:
        return await self.parts.export(image, job, folder)


def without_percent(tell: Tell) -> Tell:
    """For work beside the work whose end is told in percent."""

    def told(progress: Progress) -> None:
        if progress.line:
            tell(Progress(progress.line, progress.step))

    return told
