"""What a release depends on that nobody has chosen: found out on the cluster, before it is made."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from jupyter_modelship.bundle.release.phases import pods_run
from jupyter_modelship.places import Places

from . import measuring, sandboxes
from .ground import Ground
from .history import Kept
from .rollout import Rollout
from .wanting import Circumstances


async def circumstances(
    here: Ground, rollout: Rollout, revisions: Sequence[Kept], places: Places
) -> Circumstances:
    """For the next revision of a service: `revisions` are those that it has."""
    over = [each for each in revisions if each.state != "taking-over"]
    live = next(reversed(over), None)
    run = pods_run(live.objects) if live else ""
    measured, sandboxed = await asyncio.gather(
        measuring.measured(rollout, live, run, places),
        sandboxes.ask(here.api, here.cluster.user_namespaces),
    )
    return Circumstances(here.most, measured, *sandboxed)
