"""What was done to services of a cluster, where every colleague finds it.

With a service, as an annotation of its newest revision, which each revision takes over from the
one before. Of a service that is deleted nothing is left, so that deed is an Event of its namespace:
kept for as long as the cluster keeps Events (an hour, where nobody set another time).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jupyter_modelship.bundle.release.naming import MANAGER
from jupyter_modelship.places import Places
from jupyter_modelship.targets.audit import AuditLine, Deed, dump, now, read

from . import history, known, ownership
from .api import Api
from .failures import ApiRefused
from .ground import Ground
from .history import Kept
from .kinds import DEPLOYMENT, EVENT, REVISION, Object

REASON = "ModelshipDeleted"


def line(deed: Deed, service: str, namespace: str, live: Kept, who: str) -> AuditLine:
    """What somebody does to the service now."""
    return AuditLine(
        when=now(),
        deed=deed,
        service=service,
        who=who,
        where=where(namespace),
        revision=live.number,
        digest=live.record.bundle_digest,
    )


def shipped(
    service: str,
    namespace: str,
    made: Kept,
    before: Sequence[Kept],
    overrides: tuple[str, ...],
) -> AuditLine:
    """What a revision does that is about to get its number."""
    deed: Deed = "deploy"
    if made.record.origin is not None:
        deed = "rollback"
    elif before and not before[-1].whose.includes(made.whose):
        deed = "take-over"
    told = line(deed, service, namespace, made, made.record.who)
    return replace(told, run=made.record.run, overrides=overrides)


def where(namespace: str) -> str:
    """As an audit line says it."""
    return f"kubernetes {namespace}"


async def tell_deleted(api: Api, namespace: str, done: AuditLine) -> None:
    """Before anything is deleted: who may not leave a line may not delete."""
    try:
        await api.create(event(namespace, done))
    except ApiRefused as error:
        if error.refusal.code != 409:  # made before: it was the answer that did not come
            raise


def event(namespace: str, done: AuditLine) -> dict[str, Any]:
    """The Event of a deletion; its message is the line, as JSON."""
    second = f"{done.when[:19]}Z"
    (told,) = json.loads(dump([done]))
    return {
        "apiVersion": EVENT.version,
        "kind": EVENT.name,
        "metadata": {"name": f"{done.service}.{secrets.token_hex(8)}", "namespace": namespace},
        "involvedObject": {
            "apiVersion": DEPLOYMENT.version,
            "kind": DEPLOYMENT.name,
            "name": done.service,
            "namespace": namespace,
        },
        "type": "Normal",
        "reason": REASON,
        "message": json.dumps(told),
        "source": {"component": MANAGER},
        "firstTimestamp": second,
        "lastTimestamp": second,
        "count": 1,
    }


async def lines(here: Ground, places: Places, service: str) -> tuple[AuditLine, ...]:
    """Of that service, or of all (""), wherever they are, oldest first."""
    spaces = known.namespaces(places, here.home)
    found = [each for space in spaces for each in await _lines(here.api, space, service)]
    return tuple(sorted(found, key=lambda line: line.when))


async def _lines(api: Api, namespace: str, service: str) -> list[AuditLine]:
    there, _ = await api.list(REVISION, namespace, labels=ownership.selector(service))
    kept = [each for each in there if not each["metadata"].get("deletionTimestamp")]
    gone, _ = await api.list(EVENT, namespace, fields=f"reason={REASON}")
    newest = {history.service_of(each): each for each in sorted(kept, key=history.number_of)}
    found = [*_deleted(gone), *(line for each in newest.values() for line in history.noted(each))]
    return [each for each in found if service in ("", each.service)]


def _deleted(events: Sequence[Object]) -> list[AuditLine]:
    found = []
    for each in events:
        try:
            told = read(json.loads(str(each.get("message") or "")))
        except ValueError:
            continue
        if told is not None:
            found.append(told)
    return found
