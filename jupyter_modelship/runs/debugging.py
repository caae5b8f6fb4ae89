"""A shell where a run's image failed: in a container of what was made before, else beside it.

No value of a variable or secret of the service reaches it, and nothing of this user's environment:
what the step was given is named, so that a person can set it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.aside import remove
from jupyter_modelship.engines.buildah import inside as by_buildah
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image.platforms import this_platform
from jupyter_modelship.places import Places, private
from jupyter_modelship.targets.container import inside as by_podman
from jupyter_modelship.targets.container.probe import probe

from . import kept
from .ground import CACHE, access_for
from .kept import INSIDE, SHELL, Kept

_TERMINAL = ("TERM", "COLORTERM", "LANG")
"""Of the environment outside, what says how the terminal is written to."""
_PLACES = "shells"


@dataclass(frozen=True, slots=True)
class Shell:
    """What to start, and where that is, for people."""

    argv: tuple[str, ...]
    folder: Path
    env: Mapping[str, str]
    where: str
    contained: bool = True
    """Whether it sees the image; else it runs beside its files."""


@asynccontextmanager
async def shell(places: Places, run: str, found: Kept, *, terminal: bool) -> AsyncIterator[Shell]:
    """The shell for what is kept of a run; what was laid out for it is gone afterwards."""
    async with AsyncExitStack() as stack:
        inside = _in_image if found.layout else _upon_layers
        try:
            _insist_on_platform(found)
            made = await stack.enter_async_context(inside(places, run, found, terminal=terminal))
        except ModelshipError as error:
            made = _beside(found, error)
        yield made


def _insist_on_platform(found: Kept) -> None:
    if found.recipe.platform != this_platform():
        raise ModelshipError(f"the image is for {found.recipe.platform}")


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
    root = private(private(places.cache / CACHE) / _PLACES)
    place = Path(tempfile.mkdtemp(prefix=f"{run[:8]}.", dir=root))
    made = None
    try:
        made = await by_buildah.lay_out(
            found.recipe,
            places.cache / CACHE,
            access_for(found.recipe.base),
            place,
            lambda progress: None,
        )
        argv = made.argv(
            (f"{INSIDE}/{SHELL}",),
            folder=found.step.folder if found.recipe.layers else "/",
            user=found.step.user,
            shown=_shown(places, run, found),
            env=_environment(),
        )
        system = ["the Debian packages"] if found.recipe.system else []
        layers = ["the base", *system, *(f"the {layer.kind}" for layer in found.recipe.layers)]
        yield Shell(argv, place, made.environment, f"upon {' and '.join(layers)}, by buildah")
    finally:
        if made is not None:
            with contextlib.suppress(ModelshipError):
                await made.remove()
        remove(place)


def _beside(found: Kept, error: ModelshipError) -> Shell:
    """An ordinary shell in the last folder that there is of it."""
    folders = [layer.folder for layer in reversed(found.recipe.layers) if layer.folder.is_dir()]
    why = f"not in a container: {error.message}" + (f" ({error.remedy})" if error.remedy else "")
    home = {name: os.environ[name] for name in ("HOME", "USER", "PATH") if name in os.environ}
    argv = (os.environ.get("SHELL") or "/bin/sh",)
    env = {**home, **_environment()}
    return Shell(argv, (folders or [Path.cwd()])[0], env, why, contained=False)


def _shown(places: Places, run: str, found: Kept) -> Mapping[str, Path]:
    return {INSIDE: kept.step_folder(places, run), **found.shown}


def _environment() -> Mapping[str, str]:
    return {name: os.environ[name] for name in _TERMINAL if name in os.environ}
