"""All objects of a release, in the order in which a cluster is given them."""

from __future__ import annotations

from typing import Any

from . import naming
from .document import document
from .network import network_policy, route, service
from .wanted import Wanted
from .workload import autoscaler, budget, deployment, scales


def objects(wanted: Wanted) -> tuple[dict[str, Any], ...]:
    """What others refer to comes before them; the way in comes last."""
    return (
        _account(wanted),
        *_maps(wanted),
        network_policy(wanted),
        deployment(wanted),
        *((autoscaler(wanted),) if scales(wanted) else ()),
        *((budget(wanted),) if max(wanted.replicas, wanted.max_replicas) > 1 else ()),
        service(wanted),
        *((route(wanted),) if wanted.host else ()),
    )


def _account(wanted: Wanted) -> dict[str, Any]:
    """The service's own: nothing is granted to it, and nobody gets its token."""
    members: dict[str, object] = {"automountServiceAccountToken": False}
    if wanted.pull_secret:
        members["imagePullSecrets"] = [{"name": wanted.pull_secret}]
    return document("v1", "ServiceAccount", wanted, wanted.service, **members)


def _maps(wanted: Wanted) -> list[dict[str, Any]]:
    """Named by what is in them and never changed: an earlier revision finds its own."""
    maps = []
    if wanted.env:
        name = naming.env_map(wanted.service, wanted.env)
        maps.append(_map(wanted, name, dict(sorted(wanted.env.items()))))
    if wanted.source_map:
        name = naming.lines_map(wanted.service, wanted.source_map)
        maps.append(_map(wanted, name, {"lines.json": wanted.source_map.decode("utf-8")}))
    return maps


def _map(wanted: Wanted, name: str, data: dict[str, str]) -> dict[str, Any]:
    return document("v1", "ConfigMap", wanted, name, immutable=True, data=data)
