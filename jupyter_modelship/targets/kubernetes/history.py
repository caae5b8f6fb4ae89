"""Revisions of a service, kept in the cluster, where every colleague finds them.

One ControllerRevision each. It is Kubernetes' own kind for this: the API refuses any change of its
data, and that two runs cannot both make `iris.7` decides which of them came first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol, TypeVar

from jupyter_modelship.bundle.release import naming, phases
from jupyter_modelship.bundle.served import Served
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.targets.audit import AuditLine, dump, load, now
from jupyter_modelship.targets.owner import Owner
from jupyter_modelship.targets.port import Release, RevisionRecord

from .kinds import REVISION, Object

FORMAT = 1
STATE = "modelship/state"
BRIEF = "modelship/brief"
"""Annotation of a revision: what lists say of it, so that they need not read its objects."""
State = Literal["taking-over", "live", "stopped"]
"""`taking-over`: its run has not come to the end of it, or was ended before."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What lists say of a revision."""

    record: RevisionRecord
    notebook: str
    state: State
    run: str
    """Label of its pods."""
    url: str
    token: bool
    """Whether it asks for one."""
    measured: int = 0
    """As in `Kept`."""
    endpoints: tuple[Served, ...] = ()
    """As in `Kept`."""
    owner: str = ""
    """As in `Kept`."""

    @property
    def number(self) -> int:
        return self.record.number


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A revision of which lists cannot tell: its annotation is not there, or is not what we wrote.

    Its data holds all the same, which the API lets nobody change.
    """

    number: int
    state: State
    why: ModelshipError
    since: str
    """When its object was made; RFC 3339, UTC."""


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
    audit: tuple[AuditLine, ...] = ()
    """What was done to the service up to now; of a revision to be made, what makes it."""
    endpoints: tuple[Served, ...] = ()
    """Without what their authors wrote about them: that is no matter of the cluster's. None of a
    revision that was made before they were kept."""
    spoilt: bool = False
    """Whether lists cannot tell of it, until somebody writes its annotation again."""
    owner: str = ""
    """Who deployed it; who brings it back is in its record. Empty where nobody knows."""

    @property
    def whose(self) -> Owner:
        """Whose the service is while it is live."""
        return Owner(self.notebook, self.owner)

    @property
    def number(self) -> int:
        return self.record.number

    @property
    def brief(self) -> Brief:
        return Brief(
            self.record,
            self.notebook,
            self.state,
            phases.pods_run(self.objects),
            phases.address(self.objects),
            phases.asks_for_token(self.objects),
            self.measured,
            self.endpoints,
            self.owner,
        )


def kept(each: Object) -> Kept:
    """What an object of the cluster says. Raises ModelshipError for one that cannot be read."""
    try:
        data: Mapping[str, Any] = each["data"]
        _check_format(each, data)
        found = Kept(
            _record(each, data),
            str(data["notebook"]),
            tuple(data["objects"]),
            int(data["keep"]),
            _state(each),
            str(each["metadata"]["uid"]),
            int(data.get("measured", 0)),
            noted(each),
            _endpoints(data),
            owner=_owner(data),
        )
        return replace(found, spoilt=_told(each) != found.brief)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(each, error, remedy=_deleting(each)) from error


def brief(each: Object) -> Brief:
    """As `kept`, of an object of which only the metadata was read."""
    try:
        data: Mapping[str, Any] = json.loads(each["metadata"]["annotations"][BRIEF])
        _check_format(each, data)
        return Brief(
            _record(each, data),
            str(data["notebook"]),
            _state(each),
            str(data["run"]),
            str(data["url"]),
            bool(data["token"]),
            int(data["measured"]),
            _endpoints(data),
            owner=_owner(data),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(each, error, remedy=_starting(each)) from error


def _told(each: Object) -> Brief | None:
    try:
        return brief(each)
    except ModelshipError:
        return None


def _record(each: Object, data: Mapping[str, Any]) -> RevisionRecord:
    record = RevisionRecord(**data["record"])
    if record.number != number_of(each) or not isinstance(record.origin, int | None):
        raise ValueError("its number is not its own")
    return _texts(record, ("plan_digest", "bundle_digest", "run", "who", "when", "why"))


def _endpoints(data: Mapping[str, Any]) -> tuple[Served, ...]:
    names = ("function", "method", "path", "cell", "doc")
    return tuple(_texts(Served(**one), names) for one in data.get("endpoints", ()))


def _texts(value: Text, names: Sequence[str]) -> Text:
    """The value, whose fields of these names are text. Raises TypeError."""
    for name in names:
        if not isinstance(getattr(value, name), str):
            raise TypeError(f"{name} is no text")
    return value


def _owner(data: Mapping[str, Any]) -> str:
    """Of a revision that was made before owners were kept: who made it, where that was a deploy."""
    record = data["record"]
    return str(data.get("owner", "" if record.get("origin") else record["who"]))


def _check_format(each: Object, data: Mapping[str, Any]) -> None:
    if data["format"] != FORMAT:
        raise ModelshipError(
            f"revision {each['metadata']['name']} has format {data['format']}; this version knows "
            f"{FORMAT}",
            remedy="upgrade jupyter_modelship",
        )


def _unreadable(each: Object, error: Exception, *, remedy: str) -> ModelshipError:
    told = f"{type(error).__name__}: {error}"
    return ModelshipError(
        f"revision {each['metadata']['name']} cannot be read: {told:.200}", remedy=remedy
    )


def _starting(each: Object) -> str:
    return (
        f"its annotation {BRIEF} was changed by hand, or an earlier version made it: "
        f"jupyter modelship start {service_of(each)} writes it anew"
    )


def _deleting(each: Object) -> str:
    metadata = each["metadata"]
    return (
        f"somebody else made it: kubectl -n {metadata.get('namespace')} delete controllerrevision "
        f"{metadata['name']}, then deploy the notebook again"
    )


def service_of(each: Object) -> str:
    """The service that a revision is of; empty where it is of none."""
    return str((each["metadata"].get("labels") or {}).get(naming.SERVICE) or "")


def number_of(each: Object) -> int:
    """The number that a revision's name has, which nobody can change; 0 where it has none."""
    _, _, number = str(each["metadata"]["name"]).rpartition(".")
    return int(number) if number.isdecimal() and number.isascii() else 0


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


