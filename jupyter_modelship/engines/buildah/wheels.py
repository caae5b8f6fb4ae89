"""Build backends in a container of the base: what they compile is for that base's libraries.

The project, its tools and a folder for the result are all that the container sees of this machine,
and its network (chroot isolation has no other). What it changes elsewhere is gone with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.engines.port import Access, Tell
from jupyter_modelship.image.recipe import Config, Platform, Recipe, System
from jupyter_modelship.places import private

from .inside import lay_out

ROOT = "/build"
_SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CHANGED = ("project", "home", "out", "tmp")


@dataclass(frozen=True, slots=True)
class InContainer:
    """Builds in a container of the base with its Debian packages, by buildah."""

    base: str
    """`registry/repository@sha256:…`."""
    image: Platform
    platform: str
    """Which wheels run there, in uv's words."""
    system: System | None
    cache: Path
    access: Access
    tell: Tell
    pure: bool = False

    @property
    def key(self) -> str:
        packages = self.system.key if self.system else ""
        return "\0".join((self.base.partition("@")[2], str(self.image), packages))

    @property
    def how(self) -> str:
        return "in a container of the base image"

    @property
    def python(self) -> str:
        return "python"

    @property
    def recipe(self) -> Recipe:
        """What the container is made of."""
        return Recipe(self.base, self.image, (), Config((), ""), system=self.system)

    def root(self, place: Path) -> Path:
        return Path(ROOT)

    async def run(
        self,
        words: list[str],
        *,
        place: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None],
    ) -> process.Completed:
        container = private(place / "container")
        inside = await lay_out(self.recipe, self.cache, self.access, container, self.tell)
        try:
            return await inside.run(
                (self.python, "-s", *words),
                folder=f"{ROOT}/project",
                shared={f"{ROOT}/{name}": place / name for name in _CHANGED},
                shown={f"{ROOT}/{name}": place / name for name in ("tools", "inside_build.py")},
                env={**env, "PATH": f"{env['PATH']}:{_SEARCH}"},
                on_line=on_line,
            )
        finally:
            await inside.remove()
