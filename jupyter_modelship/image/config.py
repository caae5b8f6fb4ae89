"""The configuration of an image: the base's, with ours upon it (OCI image configuration)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_modelship.errors import StageFailed

from .manifest import checked_digest, dump
from .recipe import Config, Layer, Platform, Recipe

CREATED = "1970-01-01T00:00:00Z"
"""Of the image and of each step of ours: when it was made is in the records beside the image, so
that the same content has the same digest."""
_KEPT = ("architecture", "author", "os", "os.features", "os.version", "variant")
_MAKER = "jupyter_modelship"


class BaseConfig:
    """What the configuration of a base says."""

    def __init__(self, content: bytes, what: str) -> None:
        """Raises StageFailed, which names `what`, where it is no image's configuration."""
        try:
            document: dict[str, Any] = json.loads(content)
            self.diff_ids = tuple(checked_digest(one) for one in document["rootfs"]["diff_ids"])
            self.platform = Platform(
                os=str(document["os"]),
                architecture=str(document["architecture"]),
                variant=str(document.get("variant", "")),
            )
            self._config: dict[str, Any] = dict(document.get("config") or {})
            self._history: list[Any] = list(document.get("history") or [])
            self._kept = {name: document[name] for name in _KEPT if name in document}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise StageFailed(
                f"the configuration of {what} cannot be read",
                remedy="choose a base image in OCI format or in Docker's format, schema 2",
                detail=repr(error),
            ) from error

    def extended(self, recipe: Recipe, diff_ids: Sequence[str]) -> bytes:
        """The configuration of the recipe's image; `diff_ids` are our layers', from the bottom."""
        return dump(
            {
                **self._kept,
                "created": CREATED,
                "config": _started(self._config, recipe.config),
                "rootfs": {"type": "layers", "diff_ids": [*self.diff_ids, *diff_ids]},
                "history": [*self._history, *map(_step, recipe.upon_base)],
            }
        )


def _started(base: Mapping[str, Any], ours: Config) -> dict[str, Any]:
    """The base's settings, ours where both say something; its command is not ours to run."""
    own = {
        "Entrypoint": list(ours.entrypoint),
        "User": ours.user,
        "WorkingDir": ours.workdir,
        "Env": _environment(base.get("Env") or [], ours.env),
        "StopSignal": ours.stop_signal,
        "Labels": {**(base.get("Labels") or {}), **ours.labels},
        "ExposedPorts": {
            **(base.get("ExposedPorts") or {}),
            **{f"{port}/tcp": {} for port in ours.ports},
        },
    }
    return {name: value for name, value in {**base, "Cmd": None, **own}.items() if value}


def _environment(base: Sequence[str], ours: Mapping[str, str]) -> list[str]:
    """NAME=value in the base's order, then our new ones in the order of their names."""
    settings = dict(pair.partition("=")[::2] for pair in base)
    settings.update(sorted(ours.items()))
    return [f"{name}={value}" for name, value in settings.items()]


def _step(layer: Layer) -> dict[str, str]:
    words = f"{_MAKER}: {layer.kind} in {layer.destination}"
    return {"created": CREATED, "created_by": words}
