"""Whether a revision that is live goes on serving, or fails by its own doing.

Its own doing is what its processes do. What the cluster does (a node that takes a pod away, no
room, a registry that is silent) would meet the revision before as well: going back helps nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from jupyter_modelship.bundle.release import phases
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.port import Fault

from .causes import Cause
from .observing import is_ready, of_run
from .patience import SURE_SECONDS
from .takeover import Takeover

OWN = frozenset({"crash", "out-of-memory", "restarts", "never-ready"})
"""Codes of causes that are a revision's own doing."""
LOST_SECONDS = 10.0
"""So long is no pod ready before that counts: a busy process may miss a probe or two."""
LOOK_SECONDS = 2.0


class Watch:
    """Judges what stands in the way of a live revision, look after look."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}

    def judge(self, found: Sequence[Cause], *, ready: int) -> Cause | None:
        """The cause that has stood for so long that the revision has failed; `ready`: pods that
        answer. A process that ended once and is up again is no failure."""
        now = self._clock()
        own = [each for each in found if each.code in OWN and (each.sure or not ready)]
        self._since = {each.code: self._since.get(each.code, now) for each in own}
        for cause in own:
            if now - self._since[cause.code] >= (SURE_SECONDS if cause.sure else LOST_SECONDS):
                return cause
        return None


async def failing(
    takeover: Takeover,
    revision: int,
    seconds: float,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Fault | None:
    """Why the live revision fails within that time; None where it lasts, or is not live any more.

    A cluster that does not answer for a while is no failure of the revision's.
    """
    watch, until = Watch(clock), clock() + seconds
    while clock() < until:
        try:
            live = next(reversed(await takeover.revisions()), None)
            if live is None or live.number != revision or live.state != "live":
                return None
            pods = of_run(await takeover.rollout.pods(), phases.pods_run(live.objects))
            ready = sum(map(is_ready, pods))
            well = bool(pods) and ready == len(pods)
            cause = watch.judge(() if well else await takeover.rollout.causes(pods), ready=ready)
        except StageFailed:
            cause = None
        if cause is not None:
            return Fault(f"{cause.what}: {cause.evidence}", cause.cell, cause.line)
        await asyncio.sleep(LOOK_SECONDS)
    return None
