"""A recipe as what `podman build` and `docker build` take: a Containerfile of COPYs."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from jupyter_modelship.bundle.containerfile import (
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Instruction,
    Label,
    Stopsignal,
    User,
    Workdir,
    emit_containerfile,
)
from jupyter_modelship.image.layers import members
from jupyter_modelship.image.recipe import EPOCH, Layer, Recipe

CONTAINERFILE = "Containerfile"


def stage(recipe: Recipe, base: str, folder: Path) -> Path:
    """Make `folder` the context of a build on `base`, and return it.

    Layers are copied: modes and times are the image's, and those of a store are not to be changed.
    Raises StageFailed for what may not be in a layer, ModelshipError for a value that cannot stand
    in a Containerfile, OSError from the disk.
    """
    folder.mkdir()
    for layer in recipe.layers:
        _copy(layer, folder / layer.kind)
    (folder / CONTAINERFILE).write_text(emit_containerfile(instructions(recipe, base)), "utf-8")
    return folder


def instructions(recipe: Recipe, base: str) -> list[Instruction]:
    """One COPY a layer, then how it is started: what makes no layer stands last."""
    config = recipe.config
    return [
        From(base),
        *(Copy((f"{layer.kind}/",), f"{layer.destination}/") for layer in recipe.layers),
        Workdir(config.workdir),
        *(Env(key, value) for key, value in sorted(config.env.items())),
        *(Label(key, value) for key, value in sorted(config.labels.items())),
        *(Expose(port) for port in config.ports),
        User(config.user),
        Stopsignal(config.stop_signal),
        Entrypoint(config.entrypoint),
    ]


def _copy(layer: Layer, target: Path) -> None:
    inside = layer.destination.strip("/")
    target.mkdir()
    folders = [target]
    for member in members(layer):
        path = target / os.path.relpath(member.path, inside)
        if member.source is not None:
            shutil.copyfile(member.source, path, follow_symlinks=False)
            path.chmod(stat.S_IMODE(member.mode))
            os.utime(path, (EPOCH, EPOCH))
        elif member.path.startswith(f"{inside}/") and path != target:
            path.mkdir()
            folders.append(path)
    for path in reversed(folders):
        path.chmod(0o755)
        os.utime(path, (EPOCH, EPOCH))
