"""Causes out of what a cluster shows: statuses and messages as Kubernetes 1.34 words them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import pytest

from jupyter_modelship.targets.kubernetes.cause_texts import CODES, line_of
from jupyter_modelship.targets.kubernetes.causes import Seen, causes

NOW = datetime(2026, 11, 28, 12, 0, 0, tzinfo=timezone.utc)
STARTED = "2026-11-28T11:59:50Z"
LONG_AGO = "2026-11-28T11:58:00Z"
FAILED = json.dumps(
    {"event": "failed", "error": "KeyError", "message": "'a'", "cell": "c3", "line": 2}
)


def pod(status: Mapping[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": "iris-1", "uid": "u1", **metadata}, "status": status}


def container(**status: Any) -> dict[str, Any]:
    return pod({"containerStatuses": [{"name": "service", "restartCount": 0, **status}]})


def waiting(reason: str, message: str, **more: Any) -> dict[str, Any]:
    return container(state={"waiting": {"reason": reason, "message": message}}, **more)


def ended(code: int, reason: str, message: str = "") -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "reason": reason, "message": message}}


def unscheduled(message: str) -> dict[str, Any]:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    return pod({"phase": "Pending", "conditions": [{**condition, "message": message}]})


def not_made(message: str, replicas: int = 1) -> dict[str, Any]:
    condition = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}
    return {
        "metadata": {"name": "iris"},
        "spec": {"replicas": replicas},
        "status": {"conditions": [{**condition, "message": message}]},
    }


def mount(message: str, uid: str = "u1") -> dict[str, Any]:
    return {"reason": "FailedMount", "message": message, "involvedObject": {"uid": uid}}


PULL = 'Back-off pulling image "r/iris@sha256:1": ErrImagePull: rpc error: code = NotFound desc = '
QUOTA = 'pods "iris-x" is forbidden: exceeded quota: team, used: pods=3, limited: pods=3'
SECURITY = (
    'pods "iris-x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'
)
RANGE = 'pods "iris-x" is forbidden: maximum memory usage per Container is 512Mi, but limit is 1Gi'
NODES = (
    "0/1 nodes are available: 1 {}. preemption: 0/1 nodes are available: 1 No preemption victims."
)
CRASHING = {"lastState": ended(1, "Error", "Traceback …\nKeyError: 'a'")}
CASES: dict[str, tuple[str, Seen]] = {
    "quota": ("quota", Seen(not_made(QUOTA))),
    "security": ("pod-security", Seen(not_made(SECURITY))),
    "range": ("limit-range", Seen(not_made(RANGE))),
    "account": ("not-made", Seen(not_made('pods "iris-x" is forbidden: error looking up account'))),
    "cpu": ("no-cpu", Seen(pods=[unscheduled(NODES.format("Insufficient cpu"))])),
    "memory": ("no-memory", Seen(pods=[unscheduled(NODES.format("Insufficient memory"))])),
    "taint": (
        "tainted",
        Seen(pods=[unscheduled(NODES.format("node(s) had untolerated taint(s)"))]),
    ),
    "affinity": ("unschedulable", Seen(pods=[unscheduled(NODES.format("node(s) didn't match"))])),
    "other nodes": (
        "no-such-node",
        Seen(pods=[unscheduled(NODES.format("node(s) didn't match Pod's node affinity/selector"))]),
    ),
    "no image": (
        "image-missing",
        Seen(
            pods=[waiting("ImagePullBackOff", f"{PULL}failed to pull and unpack image: not found")]
        ),
    ),
    "no login": (
        "pull-forbidden",
        Seen(pods=[waiting("ErrImagePull", "failed to authorize: 401 Unauthorized")]),
    ),
    "no registry": (
        "registry-silent",
        Seen(pods=[waiting("ErrImagePull", "dial tcp 10.0.0.1:443: connect: connection refused")]),
    ),
    "no pull": ("image-not-pulled", Seen(pods=[waiting("ErrImagePull", "unexpected EOF")])),
    "platform at the pull": (
        "wrong-platform",
        Seen(pods=[waiting("ErrImagePull", "no match for platform in manifest: not found")]),
    ),
    "platform at the start": (
        "wrong-platform",
        Seen(
            pods=[
                waiting(
                    "CrashLoopBackOff",
                    "back-off",
                    lastState=ended(1, "Error", "exec /usr/local/bin/python: exec format error"),
                )
            ]
        ),
    ),
    "no secret": (
        "secret-missing",
        Seen(pods=[waiting("CreateContainerConfigError", 'secret "iris.secrets" not found')]),
    ),
    "no key": (
        "secret-missing",
        Seen(
            pods=[
                waiting(
                    "CreateContainerConfigError",
                    "couldn't find key KEY in Secret team-a/iris.secrets",
                )
            ]
        ),
    ),
    "no token": (
        "secret-missing",
        Seen(
            pods=[pod({"phase": "Pending"})],
            events=[
                mount('MountVolume.SetUp failed for volume "token" : secret "iris.token" not found')
            ],
        ),
    ),
    "no map": (
        "map-missing",
        Seen(pods=[waiting("CreateContainerConfigError", 'configmap "iris.env-1" not found')]),
    ),
    "no start": ("not-started", Seen(pods=[waiting("RunContainerError", "cgroup: busy")])),
    "crash": ("crash", Seen(pods=[waiting("CrashLoopBackOff", "back-off 10s", **CRASHING)])),
    "first crash": ("crash", Seen(pods=[container(state=ended(1, "Error"))])),
    "memory limit": (
        "out-of-memory",
        Seen(pods=[waiting("CrashLoopBackOff", "back-off", lastState=ended(137, "OOMKilled"))]),
    ),
    "slow": (
        "slow-start",
        Seen(pods=[container(state={"running": {"startedAt": LONG_AGO}}, started=False)]),
    ),
    "unready": (
        "never-ready",
        Seen(pods=[container(state={"running": {"startedAt": LONG_AGO}}, started=True)]),
    ),
    "unready by its own word": (
        "never-ready",
        Seen(
            pods=[container(state={"running": {"startedAt": LONG_AGO}}, started=False)],
            events=[
                {
                    "reason": "Unhealthy",
                    "message": "Startup probe failed: HTTP probe failed with statuscode: 503",
                    "lastTimestamp": "2026-11-28T11:59:59Z",
                    "involvedObject": {"uid": "u1"},
                }
            ],
        ),
    ),
    "again and again": (
        "restarts",
        Seen(pods=[container(state={"running": {"startedAt": STARTED}}, restartCount=3)]),
    ),
    "evicted": ("evicted", Seen(pods=[pod({"reason": "Evicted", "message": "low on memory"})])),
}


@pytest.mark.parametrize("case", CASES)
def test_a_cause_has_its_name_its_evidence_and_its_remedy(case: str) -> None:
    code, seen = CASES[case]
    (cause,) = causes(seen, now=NOW)
    row = CODES[code]
    assert (cause.code, cause.what, cause.remedy, cause.sure) == (
        code,
        row.what,
        row.remedy,
        row.sure,
    )
    assert cause.evidence


def test_every_cause_is_seen_here() -> None:
    assert {code for code, _ in CASES.values()} == set(CODES)


def test_the_evidence_is_the_clusters_own_word() -> None:
    (cause,) = causes(Seen(not_made(QUOTA)), now=NOW)
    assert cause.evidence == QUOTA


def test_a_crash_is_told_with_its_cell_where_the_log_says_it() -> None:
    crashed = waiting("CrashLoopBackOff", "back-off", **CRASHING)
    (cause,) = causes(Seen(pods=[crashed], logs={"iris-1": f"start\n{FAILED}\n"}), now=NOW)
    assert (cause.evidence, cause.cell, cause.line) == ("KeyError: 'a'", "c3", 2)
    (cause,) = causes(Seen(pods=[crashed]), now=NOW)
    assert (cause.evidence, cause.cell, cause.line) == ("KeyError: 'a'", None, None)


@pytest.mark.parametrize(
    "seen",
    [
        Seen(),
        Seen(pods=[pod({"phase": "Pending"})]),
        Seen(pods=[container(state={"waiting": {"reason": "ContainerCreating"}})]),
        Seen(pods=[container(state={"running": {"startedAt": STARTED}}, started=False)]),
        Seen(pods=[container(state={"running": {"startedAt": LONG_AGO}}, ready=True)]),
        Seen(pods=[pod({"phase": "Pending"})], events=[mount("secret not found", uid="another")]),
        Seen(not_made(QUOTA), [pod({"phase": "Running"})]),  # it keeps another revision's away
    ],
)
def test_what_goes_well_has_no_cause(seen: Seen) -> None:
    assert causes(seen, now=NOW) == ()


def test_a_pod_that_has_ended_is_none_of_those_that_were_to_be_made() -> None:
    (cause,) = causes(Seen(not_made(QUOTA), [pod({"phase": "Failed"})]), now=NOW)
    assert cause.code == "quota"


def test_what_no_waiting_helps_comes_first_and_each_once() -> None:
    slow = container(state={"running": {"startedAt": LONG_AGO}}, started=False)
    seen = Seen(not_made(QUOTA, 4), [slow, unscheduled(NODES.format("Insufficient cpu")), slow])
    assert [each.code for each in causes(seen, now=NOW)] == ["quota", "no-cpu", "slow-start"]


def test_a_line_of_the_cluster_is_one_printable_line() -> None:
    assert line_of("a\n\x1b[31mb\u202ec\x00") == "a ?[31mb?c?"
    assert len(line_of("x" * 5000)) == 400
    assert line_of(f"cannot pull {'0' * 5000}: 401 Unauthorized").endswith("0: 401 Unauthorized")
