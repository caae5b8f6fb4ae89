"""Who is who in a test cluster: an authority of its own, made anew at every start by openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from .place import DOMAIN, NODE, Place

DAYS = "30"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate to make: for a client or for a server, or for one that is both."""

    name: str
    """Of its files, `NAME.crt` and `NAME.key`."""
    user: str
    """What Kubernetes calls who shows it."""
    group: str = ""
    names: tuple[str, ...] = ()
    """`DNS:…` and `IP:…` that a server answers for."""


def certificates(place: Place) -> tuple[Certificate, ...]:
    """All that a node needs; the names of users and groups are those that Kubernetes binds roles
    to by itself (Using RBAC Authorization, "Core component roles")."""
    services = ("kubernetes", "kubernetes.default", "kubernetes.default.svc")
    api = (*services, f"kubernetes.default.svc.{DOMAIN}", "localhost")
    addresses = (place.node_address, place.service(1), "127.0.0.1")
    return (
        Certificate(
            "apiserver",
            "kube-apiserver",
            names=(*(f"DNS:{name}" for name in api), *(f"IP:{one}" for one in addresses)),
        ),
        Certificate("apiserver-kubelet", "kube-apiserver-kubelet-client", "system:masters"),
        Certificate(
            "kubelet",
            f"system:node:{NODE}",
            "system:nodes",
            (f"DNS:{NODE}", f"IP:{place.node_address}"),
        ),
        Certificate("admin", "modelship-test-admin", "system:masters"),
        Certificate("kube-controller-manager", "system:kube-controller-manager"),
        Certificate("kube-scheduler", "system:kube-scheduler"),
        Certificate("kube-proxy", "system:kube-proxy"),
        Certificate("coredns", "system:coredns"),
    )


def make(place: Place) -> None:
    """Write the authority, all certificates, and the key that service accounts' tokens are signed
    with, into the place's folder; only its owner can read the keys."""
    folder = place.certificates
    folder.mkdir(mode=0o700)
    _openssl(
        folder, *_request("ca", "/CN=modelship-test"), "-addext", "keyUsage=critical,keyCertSign"
    )
    for one in certificates(place):
        _openssl(folder, *_request(one.name, _subject(one)), *_signed(one))
    _openssl(folder, "genpkey", *_KEY, "-out", "service-accounts.key")
    _openssl(
        folder, "pkey", "-in", "service-accounts.key", "-pubout", "-out", "service-accounts.pub"
    )


_KEY = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")


def _request(name: str, subject: str) -> tuple[str, ...]:
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    files = ("-keyout", f"{name}.key", "-out", f"{name}.crt")
    return ("req", "-x509", "-batch", *key, *files, "-days", DAYS, "-subj", subject)


def _subject(one: Certificate) -> str:
    return (f"/O={one.group}" if one.group else "") + f"/CN={one.user}"


def _signed(one: Certificate) -> tuple[str, ...]:
    uses = ["clientAuth", *(["serverAuth"] if one.names else [])]
    extensions = ["basicConstraints=critical,CA:FALSE", f"extendedKeyUsage={','.join(uses)}"]
    extensions += [f"subjectAltName={','.join(one.names)}"] if one.names else []
    words = [word for extension in extensions for word in ("-addext", extension)]
    return ("-CA", "ca.crt", "-CAkey", "ca.key", *words)


def _openssl(folder: Path, *words: str) -> None:
    done = subprocess.run(
        ["openssl", *words], cwd=folder, capture_output=True, text=True, check=False, umask=0o077
    )
    assert done.returncode == 0, done.stderr
