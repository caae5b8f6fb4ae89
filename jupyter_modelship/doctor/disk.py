"""Where state and caches lie, and whether there is room."""

from __future__ import annotations

import shutil

from jupyter_modelship.doctor import Answer
from jupyter_modelship.places import HOME_VARIABLE, Places
from jupyter_modelship.runs.disks import is_network

NEEDED = 2_000_000_000
"""Bytes: an environment with scikit-learn takes 0.3 GB, its packages' cache as much."""


async def disk(places: Places) -> list[Answer]:
    """Room for environments; a journal on a local disk."""
    free = shutil.disk_usage(places.cache).free
    room = free >= NEEDED
    slow = is_network(places.state)
    return [
        Answer(
            "disk",
            "ok" if room else "warn",
            f"{free / 1e9:.0f} GB free in {places.cache}",
            "" if room else "jupyter modelship prune --cache frees what can be made again",
        ),
        Answer(
            "state",
            "warn" if slow else "ok",
            f"{shutil.disk_usage(places.state).free / 1e9:.0f} GB free in {places.state}"
            + (", which is on a network file system" if slow else ""),
            f"set {HOME_VARIABLE} to a folder on a local disk" if slow else "",
        ),
    ]
