"""What `release` writes is applied by kubectl alone, and is the service that we know."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from jupyter_modelship.cli import main
from jupyter_modelship.errors import StageFailed
from tests.cluster.conftest import RESTRICTED

from .dock import Dock


@pytest.fixture
def elsewhere(dock: Dock, tmp_path: Path) -> Iterator[Dock]:
    """Somebody whose services live in another namespace, which nothing was deployed to."""
    cluster = dock.images.cluster
    name = f"production-{secrets.token_hex(3)}"
    metadata = {"name": name, "labels": RESTRICTED}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    (tmp_path / "elsewhere").mkdir()
    yield Dock(dock.images, name, tmp_path / "elsewhere")
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def typed(elsewhere: Dock, commands: Sequence[str]) -> None:
    """As somebody types them who reads what `release` prints."""
    cluster = elsewhere.images.cluster
    environment = {**cluster.environment(), "kubectl": cluster.program}
    for command in commands:
        script = f'kubectl() {{ "$kubectl" "$@"; }}\n{command}'
        subprocess.run(["sh", "-ec", script], env=environment, check=True, timeout=60)


@pytest.mark.parametrize(
    ("flags", "manager"),
    [
        ((), "kubectl-client-side-apply"),
        pytest.param(
            ("--server-side", "--field-manager=jupyter-modelship"), "", marks=pytest.mark.campaign
        ),
    ],
    ids=["by kubectl itself", "in our name"],
)
async def test_a_release_is_applied_by_kubectl_and_known_to_us(
    dock: Dock,
    elsewhere: Dock,
    flags: tuple[str, ...],
    manager: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    await dock.target.configure("iris", {"REGION": "north"})
    await dock.ship(dock.release("one", env=["REGION"], token=True))
    folder = tmp_path / "git" / "iris"
    repository = f"{dock.images.cluster.registry}/tests/iris"
    monkeypatch.setenv("MODELSHIP_HOME", str(dock.home))
    words = ("release", "iris", "-o", str(folder), "--namespace", elsewhere.namespace, "--json")
    assert await asyncio.to_thread(main, words) == 0
    typed(elsewhere, json.loads(capsys.readouterr().out)["needs"])
    elsewhere.kubectl("apply", *flags, "-k", str(folder))
    elsewhere.kubectl("rollout", "status", "deployment/iris", "--timeout=120s")

    monkeypatch.setenv("KUBECONFIG", str(elsewhere.kubeconfig))
    seen = await elsewhere.target.observe("iris")
    assert seen is not None
    assert (seen.state, seen.revision, seen.bundle_digest) == ("running", 1, "one")
    assert await elsewhere.ask(seen) == {"answer": "one", "region": "north"}

    if manager:
        with pytest.raises(StageFailed, match=manager):
            await elsewhere.target.permitted({"name": "iris", "repository": repository})
        with pytest.raises(StageFailed, match=manager):
            await elsewhere.ship(elsewhere.release("two"))
        assert await elsewhere.ask(seen) == {"answer": "one", "region": "north"}
    else:
        two = await elsewhere.ship(elsewhere.release("two"))
        assert await elsewhere.ask(two) == {"answer": "two", "region": None}
        assert [each.number for each in two.revisions] == [1, 2]
        await elsewhere.target.delete("iris")
        assert elsewhere.names() == set()
