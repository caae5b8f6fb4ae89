"""Service, route and network policy: who reaches a service, and whom it reaches."""

from __future__ import annotations

import ipaddress
from typing import Any

from jupyter_modelship.bundle.emit_containerfile import METRICS_PORT, PORT
from jupyter_modelship.plan.cluster import Egress

from . import naming
from .document import document
from .wanted import Wanted

_NAMESPACE = "kubernetes.io/metadata.name"
_DNS = "kube-system"
_LINK_LOCAL = ipaddress.IPv4Network("169.254.0.0/16")
"""Where nodes ask for their own credentials."""


def service(wanted: Wanted) -> dict[str, Any]:
    """The address inside the cluster."""
    spec = {
        "type": "ClusterIP",
        "selector": naming.selector(wanted.service),
        "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
    }
    return document("v1", "Service", wanted, wanted.service, spec=spec)


def network_policy(wanted: Wanted) -> dict[str, Any]:
    """Nothing in and nothing out, but what is named."""
    spec = {
        "podSelector": {"matchLabels": naming.selector(wanted.service)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": _ingress(wanted),
        "egress": [_names(), *(_out(one) for one in wanted.egress)],
    }
    return document("networking.k8s.io/v1", "NetworkPolicy", wanted, wanted.service, spec=spec)


def _ingress(wanted: Wanted) -> list[dict[str, Any]]:
    callers = [{"podSelector": {}}, *map(_namespace, wanted.callers)]
    rules = [{"from": callers, "ports": [_tcp(PORT)]}]
    if wanted.scrapers:
        scrapers = [_namespace(name) for name in wanted.scrapers]
        rules.append({"from": scrapers, "ports": [_tcp(METRICS_PORT)]})
    return rules


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {_NAMESPACE: name}}}


def _names() -> dict[str, Any]:
    return {"to": [_namespace(_DNS)], "ports": [{"protocol": "UDP", "port": 53}, _tcp(53)]}


def _out(egress: Egress) -> dict[str, Any]:
    block: dict[str, Any] = {"cidr": egress.cidr}
    network = ipaddress.ip_network(egress.cidr)
    if isinstance(network, ipaddress.IPv4Network) and _LINK_LOCAL.subnet_of(network):
        block["except"] = [str(_LINK_LOCAL)]
    return {"to": [{"ipBlock": block}], "ports": [_tcp(port) for port in egress.ports]}


def _tcp(port: int) -> dict[str, Any]:
    return {"protocol": "TCP", "port": port}


def route(wanted: Wanted) -> dict[str, Any]:
    """The way in from outside: an HTTPRoute where there is a gateway, else an Ingress."""
    assert wanted.route is not None, "a host name comes with its route"
    return _http_route(wanted) if wanted.route.gateway else _ingress_object(wanted)


def _http_route(wanted: Wanted) -> dict[str, Any]:
    assert wanted.route is not None, "a host name comes with its route"
    namespace, _, name = wanted.route.gateway.partition("/")
    spec = {
        "parentRefs": [{"name": name, "namespace": namespace}],
        "hostnames": [wanted.host],
        "rules": [{"backendRefs": [{"name": wanted.service, "port": 80}]}],
    }
    version = "gateway.networking.k8s.io/v1"
    return document(version, "HTTPRoute", wanted, wanted.service, spec=spec)


def _ingress_object(wanted: Wanted) -> dict[str, Any]:
    assert wanted.route is not None, "a host name comes with its route"
    backend = {"service": {"name": wanted.service, "port": {"name": "http"}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    spec: dict[str, Any] = {
        "ingressClassName": wanted.route.ingress_class,
        "rules": [{"host": wanted.host, "http": {"paths": paths}}],
    }
    if wanted.route.tls_secret:
        spec["tls"] = [{"hosts": [wanted.host], "secretName": wanted.route.tls_secret}]
    return document("networking.k8s.io/v1", "Ingress", wanted, wanted.service, spec=spec)
