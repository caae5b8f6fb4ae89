"""Names of images in registries (OCI distribution specification, "Pulling manifests")."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from jupyter_modelship.errors import UsageError

_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?")
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HUB, _HUB_API = "docker.io", "registry-1.docker.io"
"""Docker Hub's images have the name of one host and are served by another."""


@dataclass(frozen=True, slots=True)
class Reference:
    host: str
    """As people write it: `host[:port]`."""
    repository: str
    tag: str = ""
    digest: str = ""
    """`sha256:…`; it decides where there is a tag too."""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.host}/{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


def parse(text: str) -> Reference:
    """`host[:port]/path[:tag][@sha256:…]`; UsageError for everything else.

    The host is never guessed: a name without one means another image on each machine.
    """
    rest, at, digest = text.partition("@")
    host, slash, path = rest.partition("/")
    repository, colon, tag = path.partition(":")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        raise _wrong(text, "it does not begin with a registry's host")
    if host == _HUB and "/" not in repository:
        repository = f"library/{repository}"
    if not _HOST.fullmatch(host) or not _REPOSITORY.fullmatch(repository) or len(repository) > 255:
        raise _wrong(text, "host or path have characters that may not be there")
    if (colon and not _TAG.fullmatch(tag)) or (at and not _DIGEST.fullmatch(digest)):
        raise _wrong(text, "its tag or its digest is not well formed")
    return Reference(host, repository, tag, digest)


def _wrong(text: str, why: str) -> UsageError:
    return UsageError(
        f"{ascii(text)[1:-1][:200]} names no image: {why}",
        remedy="write host[:port]/path, with :tag or @sha256:… behind it",
    )


def api_host(host: str) -> str:
    """Where the registry of that name answers."""
    return _HUB_API if host == _HUB else host


def is_loopback(host: str) -> bool:
    """Whether `host[:port]` is this machine, by its name alone: no resolver is asked."""
    name = host.rpartition(":")[0] if re.search(r":[0-9]+$", host) else host
    name = name.strip("[]")
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
