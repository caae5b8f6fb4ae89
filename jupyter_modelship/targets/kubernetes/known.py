"""What this machine knows of clusters: the policy's word, and where services were made from here.

Imports nothing heavy and asks nobody: every command may ask it.
"""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

from jupyter_modelship.bundle.release.wanted import Size
from jupyter_modelship.places import Places, private
from jupyter_modelship.plan.cluster import Cluster
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.placing import cluster_of
from jupyter_modelship.plan.policy import bounded, read_policies, system_folders

IN_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_FOLDER = "cluster"
_ANY = 1 << 60
_NAMESPACES = "namespaces.json"


def told() -> Cluster:
    """What the policies of this machine say about the cluster."""
    policies, _ = read_policies(system_folders())
    return cluster_of(policies)


def most() -> Size:
    """What the policies of this machine let a replica have; 0 where they do not say."""
    policies, _ = read_policies(system_folders())
    bounds = bounded(Options(memory=_ANY, cpu=float(_ANY)), policies)
    return Size(
        0 if bounds.memory == _ANY else bounds.memory, 0.0 if bounds.cpu == _ANY else bounds.cpu
    )


def kubeconfig() -> tuple[Path, ...]:
    """The files that kubectl would read, as far as they are there."""
    named = os.environ.get("KUBECONFIG")
    paths = named.split(os.pathsep) if named else [str(Path.home() / ".kube" / "config")]
    return tuple(Path(path) for path in paths if path and Path(path).is_file())


Mark = tuple[Cluster, tuple[tuple[Path, int], ...]]


def mark() -> Mark:
    """What says which cluster it is, and as whom: where it is another, so may the cluster be."""
    files = kubeconfig()
    return told(), tuple((path, path.stat().st_mtime_ns) for path in files)


def lacking() -> str:
    """Why nothing can be deployed to a cluster from here; empty where it may be tried."""
    if importlib.util.find_spec("kubernetes") is None:
        return "the client for clusters is not installed: install jupyter-modelship[kubernetes]"
    if not kubeconfig() and not (IN_POD / "token").is_file():
        return "no kubeconfig says where a cluster is"
    return ""


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
