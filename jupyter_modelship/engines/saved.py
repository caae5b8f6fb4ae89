"""An image that a tool has built and saved, held against its recipe.

`podman save --format docker-archive` and `docker save` both write a tar archive with a
manifest.json that names the configuration and the layers' archives (Docker image specification
v1.2, "Combined Image JSON + Filesystem Changeset Format").
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import Recipe

from .sameness import compare

_MANIFEST = "manifest.json"


def check_saved(file: Path, recipe: Recipe) -> None:
    """Raises StageFailed where the image in `file` is not the recipe's."""
    with tarfile.open(file) as tar:
        try:
            told = json.load(_open(tar, _MANIFEST))[0]
            config = json.load(_open(tar, told["Config"]))["config"]
            layers = list(told["Layers"])[-len(recipe.layers) :]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise _differs("an archive that cannot be read", repr(error)) from error
        for name, layer in zip(layers, recipe.layers, strict=True):
            with _open(tar, name) as stream:
                compare(stream, layer, parents=False)
    wrong = {
        name: value
        for name, value in _wanted(recipe).items()
        if not _there(config.get(name), value)
    }
    if wrong:
        raise _differs("another configuration", json.dumps({"wanted": wrong, "built": config}))


def _open(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _wanted(recipe: Recipe) -> dict[str, object]:
    config = recipe.config
    return {
        "Entrypoint": list(config.entrypoint),
        "User": config.user,
        "WorkingDir": config.workdir,
        "StopSignal": config.stop_signal,
        "Env": [f"{key}={value}" for key, value in config.env.items()],
        "Labels": dict(config.labels),
        "ExposedPorts": {f"{port}/tcp": {} for port in config.ports},
    }


def _there(found: Any, wanted: object) -> bool:
    """Equal; of settings that a base has too, all of ours among them."""
    if isinstance(wanted, Mapping):
        return wanted.items() <= (found or {}).items()
    if isinstance(wanted, list) and all("=" in one for one in wanted):
        return set(wanted) <= set(found or ())
    return bool(found == wanted)


def _differs(what: str, detail: str) -> StageFailed:
    return StageFailed(
        f"the tool built {what}",
        remedy="use the engine `oci`, and report this version of the tool",
        detail=detail,
    )
