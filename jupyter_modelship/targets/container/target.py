"""The container target: services as containers of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.targets.keeping.target import KeptTarget
from jupyter_modelship.targets.port import Release, Runs, Staged, Tell, silent

from . import images
from .honours import HONOURS
from .podman import Podman
from .probe import probe


class ContainerTarget(KeptTarget):
    """Services of this user on this machine, each in a container of its own."""

    name = "container"
    runs: Runs = "layouts"
    honours: Mapping[str, str] = HONOURS

    async def probe(self) -> Podman:
        """How containers are run here, and why so. Raises ModelshipError where they cannot be."""
        return await probe(self._places)

    async def permitted(self, options: Mapping[str, object]) -> tuple[str, ...]:
        """That containers can be run here, by a trial; limits are refused before, as options."""
        found = await self.probe()
        return (f"podman {found.version}: {found.why}",)

    async def take(self, layout: Path) -> str:
        """Put the image of an OCI layout into the target's own store: `Release.image`."""
        return await images.take(await self.probe(), layout)

    async def stage(self, release: Release) -> Staged:
        if not release.image:
            raise UsageError(
                f"the release of {release.service} has no image", remedy="deploy the notebook again"
            )
        podman = await self.probe()
        if not await images.has(podman, release.image):
            raise StageFailed(
                f"the image {release.image} of service {release.service} is gone",
                remedy="deploy the notebook again: that makes it anew",
            )
        return await super().stage(release)

    async def open(
        self, staged: Staged, *, bundle: Path | None = None, tell: Tell = silent
    ) -> None:
        """The bundle is in the image: there is no other to go on from."""
        await super().open(staged, tell=tell)
