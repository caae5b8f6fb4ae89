"""What the cluster has of a service, as an observation. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from jupyter_modelship.bundle.release import naming
from jupyter_modelship.targets.port import Observation, Replicas, RevisionRecord, State

from .causes import Cause, Seen, addressed, causes
from .history import Brief, Spoilt, briefs
from .kinds import Object

TARGET = "kubernetes"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was read of one service."""

    service: str
    namespace: str
    history: Sequence[Brief | Spoilt]
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
    if isinstance(live, Spoilt):
        return _untold(facts, live, over)
    mine = of_run(facts.pods, live.run)
    cause = _cause(facts, mine)
    state = _state(facts, live, cause)
    inside = f"http://{facts.service}.{facts.namespace}.svc"
    return Observation(
        service=facts.service,
        target=TARGET,
        state=state,
        notebook=live.notebook,
        revision=live.number,
        plan_digest=live.record.plan_digest,
        bundle_digest=live.record.bundle_digest,
        url=live.url,
        since=live.record.when,
        revisions=_records(over),
        replicas=_replicas(facts.deployment, mine) if state != "stopped" else None,
        restarts=sum(map(restarts, mine)),
        reason=_reason(state, cause),
        remedy=_remedy(state, cause, facts.service),
        cell=cause.cell if cause else None,
        line=cause.line if cause else None,
        token_file=facts.token_file if live.token else None,
        measured=live.measured,
        url_from="cluster" if live.url == inside else "network",
        endpoints=live.endpoints,
        owner=live.owner,
    )


def _untold(facts: Facts, live: Spoilt, over: Sequence[Brief | Spoilt]) -> Observation:
    """A service of which nobody can tell what runs: that its pods answer does not make it well."""
    ready = sum(map(is_ready, facts.pods))
    return Observation(
        service=facts.service,
        target=TARGET,
        state="failed",
        notebook="",
        revision=live.number,
        plan_digest="",
        bundle_digest="",
        url="",
        since=live.since,
        revisions=_records(over),
        restarts=sum(map(restarts, facts.pods)),
        reason=f"{live.why.message}; {ready} of its pods answer",
        remedy=live.why.remedy,
        url_from="cluster",
    )


def _records(history: Sequence[Brief | Spoilt]) -> tuple[RevisionRecord, ...]:
    """Those that can be read."""
    return tuple(each.record for each in history if isinstance(each, Brief))


@dataclass(frozen=True, slots=True)
class Contents:
    """What a namespace has of ours."""

    namespace: str
    revisions: Sequence[Object]
    """Their metadata is enough."""
    deployments: Sequence[Object]
    pods: Sequence[Object]

    def of(self, service: str) -> Contents:
        """What one service has of it."""

        def its(items: Sequence[Object]) -> Sequence[Object]:
            return [each for each in items if _service(each) == service]

        return Contents(self.namespace, its(self.revisions), its(self.deployments), its(self.pods))


def all_observed(
    contents: Contents, token_file: Callable[[str, str], Path]
) -> tuple[Observation, ...]:
    """Every service there. `token_file`: where the token of one of a namespace would be."""
    deployments = {str(each["metadata"]["name"]): each for each in contents.deployments}
    pods: dict[str, list[Object]] = {}
    for pod in contents.pods:
        pods.setdefault(_service(pod), []).append(pod)
    facts = (
        Facts(
            service,
            contents.namespace,
            history,
            deployments.get(service),
            pods.get(service, ()),
            token_file(contents.namespace, service) if _asks(history) else None,
        )
        for service, history in briefs(contents.revisions).items()
    )
    return tuple(seen for seen in map(observed, facts) if seen is not None)


def _asks(history: Sequence[Brief | Spoilt]) -> bool:
    last = history[-1]
    return isinstance(last, Brief) and last.token


def _service(each: Object) -> str:
    return str((each["metadata"].get("labels") or {}).get(naming.SERVICE) or "")


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


def _state(facts: Facts, live: Brief, cause: Cause | None) -> State:
    if live.state == "stopped":
        return "stopped"
    if facts.deployment is None:
        return "gone"
    if any(map(is_ready, facts.pods)):
        return "running"
    return "failed" if cause and cause.sure else "starting"


def _replicas(deployment: Object | None, mine: Sequence[Object]) -> Replicas | None:
    if deployment is None:
        return None
    wanted = deployment["spec"].get("replicas")  # 1 where nobody says, by the API
    return Replicas(sum(map(is_ready, mine)), 1 if wanted is None else int(wanted))


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
