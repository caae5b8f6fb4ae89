"""What a run has left that was ended between its first object and its Deployment.

Each object says in an annotation which run gave it to the cluster last; what one of another run
has taken over since is that run's. A Secret with a token says nothing: it is the service's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_modelship.bundle.release import naming

from . import ownership
from .api import Api
from .failures import ApiRefused
from .history import Kept
from .kinds import ACCOUNT, CONFIG_MAP, DEPLOYMENT, POLICY, Kind, Object, name_of
from .ownership import Found

_SHARED = (ACCOUNT, CONFIG_MAP)
"""What a run may give to the cluster that a revision has already, under the same name."""
_MADE = (POLICY, *_SHARED)


async def removed(
    api: Api, namespace: str, service: str, run: str, revisions: Sequence[Kept]
) -> Found | None:
    """Objects of that run which no revision has, told to go; those that one has are as it wants
    them. None where another run is at it, whose end takes the rest."""
    found = await ownership.all_of(api, namespace, service, (DEPLOYMENT, *_MADE))
    known = {run, *(each.record.run for each in revisions)}
    if any(kind is DEPLOYMENT and _run(each) not in known for kind, each in found):
        return None
    theirs = _theirs(revisions)
    gone = []
    for kind, each in found:
        if kind is not DEPLOYMENT and _run(each) == run:
            back = theirs.get((kind.name, name_of(each)))
            if await _undone(api, namespace, kind, each, back) and back is None:
                gone.append((kind, each))
    return None if any(_run(each) not in known for _, each in found) else gone


async def _undone(
    api: Api, namespace: str, kind: Kind, each: Object, back: dict[str, Any] | None
) -> bool:
    """Whether it was still as it was found: what another run has changed meanwhile is left."""
    version = str(each["metadata"]["resourceVersion"])
    try:
        if back is None:
            uid = str(each["metadata"]["uid"])
            await api.delete(kind, namespace, name_of(each), uid=uid, version=version)
        else:
            await api.apply({**back, "metadata": {**back["metadata"], "resourceVersion": version}})
    except ApiRefused as error:
        if error.refusal.code != 409:
            raise
        return False
    return True


def _theirs(revisions: Sequence[Kept]) -> Mapping[tuple[str, str], dict[str, Any]]:
    """By kind and name, as the newest revision that has it wants it."""
    kinds = {kind.name for kind in _SHARED}
    return {
        (each["kind"], name_of(each)): each
        for kept in revisions
        for each in kept.objects
        if each["kind"] in kinds
    }


def _run(each: Object) -> str:
    return str((each["metadata"].get("annotations") or {}).get(naming.RUN) or "")
