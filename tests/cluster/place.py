"""Where a test cluster lives on this machine: its folder, its addresses, its names.

Several can live side by side; each has a number, from which everything else follows. The addresses
are of ranges that belong to nobody: RFC 5737 (documentation) for the node, RFC 2544 (benchmarks)
for pods and services.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER_VARIABLE = "MODELSHIP_TEST_CLUSTER_FOLDER"
NUMBER_VARIABLE = "MODELSHIP_TEST_CLUSTER_NUMBER"
DEFAULT_FOLDER = Path("/var/lib/modelship-test-cluster")
"""On a real disk: layers are stacked by overlayfs, which not every other file system can carry."""
NODE = "modelship-test"
DOMAIN = "cluster.local"
REGISTRY_PORT = 5470
API_PORT = 6443
LAST = 62


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster's place; there may be a cluster or not."""

    number: int
    folder: Path

    @property
    def name(self) -> str:
        """What its control groups and its interface are called; an interface has 15 characters."""
        return f"mstest{self.number}"

    @property
    def host_address(self) -> str:
        """This machine, as the node sees it."""
        return f"198.51.100.{4 * self.number + 1}"

    @property
    def node_address(self) -> str:
        return f"198.51.100.{4 * self.number + 2}"

    @property
    def pods(self) -> str:
        return f"198.18.{self.number}.0/24"

    @property
    def services(self) -> str:
        return f"198.19.{self.number}.0/24"

    def service(self, last: int) -> str:
        """An address of a Service; 1 is the API server's, 10 that of DNS."""
        return f"198.19.{self.number}.{last}"

    @property
    def api(self) -> str:
        return f"https://{self.node_address}:{API_PORT}"

    @property
    def registry(self) -> str:
        """The same words inside and outside the node: each has a loopback, and a registry on it."""
        return f"127.0.0.1:{REGISTRY_PORT + self.number}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.folder / "kubeconfig"

    @property
    def client(self) -> Mapping[str, str]:
        """For the environment of a kubectl: it keeps what it learns of a cluster with the cluster,
        since the next one has the same address."""
        cache = self.folder / "client"
        return {"KUBECONFIG": str(self.kubeconfig), "KUBECACHEDIR": str(cache)}

    @property
    def certificates(self) -> Path:
        return self.folder / "certificates"

    @property
    def settings(self) -> Path:
        return self.folder / "settings"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def containerd_socket(self) -> Path:
        return self.folder / "containerd.sock"

    @property
    def first(self) -> Path:
        """The program of the first process in the namespaces: no other process has it."""
        return self.folder / "bin" / "first"


def chosen() -> Place:
    """The place that the environment names; else the default one."""
    number = int(os.environ.get(NUMBER_VARIABLE, "0"))
    if not 0 <= number <= LAST:
        raise ValueError(f"{NUMBER_VARIABLE} must be between 0 and {LAST}, not {number}")
    folder = Path(os.environ.get(FOLDER_VARIABLE, DEFAULT_FOLDER))
    return Place(number, folder / str(number))
