"""The stage `prove`: serve the bundle on a private socket and insist on the notebook's answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jupyter_modelship.rehearsal.replay import replay, uds_call
from jupyter_modelship.targets.port import Release, Staged, Target

from .computing import Computed
from .review import Reviewed


@asynccontextmanager
async def staged(target: Target, release: Release) -> AsyncIterator[Staged]:
    """A process of the release that gets no traffic; gone on the way out unless it went live."""
    process = await target.stage(release)
    try:
        yield process
    finally:
        await target.discard(process)


async def prove(target: Target, staged: Staged, reviewed: Reviewed, computed: Computed) -> str:
    """Replay the examples; raises StageFailed showing both sides of what differs."""
    await target.open(staged)
    examples = computed.rehearsed.examples
    if not examples:
        return "no example: unproven, it only starts"
    call = uds_call(
        staged.socket,
        None,
        reviewed.plan.slice.endpoints,
        seconds=reviewed.plan.options.time_limit + 5,
    )
    answers = await replay(examples, call, notebook=reviewed.notebook)
    noun = "example answers" if len(answers) == 1 else "examples answer"
    return f"{len(answers)} of {len(answers)} {noun} as in the notebook"
