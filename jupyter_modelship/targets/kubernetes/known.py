"""What this machine knows of clusters: the policy's word, and where services were made from here.

Imports nothing heavy and asks nobody: every command may ask it.
"""

from __future__ import annotations

import json
from pathlib import Path

from jupyter_modelship.places import Places, private
from jupyter_modelship.plan.cluster import Cluster
from jupyter_modelship.plan.placing import cluster_of
from jupyter_modelship.plan.policy import read_policies, system_folders

_FOLDER = "cluster"
_NAMESPACES = "namespaces.json"


def told() -> Cluster:
    """What the policies of this machine say about the cluster."""
    policies, _ = read_policies(system_folders())
    return cluster_of(policies)


def folder(places: Places) -> Path:
    """What this machine keeps about clusters: where services were made, and their tokens."""
    return private(places.state / _FOLDER)


def namespaces(places: Places, home: str) -> tuple[str, ...]:
    """Where services of this user may be: at home, and where some were made from this machine."""
    return tuple(dict.fromkeys((home, *_chosen(places))))


def in_use(places: Places) -> bool:
    """Whether a service was ever made on a cluster from here, or the policy names a cluster."""
    return (places.state / _FOLDER / _NAMESPACES).is_file() or told() != Cluster()


def remember(places: Places, namespace: str) -> None:
    """A service is made there now."""
    known = _chosen(places)
    if namespace not in known:
        path = folder(places) / _NAMESPACES
        aside = path.with_suffix(".part")
        aside.write_text(json.dumps([*known, namespace]), encoding="utf-8")
        aside.replace(path)


def _chosen(places: Places) -> tuple[str, ...]:
    try:
        found = json.loads((places.state / _FOLDER / _NAMESPACES).read_text(encoding="utf-8"))
        return tuple(str(name) for name in found)
    except (OSError, ValueError, TypeError):
        return ()
