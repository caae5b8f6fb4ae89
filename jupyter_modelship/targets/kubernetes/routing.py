"""Waiting until a Service leads to a revision's pods; or why it does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from jupyter_modelship.targets.port import Tell, silent

from .causes import Cause
from .kinds import SLICE, Object, name_of
from .observing import of_run
from .patience import Patience
from .rollout import LOOK_SECONDS, ROLLOUT_SECONDS, Rollout, pauses

_OF_SERVICE = "kubernetes.io/service-name"


async def routed(
    rollout: Rollout,
    run_label: str,
    tell: Tell = silent,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Return when the Service leads to a pod of that run: its EndpointSlices list one as ready.

    The cluster's controllers write them, usually at once. One whose API server was away twice
    within two minutes does not look again for up to a minute (client-go, tools/cache/reflector.go),
    each kind of object by itself, and tries again later and later what it found out of date.
    Each node's kube-proxy follows them by itself, usually within a second; nobody outside the
    node can see when. Raises StageFailed.
    """
    patience = Patience(tell, ROLLOUT_SECONDS, clock)
    judged = clock()
    for seconds in pauses():
        serving = {name_of(pod) for pod in await rollout.serving(run_label)}
        if ready_in(await _slices(rollout)) & serving:
            return
        if clock() - judged >= LOOK_SECONDS:
            patience.judge(await _why(rollout, run_label, sorted(serving)))
            judged = clock()
        await pause(seconds)


async def _slices(rollout: Rollout) -> Sequence[Object]:
    labels = f"{_OF_SERVICE}={rollout.service}"
    return (await rollout.api.list(SLICE, rollout.namespace, labels=labels))[0]


async def _why(rollout: Rollout, run_label: str, serving: Sequence[str]) -> tuple[Cause, ...]:
    if serving:
        return (_unlisted(rollout, serving[0]),)
    return await rollout.causes(of_run(await rollout.pods(), run_label))


def _unlisted(rollout: Rollout, pod: str) -> Cause:
    return Cause(
        "unlisted",
        f"the Service {rollout.service} leads to no pod of this revision",
        f"{pod} is ready, and no EndpointSlice of the Service lists it",
        "the cluster's controller manager does that, up to some minutes late where the API was "
        f"away; see: kubectl -n {rollout.namespace} get endpointslices "
        f"-l {_OF_SERVICE}={rollout.service}",
        sure=False,
    )


def ready_in(slices: Sequence[Object]) -> set[str]:
    """The names of the pods that a Service's slices send requests to."""
    return {
        str((each.get("targetRef") or {}).get("name"))
        for one in slices
        for each in one.get("endpoints") or ()
        if (each.get("conditions") or {}).get("ready") is not False
    }
