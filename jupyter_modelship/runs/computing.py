"""The stage `rehearse`: artifacts and examples, while the rest is being prepared beside it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from jupyter_modelship.contract import Contract, fill, seen_from_json
from jupyter_modelship.engines.choosing import Chosen
from jupyter_modelship.errors import Blocked
from jupyter_modelship.plan.findings import blocking
from jupyter_modelship.rehearsal import (
    Rehearsed,
)
from jupyter_modelship.targets.port import Target

from .context import RunContext
from .events import finding_payload
from .preparing import Prepared, completed, for_image, prepare, realised
from .rehearsing import Begun
from .review import Reviewed
from .stages import Note


@dataclass(frozen=True, slots=True)
class Computed:
    """All that a bundle is made of, beyond the plan."""

    rehearsed: Rehearsed
    contract: Contract
    """With its holes filled."""
    prepared: Prepared


async def compute(
    context: RunContext,
    reviewed: Reviewed,
    target: Target,
    note: Note,
    chosen: Chosen | None,
    rehearsal: Begun,
) -> Computed:
    """Rehearse and prepare side by side; then see that both fit together. `chosen` is the engine of
    the image, where the target runs one."""
    work = prepare(context, reviewed, target, rehearsal.cached, chosen)
    preparing = asyncio.ensure_future(work)
    try:
        rehearsed = await rehearsal.result()
        context.log("rehearse", *rehearsed.notes)
        contract = _filled(context, reviewed, rehearsed)
        prepared = await _fitting(context, reviewed, rehearsed, await preparing)
    except BaseException:
        await _give_up(preparing, target)
        raise
    note.summary, note.cached = _summary(reviewed, rehearsed), rehearsed.cached == "all"
    return Computed(rehearsed, contract, prepared)


async def _fitting(
    context: RunContext, reviewed: Reviewed, rehearsed: Rehearsed, prepared: Prepared
) -> Prepared:
    """What was prepared, made again where the artifacts turned out to need more packages."""
    pinned = await completed(context, reviewed, rehearsed.artifacts)
    if pinned.digest == prepared.pinned:
        return prepared
    if prepared.imaged is not None:
        return await for_image(context, reviewed, pinned, prepared.imaged.chosen)
    lock, python = await realised(context, reviewed, pinned)
    return Prepared(lock, python, pinned.digest, prepared.early)


async def _give_up(preparing: asyncio.Future[Prepared], target: Target) -> None:
    """Leave no process behind that nobody will prove."""
    preparing.cancel()
    await asyncio.wait({preparing})
    if not preparing.cancelled() and preparing.exception() is None:
        early = preparing.result().early
        if early is not None:
            await target.discard(early.staged)


def _filled(context: RunContext, reviewed: Reviewed, rehearsed: Rehearsed) -> Contract:
    """The contract without holes; raises Blocked where the rehearsal contradicts it."""
    plan = reviewed.plan
    contract, found = fill(plan.contract, seen_from_json(rehearsed.seen), slice_=plan.slice)
    for finding in found:
        context.emit("rehearse", "finding", finding_payload(finding))
    if blocking(found):
        raise Blocked(blocking(found))
    return contract


def _summary(reviewed: Reviewed, rehearsed: Rehearsed) -> str:
    """`cells 2 and 5; artifact model (1.2 MB)`, or what the cache knew."""
    numbers = [reviewed.notebook.cell(cell).number for cell in rehearsed.ran]
    ran = _cells(numbers) if numbers else "nothing to run"
    if rehearsed.cached != "nothing":
        ran += ", cached" if rehearsed.cached == "all" else ", artifacts cached"
    told = [f"{artifact.name} ({_size(artifact.size)})" for artifact in rehearsed.artifacts]
    noun = "artifact" if len(told) == 1 else "artifacts"
    return f"{ran}; {noun} {', '.join(told)}" if told else ran


def _cells(numbers: list[int]) -> str:
    words = [str(number) for number in sorted(set(numbers))]
    if len(words) == 1:
        return f"cell {words[0]}"
    return f"cells {', '.join(words[:-1])} and {words[-1]}"


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.0f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"
