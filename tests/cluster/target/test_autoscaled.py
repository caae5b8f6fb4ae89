"""A service whose replicas an autoscaler says: it is stopped, started, deployed and gone back from
while somebody else owns their number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship import failpoints
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.port import Staged

from .dock import Dock

AUTOSCALER = "kube-controller-manager"


def deployment(dock: Dock) -> Any:
    return json.loads(
        dock.kubectl("get", "deployment", "iris", "-o", "json", "--show-managed-fields")
    )


def replicas(dock: Dock) -> int:
    return int(deployment(dock)["spec"]["replicas"])


def owners(dock: Dock) -> set[tuple[str, str]]:
    """Manager and part by which each has said how many replicas there are."""
    return {
        (each["manager"], each.get("subresource", ""))
        for each in deployment(dock)["metadata"]["managedFields"]
        if "f:replicas" in each.get("fieldsV1", {}).get("f:spec", {})
    }


def scaled(dock: Dock, number: int) -> None:
    """As the cluster's autoscaler does it, to the name: there are no figures here that make it."""
    patch = json.dumps({"spec": {"replicas": number}})
    words = ("patch", "deployment", "iris", "--subresource=scale", "--type=merge", "-p", patch)
    dock.kubectl(*words, f"--field-manager={AUTOSCALER}")
    assert owners(dock) == {(AUTOSCALER, "scale")}


async def test_an_autoscaled_service_is_stopped_started_and_deployed_again(dock: Dock) -> None:
    await dock.ship(dock.release("one", replicas=1, max_replicas=3))
    scaled(dock, 2)
    stopped = await dock.target.stop("iris")
    assert (stopped.state, replicas(dock)) == ("stopped", 0)
    started = await dock.target.start("iris")
    assert (started.state, replicas(dock)) == ("running", 1)
    assert await dock.ask(started) == {"answer": "one", "region": None}

    await dock.target.stop("iris")
    seen = await dock.ship(dock.release("two", replicas=1, max_replicas=3))
    assert (seen.state, replicas(dock)) == ("running", 1)
    scaled(dock, 2)
    back = await dock.target.rollback("iris")
    assert (back.state, replicas(dock)) == ("running", 2)
    assert await dock.ask(back) == {"answer": "one", "region": None}


@pytest.mark.campaign
@pytest.mark.timeout(300)
async def test_the_clusters_own_autoscaler_goes_on_after_a_stop(dock: Dock) -> None:
    """Without any figures it keeps to its least, which is as much as it can do here."""
    await dock.ship(dock.release("one", replicas=2, max_replicas=3))
    acted(dock)
    assert (await dock.target.stop("iris")).state == "stopped"
    condition = '{.status.conditions[?(@.type=="ScalingActive")].reason}'
    dock.kubectl("wait", "hpa/iris", f"--for=jsonpath={condition}=ScalingDisabled", "--timeout=60s")
    assert replicas(dock) == 0
    assert (await dock.target.start("iris")).state == "running"
    acted(dock)
    await dock.target.delete("iris")
    assert dock.names() == set()


def acted(dock: Dock) -> None:
    """Somebody takes a replica away; the autoscaler brings it back, and owns the number."""
    dock.kubectl("scale", "deployment", "iris", "--replicas=1")
    dock.kubectl("wait", "deployment/iris", "--for=jsonpath={.spec.replicas}=2", "--timeout=60s")
    assert owners(dock) == {(AUTOSCALER, "scale")}


WISHES: Mapping[str, dict[str, Any]] = {
    "fixed": {"replicas": 3},
    "autoscaled": {"replicas": 1, "max_replicas": 4},
}


@pytest.mark.campaign
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("before", "after"), [("fixed", "autoscaled"), ("autoscaled", "fixed")])
async def test_a_revision_that_fails_changes_no_number_of_replicas(
    dock: Dock, before: str, after: str
) -> None:
    """Also where one says how many there are, and the other leaves that to an autoscaler."""
    await dock.ship(dock.release("one", **WISHES[before]))
    if before == "autoscaled":
        scaled(dock, 2)
    many = replicas(dock)
    bad = dock.release("bad", wishes={"fail": "crash"}, **WISHES[after])
    staged = await dock.target.stage(bad)
    with pytest.raises(StageFailed, match="the process ends by itself"):
        await dock.target.open(staged)
    assert replicas(dock) == many
    await dock.target.discard(staged)
    assert replicas(dock) == many

    good = await dock.ship(dock.release("two", **WISHES[after]))
    wanted = 3 if after == "fixed" else many
    assert (good.state, replicas(dock)) == ("running", wanted)
    assert ("horizontalpodautoscaler.autoscaling/iris" in dock.names()) == (after == "autoscaled")
    back = await dock.target.rollback("iris")
    assert (back.state, back.revisions[-1].origin) == ("running", 1)
    await dock.target.delete("iris")
    assert dock.names() == set()


@pytest.mark.campaign
@pytest.mark.timeout(300)
@pytest.mark.parametrize("step", ["claim.after=raise", "let-through.after=raise@4"])
@pytest.mark.parametrize(("before", "after"), [("fixed", "autoscaled"), ("autoscaled", "fixed")])
async def test_who_says_how_many_replicas_there_are_does_so_again_where_a_run_is_given_up(
    dock: Dock, step: str, before: str, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await dock.ship(dock.release("one", **WISHES[before]))
    if before == "autoscaled":
        scaled(dock, 2)
    many, names = replicas(dock), dock.names()
    monkeypatch.setattr(failpoints, "_passes", {})
    monkeypatch.setenv(failpoints.VARIABLE, f"kubernetes.{step}")
    with pytest.raises(OSError, match="failpoint"):
        await dock.ship(dock.release("two", **WISHES[after]))
    monkeypatch.delenv(failpoints.VARIABLE)
    await dock.target.discard(Staged("run-two", "iris", Path()))
    let_through = step.startswith("let")
    assert replicas(dock) == (3 if let_through else many), "as many as there were when it went"
    assert dock.names() == names
    seen = await dock.target.observe("iris")
    assert seen is not None
    assert (seen.state, seen.revisions) == ("running", one.revisions)
    assert await dock.ask(seen) == {"answer": "one", "region": None}
