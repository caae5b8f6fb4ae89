"""Floors: immutable stores that images stand on, one for a base and one for each layer above it.

A floor is named by all that decides its content: base digest, platform, and the keys of the layers
up to it. It is made aside and renamed into place, so it is whole or not there, however many builds
want it at once; nobody writes to it afterwards, each build reads it as an additional image store
(containers-storage.conf(5)). A floor holds its own layer alone and stands on the ones below.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.aside import part, remove, sweep, turn
from jupyter_modelship.engines.laying import laying
from jupyter_modelship.engines.port import Access, Progress, Tell
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.image.recipe import Layer, Recipe
from jupyter_modelship.places import private
from jupyter_modelship.storage import Storage

from . import fetching
from .container import diff_ids
from .stacked import write_layout
from .tool import STORE, Tool

_FORM = "2"
"""Of what a floor is: another one is another floor."""
_FOLDER = "floors"
_TOLD = "floor.json"


@dataclass(frozen=True, slots=True)
class Floor:
    key: str
    image: str
    """The image's id in the store."""
    stores: tuple[Path, ...]
    """Its own store, then those below it."""
    written: tuple[str, ...]
    """`sha256:…` of each layer's archive as it is in the stores, the base's first."""


@dataclass(frozen=True, slots=True)
class Floors:
    """The floors of this user in `cache`, for one kind of storage."""

    cache: Path
    program: str
    storage: Storage

    @property
    def root(self) -> Path:
        return private(folder(self.cache))

    def sweep(self) -> None:
        """Remove what makers that are gone have left half-made."""
        sweep(self.root)

    async def ground(self, recipe: Recipe, access: Access, tell: Tell) -> Floor:
        """The floor of the recipe's base, with its Debian packages where it has some."""
        digest = recipe.base.partition("@")[2]

        async def make(place: Path) -> tuple[str, tuple[str, ...]]:
            tool = self._tool(place, ())
            layout = place / "tmp" / "base"
            await fetching.fetch(recipe, self.cache, access, layout, tell)
            failpoint("buildah.base.fetched")
            image = await tool.call("pull", "--quiet", f"oci:{layout}", on_line=log(tell, "base"))
            return image, await diff_ids(tool, image)

        key = _key(_FORM, self.storage.kind, digest, str(recipe.platform))
        base = await self._floor(key, (), make, tell, "base")
        return await self.upon(base, recipe.system.layer, tell) if recipe.system else base

    async def upon(self, below: Floor, layer: Layer, tell: Tell) -> Floor:
        """The floor of a layer upon another floor: buildah unpacks the layer's archive once, and
        insists on its digest."""

        async def make(place: Path) -> tuple[str, tuple[str, ...]]:
            tool = self._tool(place, below.stores)
            written = await diff_ids(tool, below.image)  # and whether it is there
            layout = place / "tmp" / layer.kind
            archive = await asyncio.to_thread(write_layout, layout, layer, written)
            failpoint("buildah.floor.added")
            image = await tool.call(
                "pull", "--quiet", f"oci:{layout}", on_line=log(tell, layer.kind)
            )
            return image, (*written, archive)

        key = _key(below.key, layer.key, layer.destination)
        with laying(layer):
            return await self._floor(key, below.stores, make, tell, layer.kind)

    async def _floor(
        self,
        key: str,
        below: tuple[Path, ...],
        make: Callable[[Path], Awaitable[tuple[str, tuple[str, ...]]]],
        tell: Tell,
        step: str,
    ) -> Floor:
        home = self.root / key
        if (found := _read(home, below)) is not None:
            tell(Progress(f"{step}: as before", step))
            return found
        async with _announced_turn(home, tell, step):
            if (found := _read(home, below)) is None:
                await self._make(home, make)
                found = _read(home, below)
        assert found is not None, "it was made"
        return found

    async def _make(
        self, home: Path, make: Callable[[Path], Awaitable[tuple[str, tuple[str, ...]]]]
    ) -> None:
        remove(home)
        with part(home) as aside:
            aside.mkdir(mode=0o700)
            image, written = await make(aside)
            await asyncio.to_thread(_finish, aside, image, written)
            failpoint("buildah.floor.rename.before")
            aside.rename(home)
            failpoint("buildah.floor.rename.after")

    def _tool(self, place: Path, below: tuple[Path, ...]) -> Tool:
        tool = Tool(self.program, self.storage, place, below)
        tool.begin()
        return tool


def folder(cache: Path) -> Path:
    """Where the floors of a cache lie."""
    return cache / _FOLDER


def drop(floor: Floor) -> None:
    """Forget the floors of a chain that turned out to be broken; they are made anew."""
    for store in floor.stores:
        home = store.parent
        gone = home.with_name(f"{home.name}.broken.part")
        remove(gone)
        if home.exists():
            home.rename(gone)
            remove(gone)


def _key(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]


def _finish(place: Path, image: str, written: tuple[str, ...]) -> None:
    """Keep the store and what was told of it, and close it against writing."""
    for path in place.iterdir():
        if path.name == STORE:
            continue
        if path.is_dir():
            remove(path)
        else:
            path.unlink()
    with (place / _TOLD).open("x", encoding="utf-8") as file:
        json.dump({"image": image, "written": written}, file)
        file.flush()
        os.fsync(file.fileno())
    store = place / STORE
    for each in (*(path for path in store.iterdir() if path.is_dir()), store):
        each.chmod(0o500)


def _read(home: Path, below: tuple[Path, ...]) -> Floor | None:
    try:
        told = json.loads((home / _TOLD).read_text("utf-8"))
        return Floor(home.name, told["image"], (home / STORE, *below), tuple(told["written"]))
    except (OSError, ValueError, KeyError):
        return None


@asynccontextmanager
async def _announced_turn(home: Path, tell: Tell, step: str) -> AsyncIterator[None]:
    """The turn; who waits for another build's work hears of it."""
    waiting = asyncio.get_running_loop().call_later(
        1.0, tell, Progress(f"{step}: another build is making it", step)
    )
    try:
        async with turn(home):
            waiting.cancel()
            yield
    finally:
        waiting.cancel()


def log(tell: Tell, step: str) -> Callable[[str], None]:
    """What hears the lines of a tool during a step."""
    return lambda line: tell(Progress(line, step))
