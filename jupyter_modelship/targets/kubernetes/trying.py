"""All objects of a release tried without making any: what a cluster has against them is heard
before a byte is built."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from jupyter_modelship.bundle.release import phases
from jupyter_modelship.bundle.release.objects import objects
from jupyter_modelship.targets.port import Release

from . import ownership
from .failures import ApiRefused
from .ground import Ground
from .kinds import Object
from .takeover import Objects, Takeover
from .wanting import Circumstances, wanted

_NOTHING = "0" * 64
_WEBHOOK = "admission webhook"
"""May look at the image itself, which is not there yet: what it says is told, and no more."""


async def tried(here: Ground, made: Objects, service: str) -> tuple[str, ...]:
    """That the cluster takes them, and what it warns of. Raises StageFailed where it does not, or
    where one would be put in another's place."""
    takeover = Takeover(here.api, str(made[0]["metadata"]["namespace"]), service)
    held = phases.held(await takeover.as_many(made))
    await ownership.check(here.api, held, service)
    answers = await asyncio.gather(*(_one(here, each) for each in held))
    heard = tuple(dict.fromkeys(line for lines in answers for line in lines))
    but = ", but for what follows" if heard else ""
    return (f"all {len(held)} objects tried: the cluster takes them{but}", *heard)


async def _one(here: Ground, each: Object) -> tuple[str, ...]:
    try:
        return tuple(f"the cluster warns: {line}" for line in await here.api.warnings(each))
    except ApiRefused as error:
        if _WEBHOOK not in error.refusal.message:
            raise
        return (f"of an image that is not there yet: {error.message}",)


def would_be(
    here: Ground, options: Mapping[str, object], service: str, repository: str, found: Circumstances
) -> Objects:
    """The objects of a release with these options, of an image that is none."""
    names = options.get("env")
    values = dict.fromkeys(map(str, names), "") if isinstance(names, (list, tuple)) else {}
    release = Release(
        service=service,
        plan_digest=_NOTHING,
        bundle_digest=_NOTHING,
        bundle_folder=Path(),
        python=Path(),
        notebook="",
        run="permission",
        options=options,
        image=f"{repository}@sha256:{_NOTHING}",
    )
    namespace = here.namespace(options)
    return objects(
        wanted(release, namespace=namespace, cluster=here.cluster, values=values, found=found)
    )
