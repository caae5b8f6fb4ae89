"""The cluster that the tests are given: one that the environment names, or the one that is up here.

No test makes a cluster: that is a step of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .parts import program
from .place import Place, chosen
from .status import status

KUBECONFIG_VARIABLE = "MODELSHIP_TEST_KUBECONFIG"
NONE_THERE = (
    f"there is no cluster: run make cluster, or set {KUBECONFIG_VARIABLE} to the kubeconfig of one"
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Kubernetes that the tests may use as its administrator."""

    kubeconfig: Path
    registry: str
    """`host:port`, plain HTTP on a loopback; what is pushed there is pulled by the cluster."""
    program: str
    """kubectl."""
    place: Place | None
    """Of our own cluster: then this machine reaches pods and services by their addresses."""

    def kubectl(self, *words: str, given: str | None = None) -> str:
        """What kubectl says; AssertionError with its error where it fails."""
        done = self.tried(*words, given=given)
        assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stderr}"
        return done.stdout

    def tried(self, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """`given` is its standard input."""
        return subprocess.run(
            self.command(*words),
            env=self.environment(),
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def command(self, *words: str) -> list[str]:
        return [self.program, *words]

    def environment(self) -> dict[str, str]:
        if self.place is not None:
            return {**os.environ, **self.place.client}
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig)}

    def get(self, *words: str) -> Any:
        """An object, or a list of them."""
        return json.loads(self.kubectl("get", *words, "-o", "json"))

    def apply(self, *documents: object, manager: str = "modelship-tests") -> str:
        """Server-side apply."""
        listed = {"apiVersion": "v1", "kind": "List", "items": documents}
        flags = ("--server-side", f"--field-manager={manager}", "-f", "-")
        return self.kubectl("apply", *flags, given=json.dumps(listed))


class NoCluster(Exception):
    """Says what to do."""


def given_cluster() -> Cluster:
    """NoCluster where there is none."""
    named = os.environ.get(KUBECONFIG_VARIABLE)
    own = chosen()
    if named and Path(named).resolve() != own.kubeconfig.resolve():
        return _foreign(Path(named))
    if not status(own).up:
        raise NoCluster(NONE_THERE)
    return Cluster(own.kubeconfig, own.registry, program(own, "kubectl"), own)


def _foreign(kubeconfig: Path) -> Cluster:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise NoCluster(f"{KUBECONFIG_VARIABLE} is set, but there is no kubectl in the PATH")
    found = Cluster(kubeconfig, "", kubectl, None)
    config = found.tried(
        "get", "configmap", "-n", "kube-public", "local-registry-hosting", "-ojson"
    )
    if config.returncode != 0:
        raise NoCluster(
            f"{kubeconfig}: the cluster does not say where its registry is (KEP-1755, the ConfigMap"
            f" local-registry-hosting in kube-public): {config.stderr}"
        )
    return Cluster(kubeconfig, _host(json.loads(config.stdout)), kubectl, None)


def _host(config: Any) -> str:
    said = yaml.safe_load(config["data"]["localRegistryHosting.v1"])
    return str(said["host"])
