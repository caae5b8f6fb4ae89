"""The live revision answers whatever happens to the next one, of which nothing is left."""

from __future__ import annotations

import pytest

from jupyter_modelship.errors import StageFailed

from .dock import Dock

OWN = {
    "serviceaccount/iris",
    "networkpolicy/iris",
    "deployment/iris",
    "service/iris",
}


async def test_what_is_shipped_answers_and_is_all_there_is(dock: Dock) -> None:
    seen = await dock.ship(dock.release("one"))
    assert seen.url == f"http://iris.{dock.namespace}.svc"
    assert await dock.ask(seen) == {"answer": "one", "region": None}
    assert dock.names() == OWN | {"controllerrevision/iris.1"}


async def test_what_is_staged_answers_to_us_and_to_nobody_else(dock: Dock) -> None:
    one = await dock.ship(dock.release("one"))
    two = dock.release("two")
    staged = await dock.target.stage(two)
    await dock.target.open(staged)
    assert await dock.ask(one) == {"answer": "one", "region": None}
    addresses = dock.kubectl(
        *("get", "endpointslices", "-l", "kubernetes.io/service-name=iris"),
        *("-o", "jsonpath={.items[*].endpoints[*].addresses[*]}"),
    )
    assert len(addresses.split()) == 1
    await dock.target.discard(staged)
    assert await dock.target.observe("iris") == one
    assert dock.names() == OWN | {"controllerrevision/iris.1"}


async def test_a_token_is_asked_for_where_it_is_wished(dock: Dock) -> None:
    seen = await dock.ship(dock.release("one", token=True))
    assert await dock.ask(seen) == {"answer": "one", "region": None}
    assert seen.token_file is not None
    assert seen.token_file.stat().st_mode & 0o777 == 0o600
    assert "secret/iris.token" in dock.names()
    await dock.target.delete("iris")
    assert dock.names() == set()
    assert not seen.token_file.exists()


async def test_a_token_goes_with_the_revision_that_asked_for_it_and_failed(dock: Dock) -> None:
    one = await dock.ship(dock.release("one"))
    with pytest.raises(StageFailed):
        await dock.ship(dock.release("two", token=True, wishes={"fail": "crash"}))
    assert dock.names() == OWN | {"controllerrevision/iris.1"}
    assert await dock.target.observe("iris") == one


async def test_values_of_variables_come_of_a_map_that_each_revision_keeps(dock: Dock) -> None:
    await dock.target.configure("iris", {"REGION": "north"})
    await dock.ship(dock.release("one", env=["REGION"]))
    await dock.target.configure("iris", {"REGION": "south"})
    seen = await dock.ship(dock.release("two", env=["REGION"]))
    assert await dock.ask(seen) == {"answer": "two", "region": "south"}
    assert await dock.target.configured("iris", {"REGION": "south"})
    assert not await dock.target.configured("iris", {"REGION": "north"})
    back = await dock.target.rollback("iris")
    assert await dock.ask(back) == {"answer": "one", "region": "north"}


async def test_the_next_revision_gets_twice_what_the_proof_measured(dock: Dock) -> None:
    first = await dock.ship(dock.release("one", wishes={"took": 170 << 20}, memory=0))
    assert first.measured == 170 << 20
    assert dock.limits() == {"cpu": "100m", "ephemeral-storage": "1Gi", "memory": "1Gi"}
    second = await dock.ship(dock.release("two", memory=0))
    assert second.measured == 0
    assert dock.limits()["memory"] == "384Mi"


async def test_what_no_kept_revision_needs_goes(dock: Dock) -> None:
    for number in ("one", "two", "three"):
        await dock.target.configure("iris", {"REGION": number})
        await dock.ship(dock.release(number, env=["REGION"], keep_revisions=2))
    names = dock.names()
    revisions = {name for name in names if name.startswith("controllerrevision/")}
    assert revisions == {"controllerrevision/iris.2", "controllerrevision/iris.3"}
    assert len([name for name in names if name.startswith("configmap/")]) == 2
