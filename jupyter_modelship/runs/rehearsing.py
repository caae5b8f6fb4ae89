"""A rehearsal that begins while others still look whether there will be one: its kernel starts,
and that is all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from jupyter_modelship.places import Places
from jupyter_modelship.rehearsal import (
    CellProgress,
    Known,
    RehearsalRequest,
    Rehearsed,
    known,
    rehearse,
)

from .configuration import declared_values
from .context import RunContext
from .review import Reviewed


def rehearsal_request(
    reviewed: Reviewed, places: Places, *, fresh: bool = False
) -> RehearsalRequest:
    """What the rehearsal is asked for."""
    options = reviewed.plan.options
    values = declared_values(places, reviewed.plan.service, options)
    return RehearsalRequest(
        folder=reviewed.folder,
        facts=reviewed.facts,
        kernel_name=reviewed.kernel.name,
        kernel_argv=reviewed.kernel.argv,
        kernel_env=reviewed.kernel.env,
        notebook=reviewed.notebook,
        slice=reviewed.plan.slice,
        places=places,
        parameters=options.parameters,
        compare=options.compare,
        environment=values.by_name,
        secrets=frozenset(options.secrets),
        modules=reviewed.modules,
        cell_seconds=int(options.cell_time_limit),
        fresh=fresh,
    )


@dataclass(frozen=True, slots=True)
class Begun:
    """A rehearsal whose kernel is starting: none of the notebook's cells runs before `allow`."""

    request: RehearsalRequest
    cached: Known | None
    """What was known before."""
    _work: asyncio.Future[Rehearsed]
    _allowed: asyncio.Event

    async def result(self) -> Rehearsed:
        """What comes of it, now that it may."""
        self._allowed.set()
        return await self._work


@asynccontextmanager
async def begun(context: RunContext, reviewed: Reviewed) -> AsyncIterator[Begun]:
    """Start what a rehearsal needs, while others look whether there will be one; gone on the way
    out."""
    request = rehearsal_request(reviewed, context.places, fresh=context.run.request.fresh)
    cached = await known(request)
    allowed = asyncio.Event()
    work = asyncio.ensure_future(
        rehearse(
            request,
            on_event=lambda line: context.log("rehearse", line),
            on_cell=lambda progress: _tell(context, progress),
            allowed=allowed,
        )
    )
    try:
        yield Begun(request, cached, work, allowed)
    finally:
        work.cancel()
        await asyncio.wait({work})
        if not work.cancelled():
            work.exception()  # who did not ask for the result need not hear of it


def _tell(context: RunContext, progress: CellProgress) -> None:
    payload: dict[str, object] = {
        "cell": progress.cell,
        "number": progress.number,
        "first": progress.first_line,
        "state": progress.state,
    }
    if progress.state != "running":
        payload["seconds"] = round(progress.seconds, 3)
    context.emit("rehearse", "cell", payload)
