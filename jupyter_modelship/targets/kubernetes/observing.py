"""What the cluster has of a service, as an observation. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from jupyter_modelship.bundle.release import naming
from jupyter_modelship.bundle.release.phases import pods_run
from jupyter_modelship.targets.port import Observation, State

from .causes import Cause, Seen, addressed, causes
from .history import Kept
from .kinds import Object

TARGET = "kubernetes"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was read of one service."""

    service: str
    namespace: str
    history: Sequence[Kept]
    """Oldest first; at least one has taken over, or is about to."""
    deployment: Object | None
    pods: Sequence[Object]
    """Of all its revisions."""
    token_file: Path | None = None


def observed(facts: Facts) -> Observation | None:
    """The service as it is; None where nothing of it ever took over."""
    over = [each for each in facts.history if each.state != "taking-over"]
    if not over:
        return None
    live = over[-1]
    mine = of_run(facts.pods, pods_run(live.objects))
    cause = _cause(facts, mine)
    state = _state(facts, live, cause)
    return Observation(
        service=facts.service,
        target=TARGET,
        state=state,
        notebook=live.notebook,
        revision=live.number,
        plan_digest=live.record.plan_digest,
        bundle_digest=live.record.bundle_digest,
        url=url(live, facts),
        since=live.record.when,
        revisions=tuple(each.record for each in over),
        restarts=sum(map(restarts, mine)),
        reason=_reason(state, cause),
        remedy=_remedy(state, cause, facts.service),
        cell=cause.cell if cause else None,
        line=cause.line if cause else None,
        token_file=facts.token_file,
        measured=live.measured,
    )


def of_run(pods: Sequence[Object], label: str) -> list[Object]:
    """Those of one run that are not about to end."""
    return [
        pod
        for pod in pods
        if pod["metadata"].get("labels", {}).get(naming.RUN) == label
        and not pod["metadata"].get("deletionTimestamp")
    ]


def alive(pods: Sequence[Object]) -> list[Object]:
    """Those that have not ended: what counts against a quota."""
    ended = ("Succeeded", "Failed")
    return [pod for pod in pods if (pod.get("status") or {}).get("phase") not in ended]


def is_ready(pod: Object) -> bool:
    """Whether the pod answers, by its own word and the kubelet's."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return not pod["metadata"].get("deletionTimestamp") and any(
        each.get("type") == "Ready" and each.get("status") == "True" for each in conditions
    )


def url(live: Kept, facts: Facts) -> str:
    """How it is called: from outside where it has a route, else from within the cluster."""
    for each in live.objects:
        if each["kind"] == "HTTPRoute":
            return f"https://{each['spec']['hostnames'][0]}"
        if each["kind"] == "Ingress":
            scheme = "https" if each["spec"].get("tls") else "http"
            return f"{scheme}://{each['spec']['rules'][0]['host']}"
    return f"http://{facts.service}.{facts.namespace}.svc"


def _state(facts: Facts, live: Kept, cause: Cause | None) -> State:
    if live.state == "stopped":
        return "stopped"
    if facts.deployment is None:
        return "gone"
    if any(map(is_ready, facts.pods)):
        return "running"
    return "failed" if cause and cause.sure else "starting"


def _cause(facts: Facts, mine: Sequence[Object]) -> Cause | None:
    found = causes(Seen(facts.deployment, mine), now=datetime.now(timezone.utc))
    return next(iter(found), None)


def _reason(state: State, cause: Cause | None) -> str:
    if state == "gone":
        return "somebody has deleted its Deployment"
    return f"{cause.what}: {cause.evidence}" if cause and state != "stopped" else ""


def _remedy(state: State, cause: Cause | None, service: str) -> str:
    if state == "gone":
        return f"make it again: jupyter modelship start {service}"
    return addressed(cause, service).remedy if cause and state != "stopped" else ""


def restarts(pod: Object) -> int:
    """Unexpected ends of the pod's processes."""
    statuses: Any = (pod.get("status") or {}).get("containerStatuses") or ()
    return sum(int(each.get("restartCount") or 0) for each in statuses)
