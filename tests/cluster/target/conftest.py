"""A namespace for each test, and a user who deploys to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.given import Cluster

from .dock import Dock, Images
from .person import Person


@pytest.fixture(scope="session")
def stubs(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Images:
    """Images of a stub, made as they are asked for."""
    return Images(cluster, tmp_path_factory.mktemp("stubs"))


@pytest.fixture
def fresh_namespaces(cluster: Cluster) -> Iterator[Callable[[], str]]:
    """Makes one with Pod Security *restricted*; they go with the test."""
    made: list[str] = []

    def make() -> str:
        made.append(f"team-{secrets.token_hex(4)}")
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata = {"name": made[-1], "labels": labels}
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        return made[-1]

    yield make
    for name in made:
        cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def fresh_namespace(fresh_namespaces: Callable[[], str]) -> str:
    """One for one test."""
    return fresh_namespaces()


@pytest.fixture
def dock(
    stubs: Images, fresh_namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Dock:
    made = Dock(stubs, fresh_namespace, tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(made.kubeconfig))
    return made


@pytest.fixture
def person(dock: Dock, tmp_path: Path) -> Person:
    """Somebody who deploys by the command line."""
    folder = tmp_path / "books"
    folder.mkdir()
    dock.images.base()
    return Person(dock, folder)
