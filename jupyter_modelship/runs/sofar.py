"""How far an image, or a wheel for it, had come when its run failed, and which step failed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from jupyter_modelship.bundle.emit_containerfile import SERVE, USER
from jupyter_modelship.engines.buildah import debian
from jupyter_modelship.engines.buildah.wheels import InContainer
from jupyter_modelship.environment import Unbuilt
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.image.platforms import platform_named
from jupyter_modelship.image.recipe import PACKAGES, SERVICE, Config, Layer, Recipe
from jupyter_modelship.plan.options import Options
from jupyter_modelship.steps import Step

from . import kept
from .context import RunContext
from .ground import Ground
from .kept import Kept

LAYER = "/modelship-layer"
"""Where the shell inside finds the files of a layer that could not be made."""
_LOAD = """\
import ctypes, sys
lacks = 0
for path in sys.argv[1:]:
    try:
        ctypes.CDLL(path)
    except OSError as error:
        lacks += 1
        print(error)
sys.exit(lacks > 0)
"""


class SoFar:
    """Of one run's image. Nothing is kept before `at` or `laying`, nor after `nowhere`."""

    def __init__(self, context: RunContext, scratch: Path) -> None:
        self._context = context
        self._scratch = scratch
        self._recipe: Recipe | None = None
        self._step: Step | None = None

    def at(self, step: Step, recipe: Recipe) -> None:
        """The step is tried next, upon all layers of the recipe."""
        self._step, self._recipe = step, recipe

    def laying(self, recipe: Recipe) -> None:
        """Its layers are made next, one after the other."""
        self._step, self._recipe = None, recipe

    def nowhere(self) -> None:
        """What fails next leaves nothing to look into."""
        self._step = self._recipe = None

    def keep(self, error: ModelshipError) -> None:
        """Keep what there is, where the error is of a step that can be tried again."""
        recipe, step = self._recipe, self._step
        if recipe is None or error.stage not in ("build", "prove"):
            return
        shown: dict[str, Path] = {}
        if step is None:
            layer = _failed(recipe.layers, error)
            if layer is None:
                return
            step, shown = unpacking(layer), {LAYER: layer.folder}
            recipe = replace(recipe, layers=recipe.layers[: recipe.layers.index(layer)])
        layout = self._scratch / "layout"
        found = Kept(
            service=self._context.run.service,
            stage=error.stage,
            recipe=recipe,
            step=step,
            layout=layout if error.stage == "prove" and layout.is_dir() else None,
            shown=shown,
        )
        kept.keep(self._context.places, self._context.run.id, found, scratch=self._scratch)


@contextmanager
def kept_if_failed(context: RunContext, scratch: Path) -> Iterator[SoFar]:
    """What a failure leaves is kept for `debug`; a success removes what earlier ones left."""
    far = SoFar(context, scratch)
    try:
        yield far
    except ModelshipError as error:
        with contextlib.suppress(OSError):  # a full disk: the failure itself is what counts
            far.keep(error)
        raise
    kept.forget(context.places, context.run.service)


@contextmanager
def installing(context: RunContext, options: Options) -> Iterator[None]:
    """Debian packages that could not be installed are kept as a step upon the bare base."""
    try:
        yield
    except StageFailed as error:
        if error.layer == debian.STEP:
            wanted = debian.Wanted(options.apt, options.base, platform_named(options.platform))
            found = Kept(context.run.service, "rehearse", wanted.recipe, _installing(options))
            with contextlib.suppress(OSError):
                nowhere = context.places.cache / "nothing"
                kept.keep(context.places, context.run.id, found, scratch=nowhere)
        raise


def unbuilt(context: RunContext, failed: Unbuilt) -> None:
    """A build from source that failed is kept with its folder, which is a step in a container of
    the base and its Debian packages; on this machine in that folder itself, as is the step before
    it, which brings what the build needs."""
    recipe, root = None, kept.folder(context.places) / context.run.id / failed.place.name
    if isinstance(failed.builder, InContainer) and failed.tools is None:
        recipe, root = failed.builder.recipe, failed.builder.root(failed.place)
    service, changed = context.run.service, {str(root): failed.place}
    found = Kept(service, "rehearse", recipe, failed.step(root), changed=changed)
    with contextlib.suppress(OSError):
        kept.keep(context.places, context.run.id, found, scratch=failed.place.parent)


def _installing(options: Options) -> Step:
    """Proxies may hold a password: they are named where there are any."""
    apt = "apt-get -o APT::Sandbox::User=root --quiet"
    install = f'{apt} update && exec {apt} install --yes --no-install-recommends -- "$@"'
    names = tuple(name for name in ("http_proxy", "https_proxy") if os.environ.get(name))
    argv = ("sh", "-c", install, "sh", *options.apt)
    return Step("install the Debian packages", argv, names=names)


def upon(ground: Ground, *layers: Layer) -> Recipe:
    """Layers upon the base, before there is a recipe."""
    return Recipe(ground.base, ground.platform, layers, Config(SERVE, USER), system=ground.system)


def loading(paths: Sequence[str]) -> Step:
    """Load compiled files of the packages, as the service would; `paths` as in the tree."""
    files = tuple(f"{PACKAGES}/{path}" for path in paths)
    what = "load the packages' compiled files"
    return Step(what, ("python", "-c", _LOAD, *files), SERVICE)


def unpacking(layer: Layer) -> Step:
    """Put the files of a layer where they belong."""
    what = f"put the {layer.kind} into {layer.destination}"
    argv = ("cp", "--recursive", "--no-target-directory", LAYER, layer.destination)
    return Step(what, argv)


def serving(options: Options) -> Step:
    """Start the service, as the proof does."""
    names = tuple(sorted({*options.env, *options.secrets}))
    return Step("start the service", SERVE, SERVICE, names, USER)


def _failed(layers: Sequence[Layer], error: ModelshipError) -> Layer | None:
    kind = error.layer if isinstance(error, StageFailed) else ""
    return next((one for one in layers if one.kind == kind), None)
