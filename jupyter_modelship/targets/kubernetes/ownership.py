"""Whose objects those are: ours by their labels, and nobody's are touched that are not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from jupyter_modelship.bundle.release import naming
from jupyter_modelship.errors import StageFailed

from .api import Api
from .failures import ApiRefused
from .kinds import OPTIONAL, OWN, Kind, Object, kind_of, name_of, told

GONE_SECONDS = 60.0
_POLL_SECONDS = 0.2
Found = Sequence[tuple[Kind, Object]]


def selector(service: str = "") -> str:
    """The label selector of all of ours, or of a service's."""
    mine = f"{naming.MANAGED_BY}={naming.MANAGER}"
    return f"{mine},{naming.SERVICE}={service}" if service else mine


def ours(each: Object, service: str) -> None:
    """Raises StageFailed for an object that is not that service's."""
    labels = each["metadata"].get("labels") or {}
    if labels.get(naming.MANAGED_BY) != naming.MANAGER or labels.get(naming.SERVICE) != service:
        raise StageFailed(
            f"there is a {told(each)} in namespace {each['metadata']['namespace']} already, "
            "and it is somebody else's",
            remedy="choose another name with --name, or remove it",
        )


async def check(api: Api, objects: Sequence[Object], service: str) -> None:
    """Raises StageFailed where one of `objects` would be put in another's place."""

    async def looked(each: Object) -> None:
        there = await api.get(kind_of(each), str(each["metadata"]["namespace"]), name_of(each))
        if there is None:
            return
        shown = {**there, "kind": each["kind"]}
        ours(shown, service)
        if there["metadata"].get("deletionTimestamp"):
            raise StageFailed(
                f"{told(shown)} is being deleted still", remedy="try again in a minute"
            )

    await asyncio.gather(*map(looked, objects))


async def all_of(
    api: Api, namespace: str, service: str, kinds: Sequence[Kind] = OWN
) -> list[tuple[Kind, Object]]:
    """All objects of a service there, in the order of `kinds`."""

    async def listed(kind: Kind) -> list[tuple[Kind, Object]]:
        try:
            items, _ = await api.list(kind, namespace, labels=selector(service))
        except ApiRefused as error:
            if kind in OPTIONAL and error.refusal.code in (403, 404):
                return []
            raise
        return [(kind, item) for item in items]

    found = await asyncio.gather(*map(listed, kinds))
    return [pair for some in found for pair in some]


async def delete(api: Api, namespace: str, found: Found) -> None:
    """Delete exactly these objects, one after the other."""
    for kind, each in found:
        await api.delete(kind, namespace, name_of(each), uid=str(each["metadata"]["uid"]))


async def gone(api: Api, namespace: str, found: Found) -> None:
    """Return when exactly these objects are there no more: until then their names are not free.

    The cluster removes an object a moment after it was told to. Raises StageFailed.
    """
    deadline = time.monotonic() + GONE_SECONDS
    for kind, each in found:
        while _uid(await api.get(kind, namespace, name_of(each))) == _uid(each):
            if time.monotonic() > deadline:
                raise StageFailed(
                    f"the cluster did not remove the {kind.name} {name_of(each)} within "
                    f"{GONE_SECONDS:.0f} s",
                    remedy=f"see what holds it: kubectl -n {namespace} get {kind.plural} "
                    f"{name_of(each)} -o yaml, and look for finalizers",
                )
            await asyncio.sleep(_POLL_SECONDS)


def _uid(each: Object | None) -> str:
    return str(each["metadata"]["uid"]) if each else ""
