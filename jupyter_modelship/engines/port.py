"""What every engine promises, and the frozen types that pass through it.

probe                 read only: can it work here, with what, and why so
lay                   what many images stand upon, made before the first of them is built
build -> push         an image of a recipe, then in a registry under its digest
export                an image as an OCI layout, for a target that needs no registry
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from jupyter_modelship.image.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Probe:
    """What an engine finds on this machine."""

    works: bool
    how: str
    """What it uses and why, e.g. `overlay (the kernel allows it to users)`; for people."""
    reason: str = ""
    """Why it does not work."""
    remedy: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    """`version`, `storage`, `isolation`, … for the doctor."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A line of a build's or push's log, and where it stands."""

    line: str = ""
    step: str = ""
    percent: float | None = None
    """0 to 100 of the stage; None: unknown."""


Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Job:
    """The place of one build: nobody else uses it, and deleting it leaves nothing behind."""

    id: str
    """A run's id, or another name that is safe in a path."""
    scratch: Path
    """An empty folder on local disk, mode 0700."""
    cache: Path
    """A folder shared by all jobs of this user: dependency layers, renamed into place."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image that an engine has made and still holds in its job's scratch."""

    digest: str
    """`sha256:…` of the manifest, as it is pushed."""
    config_digest: str
    """`sha256:…` of the configuration."""
    diff_ids: tuple[str, ...]
    """`sha256:…` of each layer's tar, from the bottom, the base's first."""
    size: int
    """Bytes of all compressed layers."""
    added: int
    """Bytes of the compressed layers above the base."""
    handle: str
    """What the engine calls it; opaque to others."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a registry is reached. Credentials live in the file, never in an argument or a log."""

    auth_file: Path | None = None
    """containers-auth.json(5), mode 0600; credentials are used for the host they belong to."""
    ca_file: Path | None = None
    insecure: bool = False
    """Plain HTTP: for loopback only."""


@dataclass(frozen=True, slots=True)
class Pushed:
    reference: str
    """`registry/repository@sha256:…`, read back from the registry."""
    sent: int
    """Bytes that were sent; what the registry had already is not among them."""
    tags: tuple[str, ...] = ()


class Engine(Protocol):
    """Makes images. Every method raises ModelshipError with a remedy; a cancelled one ends its
    children within 5 s and leaves nothing outside of the job's scratch."""

    @property
    def name(self) -> str: ...

    async def probe(self) -> Probe:
        """Whether it works here, tried and not guessed; changes nothing."""
        ...

    async def lay(self, recipe: Recipe, cache: Path, access: Access, tell: Tell) -> None:
        """Make what the recipe's base and layers take, and keep it in `cache` (as in `Job`): a
        build whose layers begin with these has less to do. None of them may be code."""
        ...

    async def build(self, recipe: Recipe, job: Job, access: Access, tell: Tell) -> Image:
        """The image of the recipe; the base is read from its registry through `access`."""
        ...

    async def push(
        self,
        image: Image,
        job: Job,
        repository: str,
        access: Access,
        tell: Tell,
        *,
        tags: tuple[str, ...] = (),
    ) -> Pushed:
        """Bring the image to `repository` (`host[:port]/path`): by digest, read back, tags last."""
        ...

    async def export(self, image: Image, job: Job, folder: Path) -> Path:
        """The image as an OCI layout in `folder`, which must not exist yet."""
        ...
