"""The line: from a reviewed notebook to a service that answers. Each stage is one step here.

A run that is taken up again passes through all of it: what was made is found in the caches, what
was done to the world is looked for before it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.names import short
from jupyter_modelship.places import Places
from jupyter_modelship.targets.port import Staged, Target

from . import deploying, returning
from .context import RunContext
from .locking import locked
from .rehearsing import Begun, begun
from .review import Reviewed, look
from .services import open_target
from .stages import stage


async def line(context: RunContext) -> Mapping[str, object]:
    """Work a run to its end; the payload of its `result` event."""
    request = context.run.request
    if request.back is not None:
        return await returning.line(context)
    reviewed = await _review(context)
    async with begun(context, reviewed) as rehearsal:
        go_on, target = await asyncio.to_thread(_rest, request.target, context.places)
        async with target.connected():
            return await go_on(context, target, reviewed, rehearsal)


GoOn = Callable[[RunContext, Target, Reviewed, Begun], Awaitable[Mapping[str, object]]]


def _rest(target: str, places: Places) -> tuple[GoOn, Target]:
    """What the kernel need not wait for."""
    from .onwards import shipped

    return shipped, open_target(target, places)


async def clean(context: RunContext) -> None:
    """A run that did not succeed leaves what was live before: its own revision gives way, and what
    a worker that was killed has staged goes."""
    target = open_target(context.run.request.target, context.places)
    async with target.connected():
        await deploying.undo(context, target)
        await target.discard(Staged(context.run.id, context.run.request.service, Path()))


async def after(context: RunContext) -> None:
    """Watch over what the run has brought live, and have the revision before brought back where
    it fails."""
    await returning.watch(context)


async def _review(context: RunContext) -> Reviewed:
    """Extract, plan and lock again, and insist on the digest that was reviewed."""
    request = context.run.request
    with stage(context, "extract"):
        looked = look(Path(request.notebook), request.flags, origin="run")
        if looked.digest != request.notebook_digest:
            raise StageFailed(
                f"{looked.path.name} has changed since it was reviewed",
                remedy="deploy it again",
            )
    with stage(context, "lock") as note:
        overridden = request.overrides
        reviewed = await locked(looked, context.places, overridden=tuple(overridden))
        context.log("lock", *(f"{code} is overridden: {why}" for code, why in overridden.items()))
        note.summary = f"{len(reviewed.lock.packages)} packages, from {reviewed.lock.source}"
    if reviewed.plan.digest != request.plan_digest:
        raise StageFailed(
            f"the plan is {short(reviewed.plan.digest)} now, "
            f"{short(request.plan_digest)} was reviewed",
            remedy="something changed meanwhile (packages, options, this tool): deploy it again",
        )
    return reviewed
