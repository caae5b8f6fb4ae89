"""A command inside a container of layers that are there: for who looks into a failed build.

It runs in the namespaces of a build (engines/buildah/tool.py), with the subordinate ids of this
user beside it: a program inside may become another user. It sees this machine's network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.engines.causes import failed
from jupyter_modelship.engines.port import Access, Tell
from jupyter_modelship.image.recipe import Recipe
from jupyter_modelship.storage import choose

from .container import CONTAINER
from .floors import Floors
from .probing import find
from .tool import APART, Tool

_MANY = (*APART[:3], "--map-auto", *APART[3:])
"""As `APART`, with all ids that the user has (subuid(5))."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A container that was laid out in `place`, which has to be empty."""

    tool: Tool

    def argv(
        self,
        words: Sequence[str],
        *,
        folder: str,
        user: str,
        shown: Mapping[str, Path],
        env: Mapping[str, str],
    ) -> tuple[str, ...]:
        """What runs `words` there; it gets the variables of the image and `env`, no others.

        `shown`: path inside -> folder of this machine, which can be read there.
        """
        volumes = [word for path, one in shown.items() for word in ("--volume", f"{one}:{path}:ro")]
        given = [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
        return (
            *(*_MANY, self.tool.program, "run", "--isolation", "chroot"),
            *("--workingdir", folder, "--user", user or "0", *volumes, *given),
            *(CONTAINER, "--", *words),
        )

    @property
    def environment(self) -> Mapping[str, str]:
        return self.tool.environment

    async def remove(self) -> None:
        """Delete all of it: files there may be of users that only these namespaces have."""
        await process.run((*_MANY, "rm", "-rf", "--", str(self.tool.place)), timeout=120.0)


async def lay_out(recipe: Recipe, cache: Path, access: Access, place: Path, tell: Tell) -> Inside:
    """A container of the recipe's layers in the empty folder `place`. Layers that are in the cache
    are taken as they are, others made. Raises ModelshipError where none can run here."""
    tried = await process.run((*_MANY, "true"), timeout=20.0)
    if tried.code != 0:
        raise failed("no container can be run here", tried.errors)
    floors = Floors(cache, find(), await choose(cache))
    floor = await floors.ground(recipe, access, tell)
    for layer in recipe.layers:
        floor = await floors.upon(floor, layer, tell)
    tool = Tool(floors.program, floors.storage, place, floor.stores)
    tool.begin()
    await tool.call("from", "--quiet", "--pull-never", "--name", CONTAINER, floor.image)
    return Inside(tool)
