"""An image as data, before any engine makes it: a base, layers upon it, and how it is started.

The same recipe gives the same layers with every engine. No layer runs a command, but for the one
of Debian packages that somebody asked for: that one is made beforehand, once, and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["system", "dependencies", "artifacts", "code"]
"""In this order from the bottom: what changes least lies lowest."""

SERVICE = "/service"
PACKAGES = f"{SERVICE}/packages"
ARTIFACTS = f"{SERVICE}/artifacts"
EPOCH = 0
"""Modification time of every file of ours, in seconds: the same tree, the same bytes."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What the image runs on, in Go's words (OCI image specification, image index)."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


@dataclass(frozen=True, slots=True)
class Layer:
    """A folder whose content appears at `destination`, owned by root, times at `EPOCH`.

    It holds folders and regular files only. Files are 0644, or 0755 where the owner may execute
    them; folders are 0755.
    """

    kind: Kind
    folder: Path
    destination: str
    """Absolute path in the image, without a slash at its end."""
    key: str
    """sha256 that names the content: layers with the same key have the same bytes."""


@dataclass(frozen=True, slots=True)
class DebianPackage:
    """An installed package, as dpkg tells of it."""

    name: str
    version: str
    architecture: str


@dataclass(frozen=True, slots=True)
class System:
    """Debian packages upon a base: a layer as commands have left it, in a file that stays."""

    archive: Path
    """tar, not compressed; it may hold links, owners and deletions."""
    diff_id: str
    """`sha256:…` of the archive."""
    key: str
    """By what was asked for, upon which base: made once, since to make it again gives other
    bytes."""
    packages: tuple[DebianPackage, ...]
    """What it adds to the base, or changes, by name."""

    @property
    def layer(self) -> Layer:
        return Layer("system", self.archive, "/", self.diff_id.removeprefix("sha256:"))


@dataclass(frozen=True, slots=True)
class Config:
    """How a container of the image is started (OCI image configuration)."""

    entrypoint: tuple[str, ...]
    user: str
    """Numeric, at least 10000."""
    workdir: str = SERVICE
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    stop_signal: str = "SIGTERM"
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides an image's digest."""

    base: str
    """`registry/repository@sha256:…`: never a tag."""
    platform: Platform
    layers: tuple[Layer, ...]
    """From the bottom."""
    config: Config
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Of the manifest (OCI annotations)."""
    system: System | None = None
    """Between the base and `layers`."""

    @property
    def upon_base(self) -> tuple[Layer, ...]:
        """All layers above the base, from the bottom."""
        return (*((self.system.layer,) if self.system else ()), *self.layers)
