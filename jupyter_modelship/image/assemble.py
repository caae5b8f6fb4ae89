"""From a bundle and its packages to a recipe: what ships is listed, all else stays outside."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from jupyter_modelship.bundle.emit_containerfile import (
    METRICS_PORT,
    NOT_COPIED,
    PORT,
    SERVE,
    USER,
    WHEELS,
)
from jupyter_modelship.bundle.render import ARTIFACTS as ARTIFACT_FOLDER
from jupyter_modelship.bundle.render import digest_of
from jupyter_modelship.model import Bundle

from .recipe import ARTIFACTS, PACKAGES, SERVICE, Config, Layer, Platform, Recipe, System

_FORM = 1
"""Of what is made of a bundle: another one gives other layers."""
_TITLE = "org.opencontainers.image.title"
_BASE_NAME = "org.opencontainers.image.base.name"
_BASE_DIGEST = "org.opencontainers.image.base.digest"
_BUNDLE = "modelship.bundle"
_LOCK = "modelship.lock"


def stage_code(bundle: Bundle, folder: Path) -> None:
    """Write the bundle's code into `folder`, which is made: no artifact, no file for people."""
    for path, content in _code(bundle).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def code_layer(bundle: Bundle, folder: Path, *, python: str) -> Layer:
    """The layer of what `stage_code` has written and that full version of Python has compiled."""
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in _code(bundle).items()}
    return Layer("code", folder, SERVICE, _key("code", python, digest_of(hashes)))


def artifact_layer(bundle: Bundle, stored: Path, folder: Path) -> Layer | None:
    """The layer of the artifacts of a bundle that lies in `stored`; None where it has none.

    Their bytes are shared with the store where the disk can.
    """
    if not bundle.artifacts:
        return None
    folder.mkdir(parents=True)
    for artifact in bundle.artifacts:
        target = folder / artifact.file
        target.parent.mkdir(parents=True, exist_ok=True)
        _share(stored / ARTIFACT_FOLDER / artifact.file, target)
    hashes = {artifact.file: artifact.sha256 for artifact in bundle.artifacts}
    return Layer("artifacts", folder, ARTIFACTS, _key("artifacts", digest_of(hashes)))


def packages_layer(folder: Path, key: str) -> Layer:
    """The layer of a dependency tree whose content `key` names."""
    return Layer("dependencies", folder, PACKAGES, key)


def assemble(
    layers: tuple[Layer | None, ...],
    *,
    base: str,
    platform: Platform,
    service: str,
    bundle_digest: str,
    lock_digest: str,
    system: System | None = None,
) -> Recipe:
    """The recipe of a service's image. Nothing in it says who made it, where or when."""
    name, _, digest = base.partition("@")
    told = {_BUNDLE: f"sha256:{bundle_digest}", _LOCK: f"sha256:{lock_digest}"}
    annotations = {_TITLE: service, _BASE_NAME: name, _BASE_DIGEST: digest, **told}
    return Recipe(
        base=base,
        platform=platform,
        layers=tuple(layer for layer in layers if layer is not None),
        config=Config(
            entrypoint=SERVE,
            user=USER,
            ports=(PORT, METRICS_PORT),
            labels=_sorted({_TITLE: service, **told}),
        ),
        annotations=_sorted(annotations),
        system=system,
    )


def _code(bundle: Bundle) -> dict[str, bytes]:
    """Wheels are unpacked in the layer below."""
    return {
        path: data
        for path, data in bundle.files.items()
        if path not in NOT_COPIED and not path.startswith(f"{WHEELS}/")
    }


def _key(*words: str) -> str:
    return hashlib.sha256("\0".join((str(_FORM), *words)).encode()).hexdigest()


def _share(made: Path, target: Path) -> None:
    try:
        os.link(made, target, follow_symlinks=False)
    except OSError:
        shutil.copyfile(made, target, follow_symlinks=False)


def _sorted(told: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(told.items()))
