"""Policy: bounds that an administrator sets in the system's Jupyter folders.

It is read from there only, never from a user's home or environment: a guard rail, while security
is RBAC, quota and admission. Where several folders hold one, each of them has to allow.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import json
import re
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from jupyter_modelship.model import Finding, Source

from .catalogue import finding
from .cluster import Cluster, read_cluster
from .kinds import Number, Unfit
from .options import Options, table

FILE = "modelship-policy.json"
SCHEMA_VERSION = 1
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy file. None: it says nothing about that. An empty list allows nothing."""

    file: str
    targets: tuple[str, ...] | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    """Option name -> its greatest value."""
    require_token: bool = False
    allowed_hosts: tuple[str, ...] | None = None
    """Shell patterns, e.g. *.models.example."""
    namespaces: tuple[str, ...] | None = None
    registry: str | None = None
    """Where images may be pushed: `host[:port]`, or a part of it, `host[:port]/team`."""
    bases: tuple[str, ...] | None = None
    """Base images that services may be made upon: `registry/name[:tag]@sha256:…`."""
    apt: tuple[str, ...] | None = None
    """Shell patterns of Debian packages that may be installed upon a base."""
    sources: tuple[str, ...] | None = None
    """Shell patterns of what may be built from source, against its name and its reference
    (`git+https://…@COMMIT`, or the URL of an archive)."""
    overridable: tuple[str, ...] | None = None
    """Codes of blocking findings that a person may ship in spite of, giving a reason."""
    cluster: Cluster | None = None
    """Where services of the cluster live, who reaches them, whom they reach."""
    overlays: Mapping[str, object] = field(default_factory=dict)
    """What is laid over the objects of a release, kept as it stands."""


def system_folders() -> tuple[Path, ...]:
    """Jupyter's system-wide configuration folders, and the one of this installation."""
    return (
        Path("/etc/jupyter"),
        Path("/usr/local/etc/jupyter"),
        Path(sys.prefix) / "etc" / "jupyter",
    )


def read_policies(folders: Sequence[Path]) -> tuple[tuple[Policy, ...], tuple[Finding, ...]]:
    """The policies in `folders`; one that cannot be read is a blocking finding for everybody."""
    read = [_read(path) for path in dict.fromkeys(folder / FILE for folder in folders)]
    policies = tuple(item for item in read if isinstance(item, Policy))
    return policies, tuple(item for item in read if isinstance(item, Finding))


def _read(path: Path) -> Policy | Finding | None:
    try:
        data = _bytes(path)
        return None if data is None else parse_policy(data, str(path))
    except OSError as error:
        reason = error.strerror or str(error)
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError as error:  # json's and the codec's errors are ValueErrors too
        reason = str(error)
    return finding("policy-unreadable", f"the policy {path} cannot be read: {reason}")


def _bytes(path: Path) -> bytes | None:
    """What the file holds; None when there is none. Never waits on a pipe or a device."""
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(facts.st_mode) or facts.st_size > _LARGEST:
        raise Unfit("it is no ordinary file of at most 1 MiB")
    return path.read_bytes()


