"""May we, and would it fit? Asked of the cluster before anything is made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_modelship.bundle.emit_json import emit_json
from jupyter_modelship.bundle.release.size import resources
from jupyter_modelship.bundle.release.wanted import Size
from jupyter_modelship.errors import StageFailed

from .api import Api
from .failures import ApiRefused
from .ground import Ground
from .kinds import LIMITS, QUOTA, Kind, Object
from .quantities import out_of_range, over_quota
from .rights import Right, needed, review, role, routed_by

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_AT_ONCE = 8


async def permitted(here: Ground, options: Mapping[str, object]) -> tuple[str, ...]:
    """All of it for a release with these options, in lines that are told."""
    namespace = here.namespace(options)
    host = str(options.get("host") or "")
    rights = needed(
        token=options.get("token") is not False,
        scales=bool(options.get("max_replicas")),
        routed=routed_by(here.cluster.route.gateway, host),
    )
    allowed = await insist(here.api, namespace, rights)
    size = Size(int(_number(options, "memory")), _number(options, "cpu"))
    pod = {"spec": {"containers": [{"resources": resources(size, None)}]}}
    return allowed, await room(here.api, namespace, pod, copies=1)


def _number(options: Mapping[str, object], name: str) -> float:
    value = options.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0


async def missing(api: Api, namespace: str, rights: Sequence[Right]) -> tuple[Right, ...]:
    """Those of `rights` that we do not have there."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def allowed(right: Right) -> bool:
        async with gate:
            body = review(right, namespace)
            answer: Any = await api.call("POST", _REVIEWS, "ask what is allowed", body=body)
        return bool(answer["status"].get("allowed"))

    answers = await asyncio.gather(*map(allowed, rights))
    return tuple(right for right, yes in zip(rights, answers, strict=True) if not yes)


async def insist(api: Api, namespace: str, rights: Sequence[Right]) -> str:
    """That all is allowed, in words. Raises StageFailed with the Role that is missing."""
    lacking = await missing(api, namespace, rights)
    if lacking:
        told = ", ".join(map(str, lacking[:3])) + (", …" if len(lacking) > 3 else "")
        text = emit_json(role(lacking, namespace), what="a Role").decode()
        raise StageFailed(
            f"you may not do all that deploying to namespace {namespace} needs: {told}",
            remedy="give the Role in the detail to who administers the cluster, to bind it to you",
            detail=text,
        )
    return f"namespace {namespace}: all {len(rights)} rights are there"


async def room(api: Api, namespace: str, pod: Object, copies: int) -> str:
    """That so many more pods fit, in words. Raises StageFailed with what they do not fit."""
    quotas, ranges = await asyncio.gather(
        _listed(api, QUOTA, namespace), _listed(api, LIMITS, namespace)
    )
    trouble = [*out_of_range(ranges, pod), *over_quota(quotas, pod, copies)]
    if trouble:
        raise StageFailed(
            f"the pods would not fit into namespace {namespace}: {trouble[0]}",
            remedy="choose --memory, --cpu and --replicas that fit, delete a service, or ask who "
            "administers the cluster for more room",
            detail="\n".join(trouble),
        )
    return f"namespace {namespace}: {len(quotas)} quotas and {len(ranges)} limit ranges have room"


async def _listed(api: Api, kind: Kind, namespace: str) -> Sequence[Object]:
    """None where we may not look: then the cluster says so when the pods are made."""
    try:
        return (await api.list(kind, namespace))[0]
    except ApiRefused as error:
        if error.refusal.code == 403:
            return ()
        raise
