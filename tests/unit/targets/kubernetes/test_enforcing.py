"""What two pods say before and after a network policy, and what follows of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.kubernetes import enforcing
from jupyter_modelship.targets.kubernetes.kinds import DEPLOYMENT, Kind

IMAGE = {"spec": {"template": {"spec": {"containers": [{"image": "r/iris@sha256:1"}]}}}}
POD = {"metadata": {"name": "p"}, "status": {"phase": "Running", "podIP": "10.0.0.7"}}


class Cluster:
    """Where the pod that calls says these words."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.made: list[Mapping[str, Any]] = []
        self.deleted: list[str] = []

    async def call(self, *_: object, **__: object) -> Any:
        return {"status": {"allowed": True}}

    async def list(self, kind: Kind, _: str, *, labels: str = "") -> tuple[Any, str]:
        return ([IMAGE] if kind is DEPLOYMENT else [POD]), "1"

    async def create(self, each: Mapping[str, Any]) -> Any:
        self.made.append(each)
        return {"metadata": {"uid": f"uid-{len(self.made)}"}}

    async def delete(self, _: Kind, namespace: str, name: str, *, uid: str) -> None:
        self.deleted.append(f"{namespace}/{name} {uid}")

    @asynccontextmanager
    async def lines(self, *_: object, **__: object) -> AsyncIterator[AsyncIterator[bytes]]:
        async def told() -> AsyncIterator[bytes]:
            for word in self.words:
                yield word.encode()

        yield told()


async def tried(cluster: Cluster) -> str:
    return await enforcing.tried(cluster, "team-a")  # type: ignore[arg-type] # it stands in for Api


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["blocked", "reached", "reached", "blocked"], "enforced"),
        (["reached", *["reached"] * enforcing.AFTER], "not enforced"),
        (["blocked"] * enforcing.BEFORE, "unknown"),
    ],
)
async def test_what_the_calls_came_to_is_the_verdict(words: list[str], verdict: str) -> None:
    cluster = Cluster(*words)
    assert await tried(cluster) == verdict
    listens, calls, *policies = cluster.made
    name = str(listens["metadata"]["name"])
    assert cluster.deleted == [f"team-a/{name} uid-1"]
    assert len(policies) == (verdict != "unknown")
    for each in (calls, *policies):  # what hangs on the Job goes with it
        (owner,) = each["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["name"], owner["uid"]) == ("Job", name, "uid-1")
    for each in (listens, calls):  # the cluster ends it, whoever is there to delete it
        assert each["spec"]["activeDeadlineSeconds"] == enforcing.SECONDS
        assert each["spec"]["ttlSecondsAfterFinished"] == 0


async def test_a_pod_that_ends_is_no_verdict() -> None:
    for words in (["reached", "reached"], []):
        cluster = Cluster(*words)
        with pytest.raises(StageFailed, match="ended before its time"):
            await tried(cluster)
        assert len(cluster.deleted) == 1
