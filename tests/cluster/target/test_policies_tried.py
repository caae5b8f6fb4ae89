"""Network policies are tried, not believed: this cluster takes them and enforces none."""

from __future__ import annotations

import contextlib

import pytest
import yaml

from jupyter_modelship.doctor.network import network
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.kubernetes import enforcing
from jupyter_modelship.targets.kubernetes.ground import ground

from .dock import Dock

MINE = f"app.kubernetes.io/managed-by={enforcing.MANAGER}"


def left(dock: Dock) -> str:
    return dock.kubectl("get", "jobs,pods,networkpolicies", "-l", MINE, "-o", "name")


def gone(dock: Dock) -> None:
    dock.kubectl("wait", "jobs,pods,networkpolicies", "-l", MINE, "--for=delete", "--timeout=60s")
    assert left(dock) == ""


async def test_the_doctor_says_what_a_policy_did(dock: Dock) -> None:
    (none,) = await network(dock.places)
    assert none.said.startswith("not tried: ")
    assert "has no service whose image could be used" in none.said
    await dock.ship(dock.release("one"))
    (answer,) = await network(dock.places)
    assert (answer.state, answer.said) == (
        "warn",
        f"not enforced in namespace {dock.namespace}: one that lets nobody in let a pod in",
    )
    gone(dock)


@pytest.mark.campaign
async def test_the_cluster_cleans_up_after_who_was_killed(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enforcing, "SECONDS", 8)
    await dock.ship(dock.release("one"))

    async def nothing(*_: object, **__: object) -> None:
        """Whoever was killed deletes nothing."""

    async with ground() as here:
        monkeypatch.setattr(here.api, "delete", nothing)
        with contextlib.suppress(StageFailed):  # the cluster ends it first
            await enforcing.tried(here.api, dock.namespace)
    gone(dock)


async def test_nothing_is_tried_without_the_right_to(dock: Dock) -> None:
    account = {"name": "ada", "namespace": dock.namespace}
    dock.images.cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    token = dock.kubectl("create", "token", "ada").strip()
    document = yaml.safe_load(dock.kubeconfig.read_text())
    for user in document["users"]:
        user["user"] = {"token": token}
    dock.kubeconfig.write_text(yaml.safe_dump(document))
    async with ground() as here:
        with pytest.raises(StageFailed, match=r"you may not try network policies .*create jobs"):
            await enforcing.tried(here.api, dock.namespace)
    assert left(dock) == ""
