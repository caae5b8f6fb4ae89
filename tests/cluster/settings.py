"""What the programs of the node are told in files: documents as data, and one TOML by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .place import DOMAIN, NODE, Place

Document = Mapping[str, Any]
PAUSE = "modelship.invalid/pause:catatonit"
RUNTIME_MANAGER = "kubelet.config.k8s.io/v1beta1"
PROXY = "kubeproxy.config.k8s.io/v1alpha1"


def kubeconfig(place: Place, user: str) -> Document:
    """How the holder of that certificate reaches the API server; complete in one file, so that it
    can be copied elsewhere."""
    folder = place.certificates
    cluster = {"server": place.api, "certificate-authority-data": _data(folder / "ca.crt")}
    client = {
        "client-certificate-data": _data(folder / f"{user}.crt"),
        "client-key-data": _data(folder / f"{user}.key"),
    }
    context = {"cluster": place.name, "user": user, "namespace": "default"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": place.name,
        "contexts": [{"name": place.name, "context": context}],
        "clusters": [{"name": place.name, "cluster": cluster}],
        "users": [{"name": user, "user": client}],
    }


def _data(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def kubelet(place: Place) -> Document:
    """KubeletConfiguration; version 1 of control groups is taken where the machine has no other."""
    folder = place.certificates
    return {
        "kind": "KubeletConfiguration",
        "apiVersion": RUNTIME_MANAGER,
        "address": place.node_address,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(folder / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(folder / "kubelet.crt"),
        "tlsPrivateKeyFile": str(folder / "kubelet.key"),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{place.name}",
        "clusterDNS": [place.service(10)],
        "clusterDomain": DOMAIN,
        "containerRuntimeEndpoint": f"unix://{place.containerd_socket}",
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "healthzBindAddress": "127.0.0.1",
        "imageGCHighThresholdPercent": 100,
        "resolvConf": str(place.settings / "resolv.conf"),
        "serializeImagePulls": False,
        "volumePluginDir": str(place.folder / "plugins"),
    }


def proxy(place: Place) -> Document:
    """KubeProxyConfiguration; limits of connections are this machine's, and stay as they are."""
    return {
        "kind": "KubeProxyConfiguration",
        "apiVersion": PROXY,
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(place.settings / "kube-proxy.json")},
        "clusterCIDR": place.pods,
        "hostnameOverride": NODE,
        "bindAddress": place.node_address,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "conntrack": {
            "maxPerCore": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
    }


def pod_network(place: Place) -> Document:
    """A bridge, addresses from one range, ports of the host; no masquerade: nothing is outside."""
    bridge = {
        "type": "bridge",
        "bridge": "pods",
        "isGateway": True,
        "hairpinMode": True,
        "ipMasq": False,
        "ipam": {
            "type": "host-local",
            "dataDir": "/run/cni-addresses",
            "ranges": [[{"subnet": place.pods}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge, ports]}


def containerd(place: Place) -> str:
    """containerd-config.toml(5), version 2; a TOML string is written as a JSON string is."""
    folder = place.folder
    words = {name: json.dumps(str(value)) for name, value in {
        "root": folder / "containerd",
        "state": "/run/containerd",
        "socket": place.containerd_socket,
        "opt": folder / "opt",
        "network": place.settings / "network",
        "pause": PAUSE,
    }.items()}  # fmt: skip
    return f"""\
version = 2
root = {words["root"]}
state = {words["state"]}
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]

[grpc]
address = {words["socket"]}

[plugins."io.containerd.internal.v1.opt"]
path = {words["opt"]}

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = {words["pause"]}
# A process without CAP_SYS_RESOURCE may not make another one less likely to be killed.
restrict_oom_score_adj = true
disable_apparmor = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = {words["network"]}

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""


def dns(place: Place) -> str:
    """A Corefile: names of the cluster, and no others."""
    return f"""\
.:53 {{
  errors
  ready 127.0.0.1:8181
  kubernetes {DOMAIN} in-addr.arpa {{
    kubeconfig {place.settings / "coredns.json"}
    pods insecure
  }}
}}
"""


def registry(place: Place, host: str) -> Document:
    """Of Debian's docker-registry: of the one outside, and of the one inside of the node. They
    share what they store, so what is pushed to one is pulled from the other."""
    return {
        "version": "0.1",
        "log": {"level": "info", "formatter": "json"},
        "storage": {
            "filesystem": {"rootdirectory": str(place.folder / "registry")},
            "delete": {"enabled": True},
        },
        "http": {"addr": host, "secret": "of-no-worth"},
    }


def write(place: Place) -> None:
    """All of them, and the administrator's kubeconfig, into the place's folder."""
    folder = place.settings
    (folder / "network").mkdir(parents=True)
    for user in ("kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy", "coredns"):
        _json(folder / f"{user}.json", kubeconfig(place, user))
    _json(place.kubeconfig, kubeconfig(place, "admin"))
    _json(folder / "kubelet-settings.json", kubelet(place))
    _json(folder / "kube-proxy-settings.json", proxy(place))
    _json(folder / "network" / "10-pods.conflist", pod_network(place))
    _json(folder / "registry.json", registry(place, place.registry))
    (folder / "containerd.toml").write_text(containerd(place))
    (folder / "Corefile").write_text(dns(place))
    (folder / "resolv.conf").write_text("")


def _json(path: Path, document: Document) -> None:
    """Every JSON document is a YAML document; credentials are for the owner alone."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(document, indent=1))
