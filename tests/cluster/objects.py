"""What is in a test cluster from the start: DNS as a Service, and where the registry is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from .api import apply
from .place import NODE, Place

Document = Mapping[str, Any]
RBAC = "rbac.authorization.k8s.io"
DNS_PORTS = (("dns", "UDP"), ("dns-tcp", "TCP"))


def objects(place: Place) -> Iterator[tuple[str, Document]]:
    """Each with its path."""
    yield _path(f"apis/{RBAC}/v1", "clusterroles", "system:coredns"), _dns_role()
    yield _path(f"apis/{RBAC}/v1", "clusterrolebindings", "system:coredns"), _dns_binding()
    system = "namespaces/kube-system"
    yield _path("api/v1", f"{system}/services", "kube-dns"), _dns_service(place)
    slices = f"{system}/endpointslices"
    yield _path("apis/discovery.k8s.io/v1", slices, "kube-dns"), _dns_endpoints(place)
    public = "namespaces/kube-public/configmaps"
    yield _path("api/v1", public, "local-registry-hosting"), _registry(place)


def _path(group: str, kind: str, name: str) -> str:
    return f"/{group}/{kind}/{name}"


def put(place: Place, ask: httpx.Client) -> None:
    for path, document in objects(place):
        apply(ask, path, document)


def _dns_role() -> Document:
    core = {
        "apiGroups": [""],
        "resources": ["endpoints", "services", "pods", "namespaces"],
        "verbs": ["list", "watch"],
    }
    slices = {
        "apiGroups": ["discovery.k8s.io"],
        "resources": ["endpointslices"],
        "verbs": ["list", "watch"],
    }
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "system:coredns"},
        "rules": [core, slices],
    }


def _dns_binding() -> Document:
    name = "system:coredns"
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": name}],
    }


def _dns_service(place: Place) -> Document:
    """Without a selector: CoreDNS is a process of the node, no pod."""
    ports = [{"name": name, "protocol": protocol, "port": 53} for name, protocol in DNS_PORTS]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "labels": {"k8s-app": "kube-dns"}},
        "spec": {"clusterIP": place.service(10), "ports": ports},
    }


def _dns_endpoints(place: Place) -> Document:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "kube-dns", "labels": {"kubernetes.io/service-name": "kube-dns"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [place.node_address], "nodeName": NODE}],
        "ports": [{"name": name, "protocol": protocol, "port": 53} for name, protocol in DNS_PORTS],
    }


def _registry(place: Place) -> Document:
    """KEP-1755, "Communicating a local registry": YAML in a string."""
    said = {
        "host": place.registry,
        "hostFromContainerRuntime": place.registry,
        "help": "python -m tests.cluster status",
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "local-registry-hosting"},
        "data": {"localRegistryHosting.v1": json.dumps(said)},
    }
