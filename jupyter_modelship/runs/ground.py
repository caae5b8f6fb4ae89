"""What an image stands on: the base, what is known of it, and how registries are reached."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from jupyter_modelship.engines.bases import fetch_layers
from jupyter_modelship.engines.buildah import debian
from jupyter_modelship.engines.port import Access
from jupyter_modelship.errors import Blocked, StageFailed
from jupyter_modelship.image.libraries import BaseFacts, kept_base, read_base
from jupyter_modelship.image.needed import base_findings
from jupyter_modelship.image.platforms import platform_named, this_platform
from jupyter_modelship.image.recipe import Platform, System
from jupyter_modelship.places import Places, private
from jupyter_modelship.plan.findings import blocking
from jupyter_modelship.plan.options import Options
from jupyter_modelship.registry.reference import is_loopback, parse

CACHE = "images"


@dataclass(frozen=True, slots=True)
class Ground:
    """All that is decided before the first layer is made."""

    base: str
    """`registry/repository@sha256:…`."""
    platform: Platform
    facts: BaseFacts
    access: Access
    cache: Path
    """Shared by all jobs of this user."""
    system: System | None = None
    """Debian packages upon the base; `facts` are of both."""


async def ground(
    options: Options, python: str, places: Places, tell: Callable[[str], None]
) -> Ground:
    """The ground for a service of that minor Python. What was read of a base once is kept, and so
    is what was installed upon it; installing runs the packages' scripts.

    Raises Blocked where no wheel could run on the base, StageFailed where it cannot be read or
    nothing can be installed.
    """
    platform = platform_named(options.platform)
    access = access_for(options.base, options.repository)
    cache = private(places.cache / CACHE)
    facts = await _facts(options.base, platform, access, places, cache)
    found = base_findings(facts, python)
    if blocking(found):
        raise Blocked(found)
    made = Ground(options.base, platform, facts, access, cache)
    return await _with_packages(made, options.apt, tell) if options.apt else made


async def _with_packages(bare: Ground, names: Sequence[str], tell: Callable[[str], None]) -> Ground:
    """The ground with Debian packages upon the base."""
    if bare.platform != this_platform():
        raise StageFailed(
            f"Debian packages cannot be installed in an image for {bare.platform} here",
            remedy="make it on a machine of that platform, or name a base that has them",
        )
    try:
        system = await debian.installed(
            debian.Wanted(tuple(names), bare.base, bare.platform),
            bare.cache,
            bare.access,
            lambda progress: tell(progress.line) if progress.line else None,
        )
    except StageFailed as error:
        error.layer = debian.STEP
        raise
    with system.archive.open("rb") as file:
        more = await asyncio.to_thread(read_base, [file], bare.platform.architecture)
    libraries = {**bare.facts.libraries, **more.libraries}
    return replace(bare, system=system, facts=replace(bare.facts, libraries=libraries))


def access_for(*references: str) -> Access:
    """How the registries of these images are reached: with the logins that podman, buildah and
    docker have written, and over plain HTTP on this machine alone."""
    hosts = [parse(reference).host for reference in references if reference]
    return Access(
        auth_file=next((path for path in _auth_files() if path.is_file()), None),
        ca_file=_ca_file(),
        insecure=any(is_loopback(host) for host in hosts),
    )


def _auth_files() -> Iterator[Path]:
    """Where containers-auth.json(5) looks, in its order."""
    if named := os.environ.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime, "containers", "auth.json")
    home = Path.home()
    yield home / ".config" / "containers" / "auth.json"
    yield Path(os.environ.get("DOCKER_CONFIG", home / ".docker")) / "config.json"


def _ca_file() -> Path | None:
    named = os.environ.get("SSL_CERT_FILE")
    return Path(named) if named else None


def known_facts(base: str, platform: Platform, places: Places) -> BaseFacts | None:
    """What is known of a base that was read here before; None where it was not."""

    def unknown() -> Iterator[IO[bytes]]:
        raise _Unknown

    try:
        return kept_base(base.partition("@")[2], platform.architecture, places, unknown)
    except _Unknown:
        return None


async def _facts(
    base: str, platform: Platform, access: Access, places: Places, cache: Path
) -> BaseFacts:
    known = known_facts(base, platform, places)
    if known is not None:
        return known
    digest = base.partition("@")[2]
    with tempfile.TemporaryDirectory(dir=cache) as folder, ExitStack() as stack:
        files = await fetch_layers(base, platform, access, cache, Path(folder))
        opened = [stack.enter_context(file.open("rb")) for file in files]
        return await asyncio.to_thread(
            kept_base, digest, platform.architecture, places, lambda: opened
        )


class _Unknown(StageFailed):
    """Nothing is known of the base yet: its layers are to be read."""

    def __init__(self) -> None:
        super().__init__("the base image was not read yet")
