"""Which engine makes an image: the one that was named, or the first that works here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from jupyter_modelship.errors import StageFailed

from .buildah import Buildah
from .docker import Docker
from .oci import OciEngine
from .podman import Podman
from .port import Engine, Probe

AUTO = "auto"
RUNS = ("buildah", "podman")
"""Engines that put layers upon one that commands have made."""
COPYING = ("podman", "docker")
"""Engines whose tool builds from a folder of copies."""


@dataclass(frozen=True, slots=True)
class Chosen:
    engine: Engine
    probe: Probe
    passed: tuple[str, ...] = ()
    """Engines that would have come first and do not work here, with the reason."""


def engines(cache: Path) -> Mapping[str, Engine]:
    """Every engine by name, in the order in which `auto` tries them; `cache` as in `Job`."""
    found: tuple[Engine, ...] = (Buildah(cache), OciEngine(), Podman(cache), Docker())
    return MappingProxyType({engine.name: engine for engine in found})


async def choose(name: str, found: Mapping[str, Engine], *, packages: Sequence[str] = ()) -> Chosen:
    """The engine called `name` among those that are there, tried; `auto` takes the first that
    works. `packages` are Debian's, which not every engine can have beneath its layers.

    Raises StageFailed with the reasons where none does.
    """
    wanted: Sequence[str] = tuple(found) if name == AUTO else (name,)
    passed: list[str] = []
    remedy = ""
    for each in wanted:
        if each not in found:
            passed.append(f"{each}: this version has no such engine")
            continue
        if packages and each not in RUNS:
            passed.append(f"{each}: it runs no command, as the Debian package {packages[0]} needs")
            remedy = remedy or f"use the engine {' or '.join(RUNS)}, or a base that has them"
            continue
        probe = await found[each].probe()
        if probe.works:
            return Chosen(found[each], probe, tuple(passed))
        passed.append(f"{each}: {probe.reason}")
        remedy = remedy or probe.remedy
    raise StageFailed(
        f"no image can be made here: {'; '.join(passed)}",
        remedy=remedy or "choose another engine: " + ", ".join(found),
    )
