"""What a release for a cluster is a function of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_modelship.errors import UsageError
from jupyter_modelship.plan.cluster import Egress, Route
from jupyter_modelship.plan.options import KEEP_ALIVE

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(rf"(?=.{{1,253}}\Z){LABEL.pattern}(?:\.{LABEL.pattern})*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,252}")
_PLATFORM = re.compile(r"[a-z0-9]{1,32}/[a-z0-9]{1,32}")
_IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._:/-]{0,511}(?:@sha256)?:[0-9a-f]{64}")
"""By the digest of its manifest, also where that is the tag: what was loaded from an archive has no
repository that could be asked for a digest."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process of the service took: while it was proved, and since."""

    memory: int
    """Most bytes resident at a time."""


@dataclass(frozen=True, slots=True)
class Size:
    """What was asked for one replica; 0: nobody said."""

    memory: int = 0
    """Bytes."""
    cpu: float = 0.0
    """Cores."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A revision of a service, as a cluster is to run it.

    Raises UsageError where a value could not be what it is said to be: these become names.
    """

    service: str
    """A DNS label."""
    namespace: str
    image: str
    """`registry/repository@sha256:…`, or `localhost/…:` and the same digest."""
    bundle_digest: str
    plan_digest: str
    run: str
    notebook: str
    """Path of the notebook; its digest alone is told to the cluster."""
    replicas: int = 1
    max_replicas: int = 0
    """Above `replicas`: as many as the load asks for, at most so many."""
    size: Size = field(default_factory=Size)
    measured: Measured | None = None
    most: Size = field(default_factory=Size)
    """What the administrator lets a replica have, where nobody asked for a size."""
    token: bool = True
    finish: float = 10.0
    """Seconds for open requests when a replica ends."""
    keep_alive: float = KEEP_ALIVE
    """Seconds that a connection is kept between two requests."""
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    """Names of variables; their values are in a Secret that somebody else makes."""
    source_map: bytes = b""
    host: str = ""
    """Host name of the route; empty for none."""
    route: Route | None = None
    pull_secret: str = ""
    callers: tuple[str, ...] = ()
    """Namespaces that may call the service, beside its own."""
    scrapers: tuple[str, ...] = ()
    """Namespaces that may read its metrics."""
    egress: tuple[Egress, ...] = ()
    platform: str = ""
    """Of the nodes that it may run on, `linux/arm64`; empty: whichever."""
    user_namespace: bool = False
    """Whether the cluster's nodes give a pod a user namespace of its own."""

    def __post_init__(self) -> None:
        pull = (self.pull_secret,) if self.pull_secret else ()
        for name in (self.service, self.namespace, *pull, *self.callers, *self.scrapers):
            if LABEL.fullmatch(name) is None:
                raise UsageError(f"{name!r:.80} is no name of a service or namespace")
        for name in (*self.env, *self.secrets):
            if _VARIABLE.fullmatch(name) is None:
                raise UsageError(f"{name!r:.80} is no name of a variable")
        if self.host and _HOST.fullmatch(self.host) is None:
            raise UsageError(f"{self.host!r:.80} is no host name")
        if self.platform and _PLATFORM.fullmatch(self.platform) is None:
            raise UsageError(f"{self.platform!r:.80} is no platform")
        if _IMAGE.fullmatch(self.image) is None:
            raise UsageError(f"{self.image!r:.120} is no image by digest")
