"""What a stored bundle says of itself: the endpoints it serves, and its files as text.

Bundles are named by their digest and never change, so what was read once is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jupyter_modelship.bundle import served as read
from jupyter_modelship.bundle import store
from jupyter_modelship.bundle.served import Served
from jupyter_modelship.places import Places
from jupyter_modelship.runs.rendering import BUNDLES

RUNTIME = "modelship_runtime/"


def folder(places: Places, digest: str) -> Path:
    """Where the bundle is, if it is there."""
    return places.state / BUNDLES / digest


def served(places: Places, digest: str) -> tuple[Served, ...]:
    """The endpoints of a bundle in the order of its description; none where it is not there."""
    try:
        return _served(folder(places, digest)) if digest else ()
    except FileNotFoundError:
        return ()


def openapi(places: Places, digest: str) -> dict[str, Any] | None:
    """The bundle's OpenAPI document; None where it is not there."""
    return read.description(folder(places, digest)) if digest else None


def texts(places: Places, digest: str) -> dict[str, str]:
    """The bundle's files that people read, by path: no runtime, no artifacts, no bytes."""
    place = folder(places, digest)
    if not digest or not place.is_dir():
        return {}
    found = {}
    for path, content in store.read_back(place).items():
        if not path.startswith(RUNTIME):
            try:
                found[path] = content.decode("utf-8")
            except UnicodeDecodeError:
                continue
    return found


def source_map(places: Places, digest: str) -> Mapping[int, tuple[str, int]]:
    """Line of service.py -> cell id and line in it; empty where it is not kept."""
    return read.mapped(folder(places, f"{digest}.map.json"))


@lru_cache(maxsize=4096)
def _served(place: Path) -> tuple[Served, ...]:
    found = read.served(place, place.with_name(f"{place.name}.map.json"))
    if found is None:
        raise FileNotFoundError(place)  # not kept in the cache: it may come back
    return found
