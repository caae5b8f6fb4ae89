"""The bundle's Containerfile: what a plain `docker build` makes of the bundle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath

from .containerfile import (
    Comment,
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
SECRETS = ("pip.conf", "netrc", "ca.pem")
"""What a build is given to reach a private index: pip's settings, logins, an authority."""
_TOLD = ("env", "PIP_CONFIG_FILE=/run/secrets/pip.conf", "NETRC=/run/secrets/netrc")
_WHY = (
    "requirements.lock says which packages are from another index than PyPI (`# from`). Tell pip",
    "of it, and of your login, by secrets, each of them only where you need it:",
    "  docker build --secret id=pip.conf,src=pip.conf --secret id=netrc,src=$HOME/.netrc .",
    "They are files below /run/secrets while the next step runs, and in no layer, no history and",
    "no cache (COPY and --build-arg would keep them). `id=ca.pem` is for a certificate authority",
    "of your own, which that pip.conf names by `cert = /run/secrets/ca.pem`.",
)
_UPDATE = ("apt-get", "update")
_ADD = ("apt-get", "install", "--yes", "--no-install-recommends", "--")
_ALL = "0.0.0.0"  # noqa: S104 - inside a container, whose ports are closed until published
SERVE = (
    "python", "-m", "modelship_runtime", "--host", _ALL, "--port", str(PORT),
    "--metrics-host", _ALL, "--metrics-port", str(METRICS_PORT),
)  # fmt: skip


def service_containerfile(
    base: str, paths: Iterable[str], apt: Iterable[str] = (), *, indexes: Collection[str] = ()
) -> str:
    """The Containerfile for a bundle whose files have these `paths`, on the image `base`, with
    the Debian packages `apt` upon it; `indexes` beside PyPI are reached by what secrets say.

    Dependencies are a layer below the code. The files belong to root, the service to nobody.
    """
    return emit_containerfile(_instructions(base, paths, sorted(apt), private=bool(indexes)))


def _instructions(
    base: str, paths: Iterable[str], apt: Sequence[str], *, private: bool
) -> list[Instruction]:
    parts = [PurePosixPath(path).parts for path in paths]
    files = sorted({names[0] for names in parts if len(names) == 1} - NOT_COPIED)
    folders = sorted({names[0] for names in parts if len(names) > 1} - {WHEELS})
    built = any(names[:1] == (WHEELS,) for names in parts)
    install = (*_INSTALL, "--find-links", WHEELS) if built else _INSTALL
    return [
        From(base),
        *map(Run, (_UPDATE, (*_ADD, *apt)) if apt else ()),
        Workdir(_FOLDER),
        Copy((LOCK,), "./"),
        *((Copy((f"{WHEELS}/",), f"{WHEELS}/"),) if built else ()),
        *(map(Comment, _WHY) if private else ()),
        Run((*_TOLD, *install), SECRETS) if private else Run(install),
        *(Copy((f"{folder}/",), f"{folder}/") for folder in folders),
        Copy(tuple(files), "./"),
        User(USER),
        Expose(PORT),
        Stopsignal("SIGTERM"),
        Entrypoint(SERVE),
    ]
