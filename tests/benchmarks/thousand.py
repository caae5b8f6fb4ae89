"""A thousand stopped services on a cluster, as their owner left them; and who lists them."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from jupyter_modelship.bundle.release import phases
from jupyter_modelship.bundle.release.objects import objects
from jupyter_modelship.bundle.release.wanted import Wanted
from jupyter_modelship.desk.followed import Followed
from jupyter_modelship.server.board import Board
from jupyter_modelship.targets.audit import now
from jupyter_modelship.targets.kubernetes import history, known
from jupyter_modelship.targets.kubernetes.history import Kept
from jupyter_modelship.targets.kubernetes.kinds import DEPLOYMENT, POD, REVISION
from jupyter_modelship.targets.kubernetes.ownership import selector
from jupyter_modelship.targets.port import RevisionRecord
from tests.cluster.api import client
from tests.cluster.target.dock import Dock

SERVICES = 1000
LOOKS = 5
SETTLE_SECONDS = 240.0
_AT_ONCE = 4


def put(dock: Dock) -> None:
    """Make them, and return when the controllers have taken note of all."""
    known.remember(dock.places, dock.namespace)  # where this user has services
    place = dock.images.cluster.place
    assert place is not None
    names = [f"s{number:04}" for number in range(SERVICES)]

    def made(some: list[str]) -> None:
        with client(place) as ask:
            for name in some:
                for kind, document in _stopped(name, dock.namespace):
                    reply = ask.post(kind.path(dock.namespace), json=document)
                    reply.raise_for_status()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(made, (names[at::_AT_ONCE] for at in range(_AT_ONCE))))
    _settle(dock)


def _stopped(name: str, namespace: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A revision as it is kept, and its Deployment scaled to nothing. It is paused, so that no
    controller makes an empty ReplicaSet of it, a thousand times over."""
    wanted = Wanted(
        service=name,
        namespace=namespace,
        image=f"registry.example/{name}@sha256:{'1' * 64}",
        bundle_digest="b" * 64,
        plan_digest="a" * 64,
        run=f"run-{name}",
        notebook=f"/books/{name}.ipynb",
        token=False,
    )
    made = objects(wanted)
    record = RevisionRecord(1, "a" * 64, "b" * 64, f"run-{name}", "ada", now())
    document = history.document(name, namespace, Kept(record, wanted.notebook, made, keep=5))
    document["metadata"]["labels"][history.STATE] = "stopped"
    yield REVISION, document
    deployment = phases.scaled(made, 0)
    deployment["spec"]["paused"] = True
    yield DEPLOYMENT, deployment


def _settle(dock: Dock) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    for _ in itertools.count():
        found = json.loads(dock.kubectl("get", "deployments", "-o", "json"))["items"]
        if len(found) == SERVICES and all("observedGeneration" in d["status"] for d in found):
            return
        if time.monotonic() > deadline:
            raise RuntimeError("the controllers are not done with a thousand Deployments")
        time.sleep(2)


def raw(dock: Dock) -> float:
    """Seconds for what `kubectl get` of the same objects would fetch, one list after the other."""
    place = dock.images.cluster.place
    assert place is not None
    with client(place) as ask:
        ask.get("/version")
        began = time.perf_counter()
        for kind in (REVISION, DEPLOYMENT, POD):
            _read(ask, kind.path(dock.namespace))
        return time.perf_counter() - began


def _read(ask: httpx.Client, path: str) -> None:
    reply = ask.get(path, params={"labelSelector": selector()}, timeout=60)
    reply.raise_for_status()


@dataclass(frozen=True)
class Poll:
    asked: float
    """Seconds."""
    followed: float
    """Seconds, the median of those that came after."""


async def polls(dock: Dock) -> Poll:
    """What the Jupyter server does again and again while somebody looks at the services panel."""
    with _kubeconfig(dock):
        followed = Followed(dock.places)
        board = Board(dock.places, followed=followed, root=lambda: None)
        try:
            first = await _timed(board)
            later = [await _timed(board) for _ in range(LOOKS)]
        finally:
            await board.close()
            await followed.close()
    return Poll(first, sorted(later)[LOOKS // 2])


async def _timed(board: Board) -> float:
    began = time.perf_counter()
    found = json.loads(await board.all())
    took = time.perf_counter() - began
    if len(found) != SERVICES:
        raise RuntimeError(f"{len(found)} services are seen, and there are {SERVICES}")
    await asyncio.sleep(0)
    return took


@contextmanager
def _kubeconfig(dock: Dock) -> Iterator[None]:
    before = os.environ.get("KUBECONFIG")
    os.environ["KUBECONFIG"] = str(dock.kubeconfig)
    try:
        yield
    finally:
        os.environ.pop("KUBECONFIG")
        if before is not None:
            os.environ["KUBECONFIG"] = before
