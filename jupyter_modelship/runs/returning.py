"""The automatic return: a revision that went live and fails gives way to the one before.

The worker of the run that brought it live watches it for the time of option `grace`, and asks for
a run of its own that goes back: with its events, its line in the audit, and one at a time with all
other runs of the service. What was brought back is not watched: so nothing goes to and fro.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import replace

from jupyter_modelship.errors import Cancelled, NothingThere, StageFailed
from jupyter_modelship.targets.port import Fault, Observation, Target

from . import client, deploying
from .context import RunContext
from .http import request as ask
from .run import Request
from .services import open_target
from .stages import stage

EFFECT = "return"
WHO = "automatic return"
RETURN_SECONDS = 300.0
"""For the revision before to come up again."""


async def watch(context: RunContext) -> None:
    """Have the revision before brought back where the run's own fails in time. Raises RunActive
    where another run is at work on the service by then: what comes of it is newer."""
    run = context.run
    effect = context.journal.effects(run.id).get(deploying.EFFECT)
    if effect is None or run.request.back is not None or run.result is None:
        return
    before, seconds = _number(effect.intent, "before"), _number(effect.intent, "grace")
    if not before or not seconds:
        return
    target = open_target(run.request.target, context.places)
    revision = int(_number(run.result, "revision"))
    try:
        fault = await target.failing(run.service, revision, seconds)
    except NothingThere:
        return
    if fault is not None:
        asked = wanted(run.request, failed=revision, to=int(before), fault=fault)
        await asyncio.to_thread(client.submit_and_start, asked, context.places)


def _number(document: Mapping[str, object], name: str) -> float:
    value = document.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0


def wanted(request: Request, *, failed: int, to: int, fault: Fault) -> Request:
    """The request of the run that goes back: the same one, however often it is asked for."""
    back = {
        "failed": failed,
        "to": to,
        "why": fault.told,
        "cell": fault.cell,
        "line": fault.line,
        "run": request.id,
    }
    identity = uuid.uuid5(uuid.UUID(request.id), "back")
    return replace(request, id=str(identity), body={"who": WHO, "back": back})


async def line(context: RunContext) -> Mapping[str, object]:
    """Work such a run to its end; the payload of its `result` event. Raises Cancelled where the
    revision that failed is not the live one any more."""
    run, back = context.run, context.run.request.back or {}
    target = open_target(run.request.target, context.places)
    with stage(context, "deploy") as note:
        context.log("deploy", f"revision {back['failed']} fails: {back['why']}")
        result = await context.effect(
            EFFECT,
            intent=back,
            look=lambda: _look(context, target),
            do=lambda: _go_back(context, target, back),
        )
        note.summary = f"revision {result['revision']} is revision {back['to']} again"
    with stage(context, "confirm") as note:
        seen = await _confirmed(context, target)
        note.summary = "ready"
    return {
        "service": seen.service,
        "target": seen.target,
        "url": seen.url,
        "revision": seen.revision,
    }


async def _go_back(
    context: RunContext, target: Target, back: Mapping[str, object]
) -> Mapping[str, object]:
    seen = await target.observe(context.run.service)
    if seen is None or seen.revision != back["failed"]:
        raise Cancelled(f"revision {back['failed']} of {context.run.service} gave way already")
    going = target.rollback(
        seen.service, int(_number(back, "to")), run=context.run.id, who=WHO, why=str(back["why"])
    )
    try:
        now = await asyncio.wait_for(going, RETURN_SECONDS)
    except asyncio.TimeoutError as error:
        raise StageFailed(
            f"revision {back['to']} of {seen.service} does not come up again either",
            remedy=f"see: jupyter modelship status {seen.service}",
        ) from error
    return {"revision": now.revision}


async def _look(context: RunContext, target: Target) -> Mapping[str, object] | None:
    seen = await target.observe(context.run.service)
    mine = [each for each in seen.revisions if each.run == context.run.id] if seen else []
    return {"revision": mine[-1].number} if mine else None


async def _confirmed(context: RunContext, target: Target) -> Observation:
    """The service, once it says that it is ready. Raises StageFailed."""
    seen = await target.observe(context.run.service)
    if seen is None:
        raise StageFailed(f"service {context.run.service} was deleted meanwhile")
    async with target.reach(seen) as way:
        try:
            reply = await ask(way.url, "GET", "/readyz", token=way.token, unix=way.socket)
            status: object = reply.status
        except OSError as error:
            status = error
    if status != 200:
        raise StageFailed(
            f"{seen.service} was brought back and is not ready: {status}",
            remedy=f"see: jupyter modelship logs {seen.service}",
        )
    return seen
