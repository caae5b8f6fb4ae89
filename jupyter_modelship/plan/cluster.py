"""What an administrator decides about the cluster: where services live, who reaches them, whom
they reach. Read from a policy and from nowhere else."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .kinds import Unfit

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_PLACEHOLDER = "{service}"


@dataclass(frozen=True, slots=True)
class Egress:
    """An address that services may be allowed to reach, under the name by which they ask for it."""

    name: str
    cidr: str
    ports: tuple[int, ...]
    """TCP."""


@dataclass(frozen=True, slots=True)
class Route:
    """How requests from outside come in: by an Ingress of a class, or through a Gateway."""

    ingress_class: str = ""
    tls_secret: str = ""
    """Secret with the certificate of an Ingress; empty: the class has one, or there is none."""
    gateway: str = ""
    """`namespace/name` of a Gateway; then an HTTPRoute is made."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A policy's key `cluster`. Empty: nothing is said about it."""

    context: str = ""
    """Of the kubeconfig; else its current one."""
    namespace: str = ""
    """Where services are made; else the context's."""
    host: str = ""
    """Pattern of host names with `{service}` in it; without one, services have no route."""
    repository: str = ""
    """Pattern of repositories with `{service}` in it."""
    route: Route = field(default_factory=Route)
    pull_secret: str = ""
    """Secret of the namespace with the registry's login."""
    callers: tuple[str, ...] = ()
    """Namespaces whose pods may call services."""
    scrapers: tuple[str, ...] = ()
    """Namespaces whose pods may read metrics."""
    egress: Mapping[str, Egress] = field(default_factory=dict)
    user_namespaces: bool | None = None
    """Whether pods get a user namespace of their own; None: where the nodes say that they can."""

    def host_of(self, service: str) -> str:
        """The host name of that service; empty where services have no route."""
        return self.host.replace(_PLACEHOLDER, service)

    def repository_of(self, service: str) -> str:
        """Where that service's image is pushed; empty where that is not said."""
        return self.repository.replace(_PLACEHOLDER, service)


def read_cluster(name: str, value: object) -> Cluster:
    """The value of the policy's key `name`. Raises Unfit, which says what is wrong."""
    members = _object(name, value)
    unknown = sorted(set(members) - set(_READERS))
    if unknown:
        raise Unfit(f"{name} has no key {unknown[0]!r:.60}")
    read = {key: _READERS[key](f"{name}.{key}", item) for key, item in members.items()}
    cluster = Cluster(**read)  # type: ignore[arg-type] # each reader gives its field's type
    if cluster.host and not (cluster.route.ingress_class or cluster.route.gateway):
        raise Unfit(f"{name}.host needs {name}.route: an ingress_class or a gateway")
    return cluster


def _object(name: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Unfit(f"{name} must be an object")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise Unfit(f"{name} must be a string")
    return value


def _label(name: str, value: object) -> str:
    if not isinstance(value, str) or re.fullmatch(_LABEL, value) is None:
        raise Unfit(f"{name} must be a name in lower-case letters, digits and hyphens")
    return value


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise Unfit(f"{name} must be true or false")
    return value


def _labels(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Unfit(f"{name} must be a list of names")
    return tuple(_label(name, item) for item in value)


def _pattern(grammar: re.Pattern[str]) -> Callable[[str, object], str]:
    def read(name: str, value: object) -> str:
        text = _text(name, value)
        filled = text.replace(_PLACEHOLDER, "a" * 63)
        if text.count(_PLACEHOLDER) != 1 or grammar.fullmatch(filled) is None:
            raise Unfit(f"{name} must name {_PLACEHOLDER} once, in a name that stays one with it")
        return text

    return read


def _route(name: str, value: object) -> Route:
    members = {key: _text(f"{name}.{key}", item) for key, item in _object(name, value).items()}
    if set(members) not in ({"ingress_class"}, {"ingress_class", "tls_secret"}, {"gateway"}):
        raise Unfit(f"{name} must have ingress_class (and tls_secret), or gateway")
    for key, text in members.items():
        parts = text.split("/") if key == "gateway" else [text]
        if len(parts) != (2 if key == "gateway" else 1) or not all(map(_NAME.fullmatch, parts)):
            raise Unfit(f"{name}.{key} must be a name, a gateway namespace/name")
    return Route(**members)


def _egress(name: str, value: object) -> Mapping[str, Egress]:
    return MappingProxyType(
        {
            _label(name, key): _destination(f"{name}.{key:.60}", key, item)
            for key, item in _object(name, value).items()
        }
    )


def _destination(where: str, name: str, value: object) -> Egress:
    members = _object(where, value)
    if set(members) != {"cidr", "ports"}:
        raise Unfit(f"{where} must have cidr and ports")
    try:
        network = ipaddress.ip_network(_text(f"{where}.cidr", members["cidr"]))
    except ValueError as error:
        raise Unfit(f"{where}.cidr is no network: {error}") from None
    if network.is_link_local:  # node metadata and its credentials live there
        raise Unfit(f"{where}.cidr is link-local, which no service may reach")
    ports = members["ports"]
    if not isinstance(ports, list) or not ports or not all(map(_is_port, ports)):
        raise Unfit(f"{where}.ports must be a list of ports")
    return Egress(name, str(network), tuple(ports))


def _is_port(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65_536


_HOST = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)+{_LABEL}")
_REPOSITORY = re.compile(
    rf"{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+"
)
_READERS: Mapping[str, Callable[[str, object], object]] = MappingProxyType(
    {
        "context": _text,
        "namespace": _label,
        "host": _pattern(_HOST),
        "repository": _pattern(_REPOSITORY),
        "route": _route,
        "pull_secret": _label,
        "callers": _labels,
        "scrapers": _labels,
        "egress": _egress,
        "user_namespaces": _switch,
    }
)
