"""Why a revision does not come up: objects of the cluster in, causes with evidence out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from .cause_texts import CODES, Code, line_of
from .crashes import crash
from .kinds import Object

QUIET_SECONDS = 10.0
"""A process that runs for so long and is not ready is said to be slow."""
_SEVERAL = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """What the cluster shows of one revision."""

    deployment: Object | None = None
    pods: Sequence[Object] = ()
    """Of that revision alone."""
    events: Sequence[Object] = ()
    """Of the namespace; those of other objects are passed over."""
    logs: Mapping[str, str] = field(default_factory=dict)
    """By pod: the end of what its last process wrote, where that was asked for."""


@dataclass(frozen=True, slots=True)
class Cause:
    code: str
    """A key of `cause_texts.CODES`, but for what is no pod's own (`routing`)."""
    what: str
    evidence: str
    """A line of the cluster's own, or of the service's."""
    remedy: str
    sure: bool
    """Waiting does not help: what is missing has to be put right first."""
    cell: str | None = None
    line: int | None = None


def causes(seen: Seen, *, now: datetime) -> tuple[Cause, ...]:
    """What stands in the way, the gravest first; nothing where all goes well."""
    found: dict[str, Cause] = {}
    for cause in _all(seen, now):
        found.setdefault(cause.code, cause)
    order = list(CODES)
    return tuple(sorted(found.values(), key=lambda each: (not each.sure, order.index(each.code))))


def named(code: str, evidence: str, **more: Any) -> Cause:
    """The cause of that code with its evidence."""
    row: Code = CODES[code]
    return Cause(code, row.what, line_of(evidence), row.remedy, row.sure, **more)


def addressed(cause: Cause, service: str) -> Cause:
    """The cause with a remedy that can be typed."""
    return replace(cause, remedy=cause.remedy.replace("SERVICE", service))


def _all(seen: Seen, now: datetime) -> Iterator[Cause]:
    if not _all_made(seen):
        yield from _deployment(seen.deployment)
    for pod in seen.pods:
        metadata = pod["metadata"]
        events = [each for each in seen.events if _uid(each) == str(metadata.get("uid"))]
        for event in events:
            yield from _event(event)
        yield from _pod(pod, events, seen.logs.get(str(metadata["name"]), ""), now)


def _uid(event: Object) -> str:
    return str(event.get("involvedObject", {}).get("uid"))


def _all_made(seen: Seen) -> bool:
    """Whether the revision has its pods: what is said of others is no cause of its own, as of a
    revision that was taken back a moment ago."""
    wanted = int(((seen.deployment or {}).get("spec") or {}).get("replicas", 1))
    ended = ("Succeeded", "Failed")
    made = [pod for pod in seen.pods if (pod.get("status") or {}).get("phase") not in ended]
    return 0 < wanted <= len(made)


def _deployment(deployment: Object | None) -> Iterator[Cause]:
    """What keeps pods from being made at all."""
    for condition in _conditions(deployment):
        if condition.get("type") == "ReplicaFailure" and condition.get("status") == "True":
            yield from _matched(_NOT_MADE, str(condition.get("message")), "not-made")


def _event(event: Object) -> Iterator[Cause]:
    message = str(event.get("message"))
    if event.get("reason") == "FailedMount":
        yield from _matched(_MISSING, message, "")


def _pod(pod: Object, events: Sequence[Object], log: str, now: datetime) -> Iterator[Cause]:
    status = pod.get("status") or {}
    if status.get("reason") == "Evicted":
        yield named("evicted", str(status.get("message")))
    for condition in _conditions(pod):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            yield from _matched(_UNSCHEDULED, str(condition.get("message")), "unschedulable")
    for container in status.get("containerStatuses") or ():
        yield from _container(container, log)
        yield from _not_ready(pod, container, events, now)


