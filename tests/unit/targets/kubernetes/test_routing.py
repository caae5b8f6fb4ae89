"""A Service leads to a revision's pods once the cluster says so, which may be late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from jupyter_modelship.bundle.release import naming, phases
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.kubernetes.kinds import POD, SLICE, Kind, Object
from jupyter_modelship.targets.kubernetes.rollout import ROLLOUT_SECONDS, Rollout
from jupyter_modelship.targets.kubernetes.routing import routed
from jupyter_modelship.targets.kubernetes.takeover import Takeover

from .test_observing import TWO

LATE = (
    "the Service iris leads to no pod of this revision: "
    "iris-two is ready, and no EndpointSlice of the Service lists it"
)
REMEDY = (
    "the cluster's controller manager does that, up to some minutes late where the API was away; "
    "see: kubectl -n team get endpointslices -l kubernetes.io/service-name=iris"
)


def pod(name: str, run: str, *, ready: str = "True") -> Object:
    conditions = [{"type": "Ready", "status": ready}]
    return {
        "metadata": {"name": name, "labels": {naming.RUN: run}},
        "status": {"phase": "Running", "conditions": conditions},
    }


def slice_of(*pods: str) -> Object:
    return {"endpoints": [{"targetRef": {"name": name}} for name in pods]}


@dataclass
class Cluster:
    """Its slices are up to date after so many seconds, which go by while somebody waits."""

    late: float
    pods: Sequence[Object] = (pod("iris-one", "one"), pod("iris-two", "two"))
    now: float = 0.0
    told: list[str] = field(default_factory=list)

    async def list(self, kind: Kind, *_: str, **__: str) -> tuple[Sequence[Object], str]:
        listed = ("iris-one", "iris-two") if self.now >= self.late else ("iris-one",)
        return {POD: self.pods, SLICE: (slice_of(*listed),)}.get(kind, ()), "1"

    async def get(self, *_: object) -> None:
        return None

    async def pause(self, seconds: float) -> None:
        self.now += seconds

    async def wait(self) -> None:
        api: Any = self
        rollout = Rollout(api, "team", "iris")
        await routed(rollout, "two", self.told.append, clock=lambda: self.now, pause=self.pause)


async def test_who_is_in_time_is_waited_for_without_a_word() -> None:
    cluster = Cluster(late=1)
    await cluster.wait()
    assert cluster.told == []


async def test_a_cluster_that_is_minutes_late_is_waited_for_and_that_is_told_once() -> None:
    cluster = Cluster(late=200)
    await cluster.wait()
    assert 200 <= cluster.now < 201
    assert cluster.told == [f"{LATE}; {REMEDY}"]


async def test_one_that_does_not_come_to_it_is_named_with_what_to_look_at() -> None:
    cluster = Cluster(late=2 * ROLLOUT_SECONDS)
    with pytest.raises(StageFailed) as caught:
        await cluster.wait()
    assert (str(caught.value), caught.value.remedy) == (LATE, REMEDY)
    assert ROLLOUT_SECONDS < cluster.now < ROLLOUT_SECONDS + 5


async def test_pods_that_are_not_ready_meanwhile_are_not_blamed_on_the_service() -> None:
    unready = (pod("iris-one", "one"), pod("iris-two", "two", ready="False"))
    cluster = Cluster(late=0, pods=unready)
    with pytest.raises(StageFailed, match="the pods did not become ready in time"):
        await cluster.wait()


class Watched(Cluster):
    """Time goes by as its slices are asked for; what is given to it is told."""

    async def list(self, kind: Kind, *_: str, **__: str) -> tuple[Sequence[Object], str]:
        if kind is SLICE:
            self.now += 1
            self.told.append("asked")
        return await super().list(kind)

    async def apply(self, each: Object, **_: object) -> None:
        self.told.append(str(each["kind"]))

    async def mark(self, *_: object, **__: object) -> None:
        return None


async def test_no_old_pod_ends_before_the_service_leads_to_a_new_one() -> None:
    new = pod("iris-two", phases.pods_run(TWO.objects))
    cluster = Watched(late=3, pods=(pod("iris-one", "one"), new))
    api: Any = cluster
    await Takeover(api, "team", "iris").let_through(TWO)
    before, after = ["ServiceAccount", "NetworkPolicy", "Service"], ["Deployment"]
    assert cluster.told == [*before, "asked", "asked", "asked", *after, "asked"]
