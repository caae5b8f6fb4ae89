"""A command inside a container of layers that are there: to install Debian packages, to build a
wheel, to look into a failed build.

It runs in the namespaces of a build (engines/buildah/tool.py), with the subordinate ids of this
user beside it: a program inside may become another user. It sees this machine's network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from jupyter_modelship import process
from jupyter_modelship.aside import remove
from jupyter_modelship.engines.assembly import room
from jupyter_modelship.engines.causes import explain, failed
from jupyter_modelship.engines.port import Access, Progress, Tell
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.image.recipe import Recipe
from jupyter_modelship.storage import choose

from .container import CONTAINER, expect, top_blob
from .floors import Floor, Floors, drop
from .probing import find
from .tool import APART, CALL_SECONDS, Tool

_MANY = (*APART[:3], "--map-auto", *APART[3:])
"""As `APART`, with all ids that the user has (subuid(5))."""
_GONE = "image-unknown"
"""What buildah says of an image whose store lost it, by `explain`."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A container that was laid out in `place`, which has to be empty."""

    tool: Tool
    written: tuple[str, ...] = ()
    """`sha256:…` of the archives of the layers that it stands on."""

    async def run(
        self,
        words: Sequence[str],
        *,
        folder: str = "/",
        shared: Mapping[str, Path] = MappingProxyType({}),
        shown: Mapping[str, Path] = MappingProxyType({}),
        env: Mapping[str, str] = MappingProxyType({}),
        on_line: Callable[[str], None] | None = None,
    ) -> process.Completed:
        """Run `words` there as root; `shared` are folders that it may change."""
        return await process.run(
            self.argv(words, folder=folder, user="", shown=shown, shared=shared, env=env),
            cwd=self.tool.place,
            env=self.environment,
            timeout=CALL_SECONDS,
            on_line=on_line,
            grace=0.0,
        )

    async def commit(self, layout: Path, *, on_line: Callable[[str], None] | None = None) -> Path:
        """The archive of what was changed there, in a layout that is made; owners are kept."""
        expect(layout, self.written)
        words = (
            *("commit", "--disable-compression", "--format", "oci", "--timestamp", "0"),
            *("--omit-history", CONTAINER, f"oci:{layout}"),
        )
        done = await process.run(
            (*_MANY, self.tool.program, *words),
            cwd=self.tool.place,
            env=self.environment,
            timeout=CALL_SECONDS,
            on_line=on_line,
            grace=0.0,
        )
        if done.code != 0:
            raise failed("buildah commit did not work", done.errors)
        return top_blob(layout)

    def argv(
        self,
        words: Sequence[str],
        *,
        folder: str,
        user: str,
        shown: Mapping[str, Path],
        env: Mapping[str, str],
        shared: Mapping[str, Path] = MappingProxyType({}),
    ) -> tuple[str, ...]:
        """What runs `words` there; it gets the variables of the image and `env`, no others.

        `shown`: path inside -> folder of this machine, which can be read there; `shared` can be
        changed there.
        """
        volumes = [word for path, one in shown.items() for word in ("--volume", f"{one}:{path}:ro")]
        volumes += [word for path, one in shared.items() for word in ("--volume", f"{one}:{path}")]
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
    return await unpacked(recipe, cache, access, place, tell)


async def unpacked(recipe: Recipe, cache: Path, access: Access, place: Path, tell: Tell) -> Inside:
    """The same where nothing will run, for which one user id is enough: all that is in `place`
    afterwards is this user's."""
    with room(place, cache):
        return await _unpacked(recipe, cache, access, place, tell)


async def _unpacked(recipe: Recipe, cache: Path, access: Access, place: Path, tell: Tell) -> Inside:
    storage = await choose(cache)
    tell(Progress(f"storage: {storage}", "base", 0.0))
    floors = Floors(cache, find(), storage)
    floors.sweep()
    floor = await _floor(floors, recipe, access, tell)
    try:
        return await _upon(floors, floor, place)
    except StageFailed as error:
        if (known := explain(error.detail)) is None or known.code != _GONE:
            raise
    tell(Progress("a layer below is broken: it is made again", "base"))
    drop(floor)
    _empty(place)
    return await _upon(floors, await _floor(floors, recipe, access, tell), place)


async def _floor(floors: Floors, recipe: Recipe, access: Access, tell: Tell) -> Floor:
    """The floor of the recipe's last layer."""
    floor = await floors.ground(recipe, access, tell)
    for number, layer in enumerate(recipe.layers, 1):
        tell(Progress("", layer.kind, 100.0 * number / (len(recipe.layers) + 1)))
        floor = await floors.upon(floor, layer, tell)
    return floor


async def _upon(floors: Floors, floor: Floor, place: Path) -> Inside:
    tool = Tool(floors.program, floors.storage, place, floor.stores)
    tool.begin()
    await tool.call("from", "--quiet", "--pull-never", "--name", CONTAINER, floor.image)
    failpoint("buildah.container.made")
    return Inside(tool, floor.written)


def _empty(place: Path) -> None:
    for path in place.iterdir():
        if path.is_dir():
            remove(path)
        else:
            path.unlink()
