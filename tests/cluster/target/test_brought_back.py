"""A revision that somebody brings back, or starts again, and that does not come up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import pytest

from jupyter_modelship.bundle.release import naming
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.kubernetes import ground
from jupyter_modelship.targets.kubernetes.causes import Seen
from jupyter_modelship.targets.kubernetes.kinds import EVENT
from jupyter_modelship.targets.port import Observation

from .answers import asked
from .dock import Dock
from .recording import first_told
from .test_causes_for_real import SECONDS
from .test_kept_whole import OWN

GONE = "the registry does not have the image: "


async def refused(dock: Dock, act: Coroutine[Any, Any, Observation]) -> None:
    """That it ends with the cause of an image that is gone, in time."""
    with pytest.raises(StageFailed, match=GONE) as caught:
        await act
    now = datetime.now(timezone.utc)
    assert caught.value.detail == "cause: image-missing"
    async with ground.ground() as here:
        pulls = "type=Warning,reason=Failed"
        events, _ = await here.api.list(EVENT, dock.namespace, fields=pulls)
    pods = [{"metadata": {"uid": each["involvedObject"]["uid"]}} for each in events]
    assert (now - first_told(Seen(None, pods, events), "image")).total_seconds() <= SECONDS


async def test_a_rollback_to_an_image_that_is_gone_leaves_what_answers(dock: Dock) -> None:
    old = dock.release("gone from here")
    await dock.ship(old)
    two = await dock.ship(dock.release("two"))
    ended = f"modelship/run={naming.run_label(old.run)}"
    await asyncio.to_thread(dock.kubectl, "delete", "pods", "-l", ended)  # back when they are gone
    dock.images.lose(old.image)
    async with asked(dock, two) as answers:
        await refused(dock, dock.target.rollback("iris", who="bob"))
        answers.clear()
        await asyncio.wait_for(answers.some(), 30)
    assert set(answers.all) == {'{"answer": "two", "region": null}'}
    assert await dock.target.observe("iris") == two
    revisions = {"controllerrevision/iris.1", "controllerrevision/iris.2"}
    assert dock.names() == OWN | revisions
    assert [line.deed for line in await dock.target.audit("iris")] == ["deploy", "deploy"]


async def test_a_start_that_does_not_come_up_says_why_and_leaves_it_stopped(dock: Dock) -> None:
    old = dock.release("stopped, and gone")
    await dock.ship(old)
    stopped = await dock.target.stop("iris", who="ada")
    dock.images.lose(old.image)
    await refused(dock, dock.target.start("iris", who="bob"))
    assert await dock.target.observe("iris") == stopped
    assert _replicas(dock) == "0"
    assert [line.deed for line in await dock.target.audit("iris")] == ["deploy", "stop"]


@pytest.mark.campaign
async def test_a_start_that_is_broken_off_leaves_it_stopped(dock: Dock) -> None:
    await dock.ship(dock.release("one", wishes={"delay": 20}))
    stopped = await dock.target.stop("iris")
    starting = asyncio.create_task(dock.target.start("iris"))
    scaled = ("wait", "deployment/iris", "--for=jsonpath={.spec.replicas}=1", "--timeout=60s")
    await asyncio.to_thread(dock.kubectl, *scaled)
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting
    assert await dock.target.observe("iris") == stopped
    assert _replicas(dock) == "0"


def _replicas(dock: Dock) -> str:
    return dock.kubectl("get", "deployment", "iris", "-o", "jsonpath={.spec.replicas}")
