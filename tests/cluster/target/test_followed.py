"""What the watches tell of a real cluster is what it says when it is asked."""

from __future__ import annotations

import asyncio

from jupyter_modelship.targets.kubernetes.target import KubernetesTarget
from jupyter_modelship.targets.port import Observation

from .dock import Dock


async def test_what_is_followed_is_what_is_there(dock: Dock) -> None:
    one = await dock.ship(dock.release("one"))
    asking, following = KubernetesTarget(dock.places), KubernetesTarget(dock.places)
    async with following.followed():
        await told(following, (one,))
        assert await following.observe("iris") == one
        stopped = await asking.stop("iris")
        await told(following, (stopped,))
        started = await asking.start("iris")
        await told(following, (started,))
        await asking.delete("iris")
        await told(following, ())
        assert await following.observe("iris") is None
    assert await asking.list() == ()


async def told(target: KubernetesTarget, there: tuple[Observation, ...]) -> None:
    """Return when it lists these; the suite's time-out ends what never comes."""
    while await target.list() != there:
        await asyncio.sleep(0)
