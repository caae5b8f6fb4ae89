"""Are network policies enforced? Tried with two pods; the object itself would say nothing.

One pod listens, the other calls it. Then a policy comes that lets nobody in, and the calls go on.
All hangs on one Job, which the cluster ends and deletes by itself: so nothing is left where the
process that tries is killed. https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

from jupyter_modelship.bundle.emit_containerfile import USER
from jupyter_modelship.errors import StageFailed

from . import ownership, permission
from .api import Api
from .kinds import DEPLOYMENT, JOB, POD, POLICY, Object
from .rights import Right

Verdict = Literal["enforced", "not enforced", "unknown"]
MANAGER = "jupyter-modelship-doctor"
LABEL = "modelship/trial"
SECONDS = 120
"""After these the cluster ends the pods, whoever has made them."""
STARTED_SECONDS = 60.0
BEFORE, AFTER = 30, 16
"""Calls before there is a policy, and calls that get through in spite of it until it is sure."""
RIGHTS = (
    Right("apps", "deployments", "list"),
    Right("batch", "jobs", "create"),
    Right("batch", "jobs", "delete"),
    Right("", "pods", "list"),
    Right("", "pods/log", "get"),
    Right("networking.k8s.io", "networkpolicies", "create"),
)
_PORT = 8099
_REACHED, _BLOCKED = "reached", "blocked"
_LISTEN = f"""\
import socket
with socket.create_server(("", {_PORT})) as server:
    while True:
        server.accept()[0].close()
"""
_CALL = f"""\
import socket, sys, time
while True:
    try:
        socket.create_connection((sys.argv[1], {_PORT}), 1).close()
        print("{_REACHED}", flush=True)
    except OSError:
        print("{_BLOCKED}", flush=True)
    time.sleep(0.5)
"""


async def tried(api: Api, namespace: str) -> Verdict:
    """Whether a policy keeps one pod of the namespace from another.

    Raises StageFailed where we may not try, have no image to try with, or the pods do not start.
    """
    await _insist(api, namespace)
    image = await _image(api, namespace)
    async with _trial(api, namespace, image) as (name, owner):
        address = str((await _running(api, namespace, f"{name}-listens"))["status"]["podIP"])
        caller = job(f"{name}-calls", namespace, image, _CALL, address)
        caller["metadata"]["ownerReferences"] = [owner]
        await api.create(caller)
        pod = await _running(api, namespace, f"{name}-calls")
        path = POD.path(namespace, str(pod["metadata"]["name"]), sub="log")
        async with api.lines(path, "read a log", query={"follow": "true"}) as lines:
            if not await _heard(lines, _REACHED, BEFORE):
                return "unknown"
            kept = policy(name, namespace)
            kept["metadata"]["ownerReferences"] = [owner]
            await api.create(kept)
            return "enforced" if await _heard(lines, _BLOCKED, AFTER) else "not enforced"


async def _insist(api: Api, namespace: str) -> None:
    if lacking := await permission.missing(api, namespace, RIGHTS):
        raise StageFailed(
            f"you may not try network policies in namespace {namespace}: "
            f"{', '.join(map(str, lacking))}",
            remedy="ask who administers the cluster to try it, or for these rights",
        )


async def _image(api: Api, namespace: str) -> str:
    """One that the cluster has: of a service of ours, in which there is a Python."""
    found, _ = await api.list(DEPLOYMENT, namespace, labels=ownership.selector())
    for each in found:
        return str(each["spec"]["template"]["spec"]["containers"][0]["image"])
    raise StageFailed(
        f"namespace {namespace} has no service whose image could be used",
        remedy="deploy one, then try again",
    )


@asynccontextmanager
async def _trial(
    api: Api, namespace: str, image: str
) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
    """The Job that listens: the trial's name, and the reference of what belongs to that Job."""
    name = f"modelship-trial-{secrets.token_hex(4)}"
    made = await api.create(job(f"{name}-listens", namespace, image, _LISTEN))
    uid = str(made["metadata"]["uid"])
    owner = {
        "apiVersion": JOB.version,
        "kind": JOB.name,
        "name": f"{name}-listens",
        "uid": uid,
    }
    try:
        yield name, owner
    finally:
        with contextlib.suppress(StageFailed):  # the cluster does it in two minutes
            await api.delete(JOB, namespace, f"{name}-listens", uid=uid)


async def _running(api: Api, namespace: str, name: str) -> Object:
    """The Job's pod, once it runs."""
    seen: str = "no pod was made"
    for _ in range(int(STARTED_SECONDS / 0.3)):
        pods, _version = await api.list(POD, namespace, labels=f"{LABEL}={name}")
        for pod in pods:
            seen = str(pod["status"].get("phase"))
            if seen == "Running":
                return pod
        await asyncio.sleep(0.3)
    raise StageFailed(
        f"the pods of the trial did not start in {STARTED_SECONDS:.0f} s: {seen}",
        remedy=f"see: kubectl -n {namespace} get events",
    )


async def _heard(lines: AsyncIterator[bytes], wanted: str, most: int) -> bool:
    """Whether one of the next so many lines is that. Raises StageFailed where they end before."""
    for _ in range(most):
        line = await anext(lines, None)
        if line is None:
            raise StageFailed("a pod of the trial ended before its time", remedy="try again")
        if line.decode("ascii", "replace").strip() == wanted:
            return True
    return False


def job(name: str, namespace: str, image: str, program: str, *arguments: str) -> dict[str, Any]:
    """A Job of one pod that the cluster ends, and deletes with all that belongs to it."""
    labels = {"app.kubernetes.io/managed-by": MANAGER, LABEL: name}
    return {
        "apiVersion": JOB.version,
        "kind": JOB.name,
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": SECONDS,
            "ttlSecondsAfterFinished": 0,
            "template": {
                "metadata": {"labels": labels},
                "spec": _pod(image, ["python", "-c", program, *arguments]),
            },
        },
    }


def _pod(image: str, command: list[str]) -> dict[str, Any]:
    """Pod Security *restricted*."""
    size = {"cpu": "50m", "memory": "64Mi"}
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 0,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": int(USER),
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "trial",
                "image": image,
                "command": command,
                "resources": {"requests": size, "limits": size},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
    }


def policy(name: str, namespace: str) -> dict[str, Any]:
    """Nobody may reach the pod that listens."""
    return {
        "apiVersion": POLICY.version,
        "kind": POLICY.name,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": MANAGER},
        },
        "spec": {
            "podSelector": {"matchLabels": {LABEL: f"{name}-listens"}},
            "policyTypes": ["Ingress"],
            "ingress": [],
        },
    }
