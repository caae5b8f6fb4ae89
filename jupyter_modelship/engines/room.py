"""Whether an image fits on the disks here: an estimate from sizes that are known before any work.

It errs on the side of less room needed: the watch in `space` ends a build that needs more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.weighing import told

from .space import RESERVE, free_bytes

UNPACKED = 3.0
"""A layer's files over its gzip: 2.4 to 3.2 for Python's slim images."""
PACKED = 0.4
"""The other way round, for wheels, whose libraries compress worse than texts."""
BYTECODE = 1.25
"""Packages with their byte code over what the wheels hold of them."""
UNKNOWN_PACKAGE = 5_000_000
"""Bytes for a package whose size nobody here knows."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Bytes of what an image is made of, and what of it lies in the caches already."""

    base: int
    """Compressed, as its registry has it."""
    packages: int
    """Installed, without byte code."""
    own: int
    """Artifacts and code, as far as they are known."""
    base_kept: bool = False
    packages_kept: bool = False
    base_runs: bool = False
    """Something runs in a container of the base, whose files lie in a store then."""
    copied: bool = False
    """The engine's tool is given all of it as files, and keeps what it made of them."""


def cache_need(parts: Parts) -> int:
    """Bytes that a build takes in the cache, its scratch included: packages as a tree and packed,
    all layers once more in the image that is handed over, and files where something needs them."""
    unpacked = (parts.base_runs or parts.copied) and not parts.base_kept
    base = parts.base * (1 + UNPACKED * unpacked)
    packages = PACKED if parts.packages_kept else 1 + 2 * PACKED
    packages += 2 * parts.copied
    return int(base + parts.packages * BYTECODE * packages + parts.own * 3)


def state_need(parts: Parts) -> int:
    """Bytes that a target takes which keeps images here: all layers as files."""
    base = 0 if parts.base_kept else parts.base * UNPACKED
    packages = 0 if parts.packages_kept else parts.packages * BYTECODE
    return int(base + packages + parts.own * 2)


def insist(needs: Mapping[Path, int], *, reserve: int = RESERVE) -> tuple[str, ...]:
    """What each disk has to take, in words. Folders of one disk share what is free there.

    Raises StageFailed where one has less than that and `reserve` bytes free.
    """
    disks: dict[int, list[Path]] = {}
    for folder in needs:
        disks.setdefault(folder.stat().st_dev, []).append(folder)
    lines = []
    for folders in disks.values():
        wanted, free = sum(needs[folder] for folder in folders), free_bytes(folders[0])
        named = " and ".join(map(str, folders))
        lines.append(f"disk of {named}: about {told(wanted)} wanted, {told(free)} free")
        if free < wanted + reserve:
            raise _short(named, wanted + reserve, free, {f: needs[f] for f in folders}, reserve)
    return tuple(lines)


def _short(
    named: str, wanted: int, free: int, needs: Mapping[Path, int], reserve: int
) -> StageFailed:
    rows = [f"{folder}: {told(need)}" for folder, need in needs.items()]
    return StageFailed(
        f"an image may take {told(wanted)} on the disk of {named}, and {told(free)} are free",
        remedy=f"free {told(wanted - free)} there (`jupyter modelship prune --cache` removes what "
        "is cached), or set MODELSHIP_HOME to a folder on another disk, then run it again",
        detail="\n".join([*rows, f"left to others: {told(reserve)}"]),
    )
