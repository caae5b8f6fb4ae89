"""The bundle's Containerfile: what a plain `docker build` makes of the bundle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from .containerfile import (
    Copy,
    Entrypoint,
    Expose,
    From,
    Instruction,
    Run,
    Stopsignal,
    User,
    Workdir,
    emit_containerfile,
)

PORT = 8000
METRICS_PORT = 9090
LOCK = "requirements.lock"
WHEELS = "wheels"
"""Folder of what was built from source: named by the lock, on no index."""
NOT_COPIED = frozenset({"Containerfile", "README.md", LOCK})
_FOLDER = "/service"
USER = "10001"
_INSTALL = (
    "python", "-m", "pip", "install", "--no-cache-dir", "--no-deps", "--only-binary", ":all:",
    "--require-hashes", "--requirement", LOCK,
)  # fmt: skip
_UPDATE = ("apt-get", "update")
_ADD = ("apt-get", "install", "--yes", "--no-install-recommends", "--")
_ALL = "0.0.0.0"  # noqa: S104 - inside a container, whose ports are closed until published
SERVE = (
    "python", "-m", "modelship_runtime", "--host", _ALL, "--port", str(PORT),
    "--metrics-host", _ALL, "--metrics-port", str(METRICS_PORT),
)  # fmt: skip


def service_containerfile(base: str, paths: Iterable[str], apt: Iterable[str] = ()) -> str:
    """The Containerfile for a bundle whose files have these `paths`, on the image `base`, with
    the Debian packages `apt` upon it.

    Dependencies are a layer below the code. The files belong to root, the service to nobody.
    """
    return emit_containerfile(_instructions(base, paths, sorted(apt)))


def _instructions(base: str, paths: Iterable[str], apt: Sequence[str]) -> list[Instruction]:
    parts = [PurePosixPath(path).parts for path in paths]
    files = sorted({names[0] for names in parts if len(names) == 1} - NOT_COPIED)
    folders = sorted({names[0] for names in parts if len(names) > 1} - {WHEELS})
    built = any(names[:1] == (WHEELS,) for names in parts)
    return [
        From(base),
        *map(Run, (_UPDATE, (*_ADD, *apt)) if apt else ()),
        Workdir(_FOLDER),
        Copy((LOCK,), "./"),
        *((Copy((f"{WHEELS}/",), f"{WHEELS}/"),) if built else ()),
        Run((*_INSTALL, "--find-links", WHEELS) if built else _INSTALL),
        *(Copy((f"{folder}/",), f"{folder}/") for folder in folders),
        Copy(tuple(files), "./"),
        User(USER),
        Expose(PORT),
        Stopsignal("SIGTERM"),
        Entrypoint(SERVE),
    ]
