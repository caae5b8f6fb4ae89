"""A cluster for the session, a namespace for the module. Without a cluster, its tests fail."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from .given import Cluster, NoCluster, given_cluster
from .tiny import push

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """As its administrator."""
    try:
        return given_cluster()
    except NoCluster as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="module")
def namespace(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh one, under Pod Security *restricted*; it goes when the module ends."""
    module = str(request.module.__name__).rpartition(".")[2].replace("_", "-")
    name = f"{module}-{secrets.token_hex(3)}"
    metadata = {"name": name, "labels": RESTRICTED}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def tiny_image(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """By digest, in the cluster's registry: a server in Python that says what its pod is called."""
    return push(cluster.registry, tmp_path_factory.mktemp("tiny"))
