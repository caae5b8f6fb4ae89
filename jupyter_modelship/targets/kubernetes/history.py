"""Revisions of a service, kept in the cluster, where every colleague finds them.

One ControllerRevision each. It is Kubernetes' own kind for this: the API refuses any change of its
data, and that two runs cannot both make `iris.7` decides which of them came first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any, Literal

from jupyter_modelship.bundle.release import naming
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.targets.port import Release, RevisionRecord

from .kinds import REVISION, Object

FORMAT = 1
STATE = "modelship/state"
State = Literal["taking-over", "live", "stopped"]
"""`taking-over`: its run has not come to the end of it, or was ended before."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A revision as the cluster keeps it."""

    record: RevisionRecord
    notebook: str
    objects: tuple[dict[str, Any], ...]
    """As they are once it is live."""
    keep: int
    """How many revisions it wants kept."""
    state: State = "live"
    uid: str = ""
    measured: int = 0
    """Most bytes that a process of it had resident while it was proved; 0 where nothing says."""

    @property
    def number(self) -> int:
        return self.record.number


def kept(each: Object) -> Kept:
    """What an object of the cluster says. Raises ModelshipError for one that cannot be read."""
    name = each["metadata"]["name"]
    try:
        data: Mapping[str, Any] = each["data"]
        if data["format"] != FORMAT:
            raise ModelshipError(
                f"revision {name} has format {data['format']}; this version knows {FORMAT}",
                remedy="upgrade jupyter_modelship",
            )
        return Kept(
            RevisionRecord(**data["record"]),
            str(data["notebook"]),
            tuple(data["objects"]),
            int(data["keep"]),
            _state(each["metadata"]["labels"].get(STATE)),
            str(each["metadata"]["uid"]),
            int(data.get("measured", 0)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelshipError(
            f"revision {name} cannot be read: {error!r}",
            remedy="it was changed by hand: delete the service and deploy again",
        ) from error


def record_of(release: Release, origin: int | None) -> RevisionRecord:
    """What is known of a revision before it has its number."""
    return RevisionRecord(
        number=0,
        plan_digest=release.plan_digest,
        bundle_digest=release.bundle_digest,
        run=release.run,
        who=release.who,
        when=now(),
        origin=origin,
    )


def by_service(items: Sequence[Object]) -> dict[str, tuple[Kept, ...]]:
    """Revisions of each service, oldest first. ControllerRevisions of others are passed over."""
    found: dict[str, list[Kept]] = {}
    for each in items:
        service = each["metadata"].get("labels", {}).get(naming.SERVICE)
        if service:
            found.setdefault(service, []).append(kept(each))
    return {name: tuple(sorted(some, key=lambda k: k.number)) for name, some in found.items()}


def document(service: str, namespace: str, wanted: Kept) -> dict[str, Any]:
    """The object of a revision that is taking over."""
    return {
        "apiVersion": REVISION.version,
        "kind": REVISION.name,
        "metadata": {
            "name": naming.revision(service, wanted.number),
            "namespace": namespace,
            "labels": {**naming.labels(service), STATE: "taking-over"},
        },
        "revision": wanted.number,
        "data": {
            "format": FORMAT,
            "record": asdict(wanted.record),
            "notebook": wanted.notebook,
            "keep": wanted.keep,
            "measured": wanted.measured,
            "objects": list(wanted.objects),
        },
    }


def _state(text: object) -> State:
    return "live" if text == "live" else "stopped" if text == "stopped" else "taking-over"


def now() -> str:
    """RFC 3339, UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
