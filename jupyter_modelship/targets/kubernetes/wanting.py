"""From a release of the line to what a cluster is to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from jupyter_modelship.bundle.release.wanted import Measured, Size, Wanted
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.plan.cluster import Cluster, Egress
from jupyter_modelship.plan.options import KEEP_ALIVE
from jupyter_modelship.targets.port import Release

_LARGEST_MAP = 900_000
"""Bytes that a ConfigMap holds for sure; a source map beyond it stays here."""
Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a release depends on that nobody has chosen."""

    most: Size = field(default_factory=Size)
    measured: Measured | None = None
    user_namespaces: bool = False
    why: str = ""
    """Why pods get a user namespace of their own, or none."""


def wanted(
    release: Release,
    *,
    namespace: str,
    cluster: Cluster,
    values: Mapping[str, str],
    found: Circumstances,
) -> Wanted:
    """The typed values of a release; `values` are those of the variables in option `env`."""
    options = release.options
    host = str(options.get("host") or "")
    return Wanted(
        service=release.service,
        namespace=namespace,
        image=release.image,
        bundle_digest=release.bundle_digest,
        plan_digest=release.plan_digest,
        run=release.run,
        notebook=release.notebook,
        replicas=_number(options, "replicas", 1),
        max_replicas=_number(options, "max_replicas", 0),
        size=Size(memory=_number(options, "memory", 0), cpu=_number(options, "cpu", 0.0)),
        measured=found.measured,
        most=found.most,
        user_namespace=found.user_namespaces,
        token=options.get("token", True) is not False,
        finish=_number(options, "drain", 10.0),
        keep_alive=_number(options, "keep_alive", KEEP_ALIVE),
        env=_values(release, values),
        secrets=_names(options, "secrets"),
        source_map=_lines(release),
        host=host,
        route=cluster.route if host else None,
        pull_secret=cluster.pull_secret,
        callers=cluster.callers,
        scrapers=cluster.scrapers,
        platform="/".join(str(options.get("platform") or "").split("/")[:2]),
        egress=tuple(_address(cluster, name) for name in _names(options, "egress")),
    )


def _number(options: Mapping[str, object], name: str, otherwise: Number) -> Number:
    value = options.get(name)
    return type(otherwise)(value) if isinstance(value, (int, float)) and value else otherwise


def _names(options: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = options.get(name)
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()


def _values(release: Release, values: Mapping[str, str]) -> dict[str, str]:
    names = _names(release.options, "env")
    missing = [name for name in names if name not in values]
    if missing:
        raise StageFailed(
            f"{release.service} declares {', '.join(missing)}, which has no value here",
            remedy="write NAME=value into the file that `jupyter modelship check` names",
        )
    return {name: values[name] for name in names}


def _address(cluster: Cluster, name: str) -> Egress:
    if name not in cluster.egress:
        raise StageFailed(
            f"the policy names no address {name} for option egress",
            remedy="ask who administers this machine, or remove it",
        )
    return cluster.egress[name]


def _lines(release: Release) -> bytes:
    if release.source_map is None:
        return b""
    content = release.source_map.read_bytes()
    return content if len(content) <= _LARGEST_MAP else b""
