"""The stage `deploy`: the proved process takes over, once, however often the worker dies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from jupyter_modelship.plan.options import as_json
from jupyter_modelship.targets.port import Observation, Release, Staged, Target

from .context import RunContext
from .rendering import Rendered
from .review import Reviewed
from .stages import waiting

EFFECT = "deploy"


def release(
    context: RunContext, reviewed: Reviewed, *, python: Path, rendered: Rendered, image: str = ""
) -> Release:
    """What is to go live. Only options that the target has a say in travel with it."""
    request = context.run.request
    options = json.loads(json.dumps(as_json(reviewed.plan.options)))
    return Release(
        service=reviewed.plan.service,
        plan_digest=reviewed.plan.digest,
        bundle_digest=rendered.bundle.digest,
        bundle_folder=rendered.folder,
        python=python,
        notebook=str(reviewed.path),
        run=context.run.id,
        who=request.who,
        options=options,
        source_map=rendered.source_map,
        image=image,
        overrides=tuple(sorted(request.overrides)),
        takes_over=request.takes_over,
    )


async def applied(context: RunContext, target: Target) -> Mapping[str, object] | None:
    """What an earlier worker of this run did already: asked of the journal, then of the world."""
    known = context.journal.effects(context.run.id).get(EFFECT)
    if known is None:
        return None
    return known.result if known.result is not None else await _look(context, target)


async def deploy(
    context: RunContext,
    target: Target,
    wanted: Release,
    staged: Staged,
    before: Observation | None,
) -> Mapping[str, object]:
    """Hand the traffic over, with the intent written first and the result after it."""

    async def do() -> Mapping[str, object]:
        return _result(await target.apply(wanted, staged, tell=waiting(context, EFFECT)))

    return await context.effect(
        EFFECT,
        intent={
            "service": wanted.service,
            "before": before.revision if before else 0,
            "grace": _grace(target, wanted),
        },
        look=lambda: _look(context, target),
        do=do,
    )


def _grace(target: Target, wanted: Release) -> float:
    """Seconds in which the revision gives way where it fails; 0 where the target does not."""
    seconds = wanted.options.get("grace")
    honoured = target.honours.get("grace") == ""
    return float(seconds) if honoured and isinstance(seconds, (int, float)) else 0.0


def summary(result: Mapping[str, object], before: Observation | None) -> str:
    """`revision 5 takes over from 4`."""
    if before is None or not before.revision:
        return f"revision {result['revision']} is up"
    return f"revision {result['revision']} takes over from {before.revision}"


async def undo(context: RunContext, target: Target) -> None:
    """Where this run's revision is the live one: bring back the one before, or remove the service
    that it was the first of."""
    seen = await target.observe(context.run.service)
    effect = context.journal.effects(context.run.id).get(EFFECT)
    if seen is None or effect is None:
        return
    live = next((r for r in seen.revisions if r.number == seen.revision), None)
    if live is None or live.run != context.run.id:
        return
    before = effect.intent.get("before")
    who = context.run.request.who
    if isinstance(before, int) and any(r.number == before for r in seen.revisions):
        await target.rollback(seen.service, before, run=f"{context.run.id}:undo", who=who)
    else:
        await target.delete(seen.service, who=who)


async def _look(context: RunContext, target: Target) -> Mapping[str, object] | None:
    seen = await target.observe(context.run.service)
    mine = [r for r in seen.revisions if r.run == context.run.id] if seen else []
    return {"revision": mine[-1].number} if mine else None


def _result(seen: Observation) -> Mapping[str, object]:
    return {"revision": seen.revision}