def noted(each: Object) -> tuple[AuditLine, ...]:
    """The audit lines that a revision's object has."""
    return load(str((each["metadata"].get("annotations") or {}).get(naming.AUDIT) or ""))


def by_service(items: Sequence[Object]) -> dict[str, tuple[Kept, ...]]:
    """Revisions of each service, oldest first. ControllerRevisions of others are passed over."""
    return _sorted(items, kept)


def briefs(items: Sequence[Object]) -> dict[str, tuple[Brief | Spoilt, ...]]:
    """As `by_service`, of their metadata. One that cannot be read keeps nobody from the others."""
    return _sorted(items, _brief)


def _brief(each: Object) -> Brief | Spoilt:
    try:
        return brief(each)
    except ModelshipError as error:
        made = str(each["metadata"].get("creationTimestamp") or "")
        return Spoilt(number_of(each), _state(each), error, made)


class _Numbered(Protocol):
    @property
    def number(self) -> int: ...


Read = TypeVar("Read", bound=_Numbered)
Text = TypeVar("Text", RevisionRecord, Served)


def _sorted(items: Sequence[Object], read: Callable[[Object], Read]) -> dict[str, tuple[Read, ...]]:
    found: dict[str, list[Read]] = {}
    for each in items:
        if service := service_of(each):
            found.setdefault(service, []).append(read(each))
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
            "annotations": {BRIEF: written(wanted), naming.AUDIT: dump(wanted.audit)},
        },
        "revision": wanted.number,
        "data": {
            "format": FORMAT,
            "record": asdict(wanted.record),
            "notebook": wanted.notebook,
            "keep": wanted.keep,
            "measured": wanted.measured,
            "objects": list(wanted.objects),
            "endpoints": [asdict(one) for one in wanted.endpoints],
            "owner": wanted.owner,
        },
    }


def written(wanted: Kept) -> str:
    """What lists read of it, as its annotation `BRIEF`."""
    told = wanted.brief
    return json.dumps(
        {
            "format": FORMAT,
            "record": asdict(told.record),
            "notebook": told.notebook,
            "run": told.run,
            "url": told.url,
            "token": told.token,
            "measured": told.measured,
            "endpoints": [asdict(one) for one in told.endpoints],
            "owner": told.owner,
        }
    )


def again(back: Kept, *, run: str, who: str, why: str, keep: int) -> Kept:
    """A revision that is brought back now; it has no number yet, and no objects."""
    before = back.record
    record = RevisionRecord(
        number=0,
        plan_digest=before.plan_digest,
        bundle_digest=before.bundle_digest,
        run=run,
        who=who,
        when=now(),
        origin=back.number,
        why=why,
    )
    return Kept(record, back.notebook, (), keep, endpoints=back.endpoints, owner=back.owner)


def _state(each: Object) -> State:
    text = (each["metadata"].get("labels") or {}).get(STATE)
    return "live" if text == "live" else "stopped" if text == "stopped" else "taking-over"