def parse_policy(data: bytes, file: str) -> Policy:
    """The policy in `data`; Unfit names the key that is wrong, and never guesses."""
    members = json.loads(data.decode("utf-8"), object_pairs_hook=_distinct)
    if not isinstance(members, dict):
        raise Unfit("it is no JSON object")
    version = members.pop("version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise Unfit(f"version must be {SCHEMA_VERSION}")
    unknown = sorted(set(members) - set(_READERS))
    if unknown:
        raise Unfit(f"there is no key {unknown[0]!r:.60}")
    values = {name: _READERS[name](name, value) for name, value in members.items()}
    return Policy(file, **values)  # type: ignore[arg-type] # each reader gives its field's type


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unfit("a key stands twice in one object")
    return members


def _names(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unfit(f"{name} must be a list of strings")
    return tuple(value)


def _targets(name: str, value: object) -> tuple[str, ...]:
    for target in _names(name, value):
        table()["target"].kind.read(target)
    return _names(name, value)


def _bases(name: str, value: object) -> tuple[str, ...]:
    """A tag can be moved to anything: what is allowed is allowed by its digest."""
    for base in _names(name, value):
        if not re.fullmatch(r"[^@\s]+@sha256:[0-9a-f]{64}", base):
            raise Unfit(f"{name} must name images as registry/name@sha256:…, and {base:.80} is not")
    return _names(name, value)


def _limits(name: str, value: object) -> Mapping[str, float]:
    limits: dict[str, float] = {}
    for option, bound in _object(name, value).items():
        kind = table()[option].kind if option in table() else None
        if not isinstance(kind, Number):
            raise Unfit(f"{name}.{option:.60} is no option with a size, a time or a count")
        try:
            limits[option] = kind.read(bound)
        except Unfit as error:
            raise Unfit(f"{name}.{option} {error}") from None
    return MappingProxyType(limits)


def _object(name: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Unfit(f"{name} must be an object")
    return MappingProxyType(value)


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise Unfit(f"{name} must be true or false")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Unfit(f"{name} must be a string")
    return value


_READERS = MappingProxyType(
    {
        "targets": _targets,
        "limits": _limits,
        "require_token": _switch,
        "allowed_hosts": _names,
        "namespaces": _names,
        "registry": _text,
        "bases": _bases,
        "apt": _names,
        "sources": _names,
        "overridable": _names,
        "cluster": read_cluster,
        "overlays": _object,
    }
)


def bounded(options: Options, policies: Sequence[Policy]) -> Options:
    """`options` with every number lowered to the bounds of `policies`."""
    lowered: dict[str, float] = {}
    for policy in policies:
        for name, bound in policy.limits.items():
            lowered[name] = min(lowered.get(name, getattr(options, name)), bound)
    return dataclasses.replace(options, **lowered)  # type: ignore[arg-type] # limits have the types of their options


def overridable(policies: Sequence[Policy]) -> frozenset[str]:
    """Codes that every policy with an opinion allows to override; none where none has one."""
    allowed = [set(policy.overridable) for policy in policies if policy.overridable is not None]
    return frozenset(set.intersection(*allowed)) if allowed else frozenset()


def source_findings(sources: Sequence[Source], policies: Sequence[Policy]) -> tuple[Finding, ...]:
    """A finding for every source that a policy does not let be built."""
    return tuple(
        finding(
            "source-refused",
            f"{one.name} {one.version} may not be built from source, {one.reference} "
            f"(policy {policy.file})",
        )
        for policy in policies
        for one in sources
        if not (_allowed(one.name, policy.sources) or _allowed(one.reference, policy.sources))
    )


def violations(options: Options, policies: Sequence[Policy]) -> tuple[Finding, ...]:
    """A finding for everything in the merged options that a policy forbids."""
    return tuple(
        finding("policy-violated", f"{says} (policy {policy.file})")
        for policy in policies
        for says in _forbidden(options, policy)
    )


def _forbidden(options: Options, policy: Policy) -> list[str]:
    says = [
        f"option {name} is {getattr(options, name):,.12g}, and at most {bound:,.12g} is allowed"
        for name, bound in policy.limits.items()
        if getattr(options, name) > bound
    ]
    copies = policy.limits.get("replicas")
    if copies is not None and options.max_replicas > copies:
        says.append(f"option max_replicas is {options.max_replicas}, above the {copies:g} replicas")
    if policy.targets is not None and options.target not in policy.targets:
        allowed = ", ".join(policy.targets) or "none"
        says.append(f"target {options.target} is not allowed; allowed: {allowed}")
    if policy.require_token and not options.token:
        says.append("option token is false, and services must ask for a token")
    if options.host and not _allowed(options.host, policy.allowed_hosts):
        says.append(f"host {options.host} is not allowed")
    if options.namespace and not _allowed(options.namespace, policy.namespaces):
        says.append(f"namespace {options.namespace} is not allowed")
    if refused := [name for name in options.apt if not _allowed(name, policy.apt)]:
        allowed = ", ".join(policy.apt or ()) or "none"
        says.append(f"Debian packages {', '.join(refused)} are not allowed; allowed: {allowed}")
    if options.repository and not _inside(options.repository, policy.registry):
        says.append(f"repository {options.repository} is not in {policy.registry}")
    return says


def _inside(repository: str, registry: str | None) -> bool:
    """Whether the repository is in that registry, or in that part of one."""
    return registry is None or repository.startswith(registry.rstrip("/") + "/")


def _allowed(value: str, patterns: Sequence[str] | None) -> bool:
    return patterns is None or any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns)
