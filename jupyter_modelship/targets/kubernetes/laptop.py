"""Clusters that run on one's own machine: which one is it, and where is its registry? Pure.

What the nodes say of themselves decides, since a context can be called anything; and all nodes have
to say the same. What is not recognised is a real cluster. Each sign names the source that makes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from jupyter_modelship.errors import ModelshipError, UsageError
from jupyter_modelship.registry.reference import is_loopback, parse

from .kinds import Object

Brand = Literal["kind", "minikube", "microk8s", "k3d", "docker-desktop"]
HOSTING = "local-registry-hosting"
HOSTING_NAMESPACE = "kube-public"
"""KEP-1755, "Communicating a local registry"."""
ADDON, ADDON_NAMESPACE = "registry", "container-registry"
"""The Service of MicroK8s' addon `registry`."""
_HOSTING_KEY = "localRegistryHosting.v1"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_K3D_NODE = re.compile(r"k3d-(?P<name>.+)-(?:server|agent)-[0-9]+")
_K3D_ADDED = re.compile(r"k3d-.+-[0-9]+")
_RUNTIMES = ("docker", "podman", "nerdctl")
_DESKTOP = "docker-desktop"


@dataclass(frozen=True, slots=True)
class Laptop:
    """A cluster of this machine, and what its own tool calls it."""

    brand: Brand
    name: str
    runtime: str = ""
    """Of kind: what its nodes are containers of, `docker`, `podman` or `nerdctl`."""
    nodes: int = 1

    def __str__(self) -> str:
        return self.brand if self.name == self.brand else f"{self.brand} {self.name}"


_ADDED = Laptop("k3d", "")
"""What a node says that was added to a cluster of k3d: not which."""


@dataclass(frozen=True, slots=True)
class Hosting:
    """A registry beside the cluster."""

    host: str
    """`host[:port]` as this machine calls it: a loopback."""
    nodes: str = ""
    """As the nodes' container runtime calls it; empty where it is the same."""


def recognised(context: str, nodes: Sequence[Object]) -> Laptop | None:
    """The cluster with these nodes, if it is one that people run on their own machine."""
    found = {_said_by(context, node) for node in nodes}
    named = found - {_ADDED}
    laptop = named.pop() if len(named) == 1 else None
    if laptop is None or (_ADDED in found and laptop.brand != "k3d"):
        return None
    return replace(laptop, nodes=len(nodes))


def _said_by(context: str, node: Object) -> Laptop | None:
    for brand, name_in in _SIGNS.items():
        name = name_in(context, node)
        if name and _NAME.fullmatch(name):
            return Laptop(brand, name, _runtime(node) if brand == "kind" else "")
    return _ADDED if _added_to_k3d(node) else None


def _kind(_: str, node: Object) -> str:
    """`kind://RUNTIME/CLUSTER/NODE`. So are the nodes of a Docker Desktop that makes its cluster by
    kind: to the program `kind` that cluster is called `desktop`.

    https://github.com/kubernetes-sigs/kind/blob/main/pkg/cluster/internal/kubeadm/config.go
    https://github.com/docker/desktop-feedback/issues/190
    """
    provider = _provider(node).removeprefix("kind://")
    parts = provider.split("/")
    return parts[1] if provider != _provider(node) and len(parts) == 3 else ""


def _runtime(node: Object) -> str:
    runtime = _provider(node).removeprefix("kind://").split("/")[0]
    return runtime if runtime in _RUNTIMES else ""


def _minikube(_: str, node: Object) -> str:
    """Each node has its profile's name as a label.

    https://github.com/kubernetes/minikube/blob/master/pkg/minikube/bootstrapper/kubeadm/kubeadm.go
    """
    return str(_labels(node).get("minikube.k8s.io/name") or "")


def _microk8s(_: str, node: Object) -> str:
    """A label of the kubelet's own arguments, on nodes that have joined as well.

    https://github.com/canonical/microk8s/blob/master/microk8s-resources/default-args/kubelet
    """
    return "microk8s" if _labels(node).get("microk8s.io/cluster") == "true" else ""


def _k3d(_: str, node: Object) -> str:
    """k3s as any other, in a node that k3d has named: `k3d-CLUSTER-ROLE-NUMBER`.

    https://github.com/k3d-io/k3d/blob/main/pkg/client/cluster.go (GenerateNodeName)
    """
    named = _K3D_NODE.fullmatch(_node_name(node))
    return named["name"] if named and _is_k3s(node) else ""


def _added_to_k3d(node: Object) -> bool:
    """`k3d node create NAME` calls it `k3d-NAME-NUMBER`: another node has to say of which cluster.

    https://github.com/k3d-io/k3d/blob/main/cmd/node/nodeCreate.go
    """
    return bool(_K3D_ADDED.fullmatch(_node_name(node)) and _is_k3s(node))


def _is_k3s(node: Object) -> bool:
    return _provider(node) == f"k3s://{_node_name(node)}"


def _docker_desktop(context: str, node: Object) -> str:
    """Made by kubeadm, it has nothing but names: both have to be there."""
    return _DESKTOP if _node_name(node) == context == _DESKTOP else ""


_SIGNS: Mapping[Brand, Callable[[str, Object], str]] = MappingProxyType(
    {
        "kind": _kind,
        "minikube": _minikube,
        "microk8s": _microk8s,
        "k3d": _k3d,
        "docker-desktop": _docker_desktop,
    }
)


def hosting(config_map: Object) -> Hosting:
    """What the ConfigMap says. Raises UsageError for what is not to be followed: an image is
    pushed without encryption there, so it has to be on this machine."""
    import yaml  # comes with the client for clusters, and nobody else needs it

    where = f"the ConfigMap {HOSTING} in {HOSTING_NAMESPACE}"
    try:
        said: Any = yaml.safe_load(config_map["data"][_HOSTING_KEY])
        found = Hosting(_host(said["host"]), _host(said.get("hostFromContainerRuntime") or ""))
    except (KeyError, TypeError, AttributeError, ModelshipError, yaml.YAMLError) as error:
        raise UsageError(
            f"{where} cannot be read: {error}", remedy="put it right, or name a --repository"
        ) from error
    if not is_loopback(found.host):
        raise UsageError(
            f"{where} names the registry {found.host}, which is not on this machine",
            remedy="name a repository of it with --repository, if that is what you want",
        )
    return Hosting(found.host, "" if found.nodes == found.host else found.nodes)


def addon(service: Object) -> Hosting | None:
    """The registry of MicroK8s' addon; None where its Service has no port of the node.

    It is pushed to by number: `localhost` may mean IPv6, where the addon does not listen.
    """
    ports = [each.get("nodePort") for each in service["spec"].get("ports") or ()]
    return Hosting(f"127.0.0.1:{ports[0]}", f"localhost:{ports[0]}") if any(ports[:1]) else None


def _host(value: object) -> str:
    text = str(value)
    if text and parse(f"{text}/any").repository != "any":
        raise UsageError(f"{text!r:.80} is no host and port")
    return text


def _provider(node: Object) -> str:
    return str(node["spec"].get("providerID") or "")


def _labels(node: Object) -> Mapping[str, str]:
    return node["metadata"].get("labels") or {}


def _node_name(node: Object) -> str:
    return str(node["metadata"]["name"])
