"""Logins of registries, read from a containers-auth.json(5): the file of podman, buildah, docker.

A login is used for the host, or the part of a host, whose entry it is, and for nothing else.
"""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_modelship.errors import StageFailed

_HUB_KEYS = ("https://index.docker.io/v1/", "index.docker.io")


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password; or an identity token, with which a registry's own service is asked."""

    user: str
    password: str = field(repr=False)
    identity: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        pair = f"{self.user}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may stand in no message."""
        return tuple(filter(None, (self.password, self.identity, self.basic.split()[1])))


def read_login(file: Path | None, host: str, repository: str) -> Login | None:
    """The login of the longest entry that fits `host/repository`; None where there is none.

    Raises StageFailed for a file that others may read, that cannot be read, or that keeps this
    host's login in another program.
    """
    if file is None:
        return None
    document = _document(file)
    entries = document.get("auths") or {}
    for key in _keys(host, repository):
        entry = entries.get(key)
        if entry:
            return _login(entry, file, key)
    if host in (document.get("credHelpers") or {}) or (document.get("credsStore") and entries):
        raise StageFailed(
            f"the login of {host} is kept by another program, not in {file}",
            remedy=f"put it into a file of its own: podman login --authfile FILE {host}",
        )
    return None


def _document(file: Path) -> Mapping[str, Any]:
    remedy = f"log in again: podman login --authfile {file} HOST"
    try:
        with file.open("rb") as opened:
            mode = stat.S_IMODE(file.stat().st_mode)
            content = opened.read(1 << 20)
        document = json.loads(content)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not JSON"
        raise StageFailed(f"the logins in {file} cannot be read: {why}", remedy=remedy) from None
    if mode & 0o077:
        raise StageFailed(
            f"the logins in {file} can be read by others (mode {mode:04o})",
            remedy=f"chmod 600 {file}",
        )
    if not isinstance(document, dict) or not isinstance(document.get("auths", {}), dict):
        raise StageFailed(f"{file} holds no logins (containers-auth.json)", remedy=remedy)
    return document


def _keys(host: str, repository: str) -> list[str]:
    """From the narrowest: host/a/b/c, host/a/b, host/a, host, and what docker wrote once."""
    parts = repository.split("/") if repository else []
    narrowing = ["/".join((host, *parts[:count])) for count in range(len(parts), -1, -1)]
    hub = _HUB_KEYS if host == "docker.io" else ()
    return [*narrowing, *hub, f"https://{host}", f"https://{host}/v1/", f"https://{host}/v2/"]


def _login(entry: Mapping[str, Any], file: Path, key: str) -> Login:
    try:
        pair = base64.b64decode(str(entry.get("auth", "")), validate=True).decode()
        user, _, password = pair.partition(":")
        return Login(user, password.rstrip("\0"), str(entry.get("identitytoken", "")))
    except (ValueError, AttributeError):
        raise StageFailed(
            f"the entry {key} of {file} cannot be read",
            remedy=f"log in again: podman login --authfile {file} {key}",
        ) from None
