"""The programs of a node, each as the words it is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .place import API_PORT, NODE, Place


@dataclass(frozen=True, slots=True)
class Part:
    """A program that runs as long as the node does."""

    name: str
    argv: tuple[str, ...]
    inside: bool = True
    """Whether in the node's network, else in this machine's."""

    @property
    def shown(self) -> str:
        """What process lists call it."""
        return Path(self.argv[0]).name


def parts(place: Place) -> tuple[Part, ...]:
    """In the order in which they are started."""
    kubernetes = (_etcd, _api, _controllers, _scheduler, _kubelet, _proxy, _dns)
    return (*_registries(place), _containerd(place), *(part(place) for part in kubernetes))


def program(place: Place, name: str) -> str:
    """One of the compiled ones."""
    return str(place.folder / "bin" / name)


def _registries(place: Place) -> tuple[Part, ...]:
    argv = ("docker-registry", "serve", str(place.settings / "registry.json"))
    return (Part("registry", argv, inside=False), Part("registry-inside", argv))


def _containerd(place: Place) -> Part:
    return Part("containerd", ("containerd", "--config", str(place.settings / "containerd.toml")))


def _etcd(place: Place) -> Part:
    """Nobody but the node's own processes is in its network; nothing here outlives a power cut."""
    flags = ("--data-dir", str(place.folder / "etcd"), "--unsafe-no-fsync", "--logger=zap")
    return Part("etcd", (program(place, "etcd"), *flags, "--log-level=warn"))


def _api(place: Place) -> Part:
    folder = place.certificates
    flags = {
        "advertise-address": place.node_address,
        "allow-privileged": "true",
        "authorization-mode": "Node,RBAC",
        "bind-address": place.node_address,
        "client-ca-file": folder / "ca.crt",
        "enable-admission-plugins": "NodeRestriction",  # beyond those that are on by default
        "etcd-servers": "http://127.0.0.1:2379",
        "kubelet-certificate-authority": folder / "ca.crt",
        "kubelet-client-certificate": folder / "apiserver-kubelet.crt",
        "kubelet-client-key": folder / "apiserver-kubelet.key",
        "kubelet-preferred-address-types": "InternalIP",
        "secure-port": API_PORT,
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": folder / "service-accounts.pub",
        "service-account-signing-key-file": folder / "service-accounts.key",
        "service-cluster-ip-range": place.services,
        "tls-cert-file": folder / "apiserver.crt",
        "tls-private-key-file": folder / "apiserver.key",
    }
    return _with(place, "kube-apiserver", flags)


def _controllers(place: Place) -> Part:
    folder = place.certificates
    flags = {
        "allocate-node-cidrs": "true",
        "bind-address": "127.0.0.1",
        "cluster-cidr": place.pods,
        "cluster-signing-cert-file": folder / "ca.crt",
        "cluster-signing-key-file": folder / "ca.key",
        "kubeconfig": place.settings / "kube-controller-manager.json",
        "leader-elect": "false",
        "root-ca-file": folder / "ca.crt",
        "service-account-private-key-file": folder / "service-accounts.key",
        "service-cluster-ip-range": place.services,
        "use-service-account-credentials": "true",
    }
    return _with(place, "kube-controller-manager", flags)


def _scheduler(place: Place) -> Part:
    flags = {
        "bind-address": "127.0.0.1",
        "kubeconfig": place.settings / "kube-scheduler.json",
        "leader-elect": "false",
    }
    return _with(place, "kube-scheduler", flags)


def _kubelet(place: Place) -> Part:
    flags = {
        "config": place.settings / "kubelet-settings.json",
        "hostname-override": NODE,
        "kubeconfig": place.settings / "kubelet.json",
        "node-ip": place.node_address,
        "root-dir": place.folder / "kubelet",
    }
    return _with(place, "kubelet", flags)


def _proxy(place: Place) -> Part:
    return _with(place, "kube-proxy", {"config": place.settings / "kube-proxy-settings.json"})


def _dns(place: Place) -> Part:
    corefile = str(place.settings / "Corefile")
    return Part("coredns", (program(place, "coredns"), "-conf", corefile))


def _with(place: Place, name: str, flags: dict[str, object]) -> Part:
    words = (f"--{flag}={value}" for flag, value in flags.items())
    return Part(name, (program(place, name), *words))