def _container(container: Mapping[str, Any], log: str) -> Iterator[Cause]:
    state, before = container.get("state") or {}, container.get("lastState") or {}
    waiting = state.get("waiting") or {}
    reason, message = str(waiting.get("reason") or ""), str(waiting.get("message") or "")
    if reason in ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"):
        yield from _matched(_PULLING, message, "image-not-pulled")
    if reason in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError"):
        yield from _matched(_MISSING, message, "not-started")
    ended = state.get("terminated") or before.get("terminated")
    if ended and (reason == "CrashLoopBackOff" or state.get("terminated")):
        yield _ended(ended, log)


def _ended(ended: Mapping[str, Any], log: str) -> Cause:
    code = int(ended.get("exitCode") or 0)
    text = log or str(ended.get("message") or "")
    if ended.get("reason") == "OOMKilled" or (code == 137 and "out of memory" in text.lower()):
        return named("out-of-memory", f"exit {code}: {ended.get('reason')}")
    if "exec format error" in text:
        return named("wrong-platform", text)
    told = crash(text)
    evidence = told.text or f"exit {code}: {ended.get('reason') or 'no reason is given'}"
    return named("crash", evidence, cell=told.cell, line=told.line)


def _not_ready(
    pod: Object, container: Mapping[str, Any], events: Sequence[Object], now: datetime
) -> Iterator[Cause]:
    running = (container.get("state") or {}).get("running")
    if not running or container.get("ready") or pod["metadata"].get("deletionTimestamp"):
        return
    seconds = (now - _moment(str(running["startedAt"]))).total_seconds()
    restarts = int(container.get("restartCount") or 0)
    if restarts >= _SEVERAL:
        yield named("restarts", f"restarted {restarts} times, running for {seconds:.0f} s now")
    elif seconds > QUIET_SECONDS:
        since = str(running["startedAt"])
        refused = next((text for text in _refusals(events) if text[0] >= since), ("", ""))[1]
        code = "never-ready" if container.get("started") or refused else "slow-start"
        evidence = refused or "/readyz does not answer"
        yield named(code, f"running for {seconds:.0f} s: {evidence}")


def _refusals(events: Sequence[Object]) -> Iterator[tuple[str, str]]:
    """When and in what words a process that listens already said that it is not ready."""
    for event in events:
        message = str(event.get("message"))
        if event.get("reason") == "Unhealthy" and "statuscode:" in message:
            yield str(event.get("lastTimestamp") or ""), message


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _conditions(each: Object | None) -> Sequence[Mapping[str, Any]]:
    return ((each or {}).get("status") or {}).get("conditions") or ()


_Table = Sequence[tuple[str, str]]


def _matched(table: _Table, message: str, otherwise: str) -> Iterator[Cause]:
    """The first row of the table whose words are in the message, else the cause `otherwise`."""
    for code, words in table:
        if re.search(words, message, re.IGNORECASE):
            yield named(code, message)
            return
    if otherwise:
        yield named(otherwise, message)


_NOT_MADE: _Table = (
    ("quota", r"exceeded quota|failed quota"),
    ("pod-security", r"violates PodSecurity"),
    ("limit-range", r"(?:maximum|minimum) .* usage per|limit to request ratio"),
)
_UNSCHEDULED: _Table = (
    ("no-cpu", r"Insufficient cpu"),
    ("no-memory", r"Insufficient memory"),
    ("tainted", r"untolerated taint"),
    ("no-such-node", r"node affinity/selector"),
)
_PULLING: _Table = (
    ("wrong-platform", r"no match for platform|no matching manifest"),
    ("image-missing", r"not found|manifest unknown|name unknown|does not exist"),
    ("pull-forbidden", r"unauthorized|denied|forbidden|authorization failed|authentication"),
    ("registry-silent", r"no such host|refused|timeout|timed out|unreachable|x509|tls"),
)
_MISSING: _Table = (
    ("secret-missing", r"secret .*not found|key .* in secret|references non-existent secret"),
    ("map-missing", r"configmap .*not found|key .* in configmap|references non-existent config"),
    ("wrong-platform", r"exec format error"),
)
