"""The line from what was reviewed on: rehearsed, rendered, proved, deployed, confirmed.

Apart from `pipeline`, which starts the rehearsal's kernel before it imports this: clients of
clusters and of registries take their time.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

from jupyter_modelship.names import short
from jupyter_modelship.plan.options import as_json
from jupyter_modelship.targets.port import Observation, Release, Staged, Target

from . import (
    computing,
    confirming,
    deploying,
    imaging,
    kept,
    preflight,
    proving,
    rendering,
    workplace,
)
from .computing import Computed
from .configuration import declared_values
from .context import RunContext
from .provenance import record
from .rehearsing import Begun
from .rendering import Rendered
from .review import Reviewed, check_owner
from .services import check_place
from .stages import skipped, stage
from .workplace import Workplace


async def shipped(
    context: RunContext, target: Target, reviewed: Reviewed, rehearsal: Begun
) -> Mapping[str, object]:
    """From what was reviewed to what answers. The rehearsal's kernel starts meanwhile; it runs no
    cell before all that can be asked has been asked."""
    request = context.run.request
    live = await _owned(context, target, reviewed)
    values = declared_values(context.places, request.service, reviewed.plan.options).by_name
    if _unchanged(live, reviewed, context) and await target.configured(request.service, values):
        assert live is not None, "an unchanged service is there"
        return _unchanged_result(context, live)
    await target.configure(request.service, values)
    workplace.keep(
        context.places,
        context.run.id,
        Workplace("rehearse", str(reviewed.folder), reviewed.facts.python),
    )
    with stage(context, "rehearse") as note:
        supply = await target.supply(request.service, as_json(reviewed.plan.options))
        chosen = await preflight.insist(context, target, reviewed, supply)
        computed = await computing.compute(context, reviewed, target, note, chosen, rehearsal)
    with stage(context, "render") as note:
        rendered = _render(context, reviewed, computed)
        note.summary = f"bundle {short(rendered.bundle.digest)}"
    async with imaging.built(context, target, supply, reviewed, computed, rendered) as image:
        push = imaging.pushing(supply, reviewed, computed, rendered, image)
        await push.before(context)
        release = deploying.release(
            context,
            reviewed,
            python=computed.prepared.python,
            rendered=rendered,
            image=imaging.image_name(context, supply, image),
        )
        proof = proving.proved(context, target, release, reviewed, computed, rendered.code)
        if context.run.request.until == "prove":
            return await _only_proved(context, proof, live, computed)
        await _deployed(context, target, release, proof, live, push.after)
    with stage(context, "confirm") as note:
        observation, note.summary = await confirming.confirm(context, target, computed)
    pushed = imaging.pushed_to(context)
    context.keep(await record(context, reviewed, computed, rendered, observation, image=pushed))
    kept.forget(context.places, request.service)
    return confirming.result(observation, reviewed, computed)


async def _deployed(
    context: RunContext,
    target: Target,
    release: Release,
    proof: AbstractAsyncContextManager[Staged],
    live: Observation | None,
    push: imaging.Push,
) -> None:
    """Prove and hand the traffic over, unless an earlier worker of this run has done both."""
    applied = await deploying.applied(context, target)
    if applied is not None:
        skipped(context, "prove", "done before the interruption")
        skipped(context, "deploy", f"revision {applied['revision']} is there already")
        return
    async with proof as staged:
        await push(context)
        with stage(context, "deploy") as note:
            applied = await deploying.deploy(context, target, release, staged, live)
            note.summary = deploying.summary(applied, live)


async def _only_proved(
    context: RunContext,
    proof: AbstractAsyncContextManager[Staged],
    live: Observation | None,
    computed: Computed,
) -> Mapping[str, object]:
    """Prove, and leave what is live alone: all that is kept is in the caches."""
    async with proof:
        pass
    for name in ("deploy", "confirm"):
        skipped(context, name, "only the proof was asked for")
    return {
        "service": context.run.service,
        "target": context.run.request.target,
        "url": live.url if live else None,
        "revision": live.revision if live else 0,
        "unproven": not computed.rehearsed.examples,
    }


async def _owned(context: RunContext, target: Target, reviewed: Reviewed) -> Observation | None:
    """What is live under the service's name, which has to be the notebook's."""
    request = context.run.request
    seen = await target.observe(request.service)
    check_owner(seen, reviewed.path, who=request.who, takes_over=request.takes_over)
    await check_place(request.service, request.target, context.places)
    return seen


def _render(context: RunContext, reviewed: Reviewed, computed: Computed) -> Rendered:
    rehearsed = computed.rehearsed
    wanted = rendering.given(
        reviewed,
        contract=computed.contract,
        lock=computed.prepared.lock,
        artifacts=rehearsed.artifacts,
        examples=rehearsed.examples,
    )
    return rendering.stored(wanted, context.places, artifacts=rehearsed.folder)


def _unchanged(live: Observation | None, reviewed: Reviewed, context: RunContext) -> bool:
    """Whether this plan is what runs already, by another run than this one."""
    return (
        live is not None
        and context.run.request.until is None
        and live.state == "running"
        and live.plan_digest == reviewed.plan.digest
        and all(revision.run != context.run.id for revision in live.revisions)
        and not context.run.request.fresh
        and not context.run.request.takes_over
    )


def _unchanged_result(context: RunContext, live: Observation) -> Mapping[str, object]:
    for name in ("rehearse", "prove", "deploy", "confirm"):
        skipped(context, name, f"revision {live.revision} is this plan already")
    return {
        "service": live.service,
        "target": live.target,
        "url": live.url,
        "revision": live.revision,
        "unchanged": True,
    }
