"""A shell where a run's image failed: in a container of what was made before, else beside it.

No value of a variable or secret of the service reaches it, and nothing of this user's environment:
what the step was given is named, so that a person can set it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.aside import remove
from jupyter_modelship.engines.buildah import inside as by_buildah
from jupyter_modelship.environment.builders import PASSED
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image.platforms import this_platform
from jupyter_modelship.image.recipe import Recipe
from jupyter_modelship.places import Places, private
from jupyter_modelship.targets.container import inside as by_podman
from jupyter_modelship.targets.container.probe import probe

from . import kept
from .ground import CACHE, access_for
from .kept import INSIDE, SHELL, Kept

_TERMINAL = ("TERM", "COLORTERM", "LANG")
"""Of the environment outside, what says how the terminal is written to."""
_OWN = ("HOME", "USER", "PATH")
_PLACES = "shells"


@dataclass(frozen=True, slots=True)
class Shell:
    """What to start, and where that is, for people."""

    argv: tuple[str, ...]
    folder: Path
    env: Mapping[str, str]
    where: str
    contained: bool = True
    """Whether it sees the image; else it runs on this machine."""
    again: bool = True
    """Whether the step that failed is there."""


@asynccontextmanager
async def shell(places: Places, run: str, found: Kept, *, terminal: bool) -> AsyncIterator[Shell]:
    """The shell for what is kept of a run; what was laid out for it is gone afterwards."""
    async with AsyncExitStack() as stack:
        inside = _in_image if found.layout else _upon_layers
        if found.recipe is None:
            yield _on_this_machine(places, run, found)
            return
        try:
            _insist_on_platform(found.recipe)
            made = await stack.enter_async_context(inside(places, run, found, terminal=terminal))
        except ModelshipError as error:
            made = _beside(found, error)
        yield made


def _insist_on_platform(recipe: Recipe) -> None:
    if recipe.platform != this_platform():
        raise ModelshipError(f"the image is for {recipe.platform}")


@asynccontextmanager
async def _in_image(
    places: Places, run: str, found: Kept, *, terminal: bool
) -> AsyncIterator[Shell]:
    """In the whole image, as the container target runs it."""
    assert found.layout is not None, "asked before"
    made = await by_podman.lay_out(await probe(places), found.layout)
    argv = made.argv(
        (f"{INSIDE}/{SHELL}",),
        folder=found.step.folder,
        shown=_shown(places, run, found),
        env=_environment(),
        terminal=terminal,
    )
    where = f"in the image, by podman ({made.podman.runtime}), read-only as in the service"
    yield Shell(argv, places.cache, made.environment, where)


@asynccontextmanager
async def _upon_layers(
    places: Places, run: str, found: Kept, *, terminal: bool
) -> AsyncIterator[Shell]:
    """In the layers that were made, which buildah puts upon each other again."""
    assert found.recipe is not None, "asked before"
    recipe = found.recipe
    root = private(private(places.cache / CACHE) / _PLACES)
    place = Path(tempfile.mkdtemp(prefix=f"{run[:8]}.", dir=root))
    made = None
    try:
        made = await by_buildah.lay_out(
            recipe,
            places.cache / CACHE,
            access_for(recipe.base),
            place,
            lambda progress: None,
        )
        argv = made.argv(
            (f"{INSIDE}/{SHELL}",),
            folder=found.step.folder if recipe.layers or found.changed else "/",
            user=found.step.user,
            shown=_shown(places, run, found),
            env=_environment(),
            shared=await asyncio.to_thread(_copied, found, place),
        )
        system = ["the Debian packages"] if recipe.system else []
        layers = ["the base", *system, *(f"the {layer.kind}" for layer in recipe.layers)]
        yield Shell(argv, place, made.environment, f"upon {' and '.join(layers)}, by buildah")
    finally:
        if made is not None:
            with contextlib.suppress(ModelshipError):
                await made.remove()
        remove(place)


def _copied(found: Kept, place: Path) -> Mapping[str, Path]:
    """What the step changes, as it was: in `place`, which is gone afterwards."""
    copies = {}
    for number, (inside, folder) in enumerate(found.changed.items()):
        copies[inside] = place / f"changed-{number}"
        shutil.copytree(folder, copies[inside], symlinks=True)
    return copies


def _on_this_machine(places: Places, run: str, found: Kept) -> Shell:
    """An ordinary shell where the step ran, in the folder that it changed."""
    step = kept.step_folder(places, run)
    search = f"{step}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    given = {name: os.environ[name] for name in (*_OWN, *PASSED) if name in os.environ}
    env = {**given, **_environment(), "PATH": search}
    folder = Path(found.step.folder)
    return Shell(_own_shell(), folder, env, f"on this machine, in {folder}", contained=False)


def _own_shell() -> tuple[str, ...]:
    return (os.environ.get("SHELL") or "/bin/sh",)


def _beside(found: Kept, error: ModelshipError) -> Shell:
    """An ordinary shell in the last folder that there is of it."""
    layers = found.recipe.layers if found.recipe else ()
    there = (*found.changed.values(), *(layer.folder for layer in reversed(layers)))
    folders = [folder for folder in there if folder.is_dir()]
    why = f"not in a container: {error.message}" + (f" ({error.remedy})" if error.remedy else "")
    env = {name: os.environ[name] for name in _OWN if name in os.environ} | _environment()
    folder = (folders or [Path.cwd()])[0]
    return Shell(_own_shell(), folder, env, why, contained=False, again=False)


def _shown(places: Places, run: str, found: Kept) -> Mapping[str, Path]:
    return {INSIDE: kept.step_folder(places, run), **found.shown}


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _TERMINAL if name in os.environ}
