"""Whether all replicas of a service fit into its namespace, asked before anything is made."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Sequence
from dataclasses import replace

from jupyter_modelship.errors import StageFailed

from .api import Api
from .failures import ApiRefused
from .kinds import LIMITS, QUOTA, Kind, Object
from .quantities import Copies, Lack, out_of_range, over_quota


async def room(api: Api, namespace: str, copies: Copies, *, at_most: int = 0) -> str:
    """That they fit, in words; and whether as many as `at_most` would. Raises StageFailed with what
    they do not fit, and what would have to be allowed."""
    quotas, ranges = await asyncio.gather(
        _listed(api, QUOTA, namespace), _listed(api, LIMITS, namespace)
    )
    lacks = list(over_quota(quotas or (), copies))
    trouble = [*out_of_range(ranges or (), copies.pod), *(lack.told for lack in lacks)]
    if trouble:
        raise StageFailed(
            f"the pods would not fit into namespace {namespace}: {trouble[0]}",
            remedy="choose --memory, --cpu and --replicas that fit, delete a service, or give what "
            "is in the detail to who administers the cluster",
            detail="\n".join([*trouble, *quota_commands(lacks, namespace)]),
        )
    told = ", ".join([_told(quotas, "quota"), _told(ranges, "limit range")])
    crowded = [each.told for each in over_quota(quotas or (), replace(copies, wanted=at_most))]
    if at_most <= copies.wanted or not crowded:
        return f"namespace {namespace}: {told}"
    return f"namespace {namespace}: {told}; for {at_most} replicas it has none: {crowded[0]}"


def quota_commands(lacks: Sequence[Lack], namespace: str) -> list[str]:
    """What gives each quota the room that is missing, and no more."""
    wider: dict[str, dict[str, str]] = {}
    for lack in lacks:
        wider.setdefault(lack.quota, {})[lack.resource] = lack.needed
    return [
        f"kubectl -n {namespace} patch resourcequota {quota} --type merge -p "
        + shlex.quote(json.dumps({"spec": {"hard": hard}}))
        for quota, hard in wider.items()
    ]


def _told(found: Sequence[Object] | None, word: str) -> str:
    if found is None:
        return f"its {word}s may not be read"
    return f"its {word}s have room" if found else f"it has no {word}"


async def _listed(api: Api, kind: Kind, namespace: str) -> Sequence[Object] | None:
    """None where we may not look: then the cluster says so when the pods are made."""
    try:
        return (await api.list(kind, namespace))[0]
    except ApiRefused as error:
        if error.refusal.code == 403:
            return None
        raise
