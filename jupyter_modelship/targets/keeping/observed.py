"""A service's record, and what is known of its process, as an observation."""

from __future__ import annotations

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.targets.port import Observation, State

from .launcher import kind_of
from .listener import HOST
from .state import Folder, Record
from .supervise import Supervisor
from .wishes import wants_token

UNKNOWN = "local"
"""Whose service it is whose record nobody can read: somebody has to show it."""


def observed(record: Record, *, place: Folder, supervisor: Supervisor | None) -> Observation:
    """What the keeper tells of a service; without a supervisor nobody keeps its process."""
    live = record.revision(record.live)
    process = supervisor.process if supervisor else None
    metrics = process.metrics if process else 0
    last = supervisor.last if supervisor else None
    state = _state(record, supervisor)
    reason, remedy = last.reason if last else "", ""
    if state == "gone":
        reason = "the keeper is not running"
        remedy = f"start it: jupyter modelship start {record.service}"
    elif state == "failed":
        remedy = f"jupyter modelship logs {record.service}"
    return Observation(
        service=record.service,
        target=kind_of(live.release),
        state=state,
        notebook=record.notebook,
        revision=live.number,
        plan_digest=live.release.plan_digest,
        bundle_digest=live.release.bundle_digest,
        url=f"http://{HOST}:{record.port}",
        since=live.when,
        revisions=tuple(revision.record for revision in record.revisions),
        restarts=supervisor.restarts if supervisor else 0,
        reason=reason,
        remedy=remedy,
        cell=last.cell if last else None,
        line=last.line if last else None,
        metrics_url=f"http://{HOST}:{metrics}/metrics" if metrics else "",
        token_file=place.token if wants_token(live.release) else None,
    )


def _state(record: Record, supervisor: Supervisor | None) -> State:
    if record.desired != "running":
        return "stopped"
    if supervisor is None:
        return "gone"
    if supervisor.process is not None:
        return "running"
    return "failed" if supervisor.looping else "starting"


def unreadable(service: str, error: ModelshipError) -> Observation:
    """A service whose record cannot be read: still there, still to be deleted."""
    return Observation(
        service=service,
        target=UNKNOWN,
        state="failed",
        notebook="",
        revision=0,
        plan_digest="",
        bundle_digest="",
        url="",
        since="",
        revisions=(),
        reason=error.message,
        remedy=error.remedy,
    )
