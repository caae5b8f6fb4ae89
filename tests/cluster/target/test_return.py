"""A revision that was confirmed and fails afterwards: named with its cause, and gone back from."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.port import Fault, Observation

from .dock import Dock

CRASH = Fault("the process ends by itself: KeyError: 'x'", "3f2a", 2)


async def failed(dock: Dock, how: str) -> Fault | None:
    """What is said of revision 2, which answered and fails from `how` on."""
    await dock.ship(dock.release("one"))
    two = await dock.ship(dock.release("two"))
    watching = asyncio.create_task(dock.target.failing("iris", 2, 300))
    await broken(dock, two, how)
    return await watching


async def broken(dock: Dock, seen: Observation, how: str) -> None:
    with contextlib.suppress(OSError):  # it may end in the middle of it
        await dock.ask(seen, how)


@pytest.mark.parametrize("how", ["/break", pytest.param("/lose", marks=pytest.mark.campaign)])
async def test_a_revision_that_fails_later_gives_way_to_the_one_before(
    dock: Dock, how: str
) -> None:
    fault = await failed(dock, how)
    assert fault is not None
    if how == "/break":
        assert fault == CRASH
    else:
        assert fault.told.startswith("the process runs and does not become ready: running for ")
    back = await dock.target.rollback("iris", 1, run="run-back", why=fault.told)
    (*_, record) = back.revisions
    assert (back.state, record.number, record.origin, record.why) == ("running", 3, 1, fault.told)
    assert await dock.ask(back) == {"answer": "one", "region": None}
    assert await dock.target.failing("iris", 2, 300) is None, "another one is live"


@pytest.mark.campaign
async def test_where_the_one_before_does_not_come_up_the_one_that_fails_stays(dock: Dock) -> None:
    assert await failed(dock, "/break") == CRASH
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small", "namespace": dock.namespace},
        "spec": {"hard": {"pods": "1"}},
    }
    dock.images.cluster.apply(quota)
    dock.kubectl(
        *("wait", "resourcequota/small", "--for=jsonpath={.status.used.pods}=1", "--timeout=60s")
    )
    with pytest.raises(StageFailed, match="the namespace's quota has no room"):
        await dock.target.rollback("iris", 1, run="run-back", why=CRASH.told)
    seen = await dock.target.observe("iris")
    assert seen is not None
    assert (seen.revision, seen.state) == (2, "failed")
    assert seen.reason.startswith("the process ends by itself")
