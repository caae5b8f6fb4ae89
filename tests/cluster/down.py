"""Takes a cluster down, whatever is left of it: killed in part, killed as a whole, half up."""

from __future__ import annotations

import shutil

from . import groups, network, node
from .place import Place


def down(place: Place) -> None:
    """Processes, interface, control groups, files, in this order; nothing there is fine."""
    there = node.found(place)
    if there is not None:
        there.end()
    network.disconnect(place)
    groups.remove(place)
    if place.folder.exists():
        shutil.rmtree(place.folder)
    _forget_parent(place)


def _forget_parent(place: Place) -> None:
    """The folder of all clusters, when this was the last."""
    parent = place.folder.parent
    if parent.is_dir() and not any(parent.iterdir()):
        parent.rmdir()
