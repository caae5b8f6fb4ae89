"""A real Kubernetes on this machine: iris after a change of code, a thousand services listed."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.down import down
from tests.cluster.given import Cluster, given_cluster
from tests.cluster.place import chosen
from tests.cluster.programs import kubernetes_version
from tests.cluster.status import status
from tests.cluster.target.dock import Dock, Images
from tests.cluster.target.person import base_reference
from tests.cluster.up import up

from . import children
from .bare import until_it_answers
from .deploys import changed
from .goals import Figure
from .machine import settle
from .page import Block, Row
from .samples import Samples
from .thousand import SERVICES, Poll, polls, put, raw
from .user import EXAMPLES

ROUNDS = 5
NOTEBOOK = "iris.ipynb"
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
_MODELSHIP = (sys.executable, "-m", "jupyter_modelship.cli")


@dataclass(frozen=True)
class Somebody:
    """Who deploys to a namespace of the cluster, from a folder of this machine."""

    dock: Dock
    folder: Path

    def run(self, *words: str) -> children.Took:
        """`modelship WORDS --json`."""
        env = children.environment(
            MODELSHIP_HOME=str(self.dock.home), KUBECONFIG=str(self.dock.kubeconfig)
        )
        return children.run([*_MODELSHIP, *words, "--json"], env=env, cwd=self.folder)

    def deploy(self, notebook: str) -> tuple[float, Mapping[str, float]]:
        """Seconds from the command to the confirmed reply, and by stage."""
        (self.folder / NOTEBOOK).write_text(notebook, encoding="utf-8")
        registry = self.dock.images.cluster.registry
        image = ("--base", base_reference(registry), "--repository", f"{registry}/bench/iris")
        flags = ("--target", "kubernetes", "--engine", "oci", "--grace", "0", *image)
        told = self.run("deploy", NOTEBOOK, "--yes", *flags)
        return told.seconds, json.loads(told.output)["seconds"]


def measure(*, rounds: int, wait: float) -> Sequence[Block]:
    with _cluster() as cluster:
        with _somebody(cluster) as who:
            deploys = _deploys(who, rounds=rounds, wait=wait)
        with _somebody(cluster) as who:
            return deploys, _lists(who, rounds=rounds, wait=wait)


def _deploys(who: Somebody, *, rounds: int, wait: float) -> Block:
    who.deploy((EXAMPLES / NOTEBOOK).read_text(encoding="utf-8"))
    who.deploy(changed(-1))
    quiet = settle(wait)
    deployed: list[tuple[float, Mapping[str, float]]] = []
    alone: list[float] = []
    for turn in range(rounds):
        alone.append(until_it_answers(who.dock))
        deployed.append(who.deploy(changed(turn)))
    ours = Samples(tuple(seconds for seconds, _ in deployed), "s")
    theirs = Samples(tuple(alone), "s")
    stages = ", ".join(
        f"{name} {statistics.median(by_stage[name] for _, by_stage in deployed):.2f}"
        for name in deployed[0][1]
    )
    return Block(
        title="To a cluster after a change of code alone",
        method="`modelship deploy iris.ipynb --target kubernetes --engine oci` on a Kubernetes of "
        "this machine, from the command to the confirmed reply: rehearsal of the examples (its "
        "kernel starts while the cluster is asked what it allows), image, push, a pod of the new "
        "revision beside the old one, proof in it, takeover, request. "
        "Against it the container alone: a bare pod of the live image, which the node has, from "
        "its creation to its first answer; it starts, imports its libraries and loads the model.",
        rows=[
            Row("a bare pod of the same image, to its first answer", theirs),
            Row("`modelship deploy`, to the confirmed reply", ours, ours.over(theirs)),
        ],
        figures=[Figure("cluster-again", ours, theirs)],
        quiet=quiet,
        notes=[
            f"The goal of this run: {theirs.median + 3:.2f} s.",
            f"Stages of the run, medians in seconds: {stages}.",
        ],
        versions={"Kubernetes": kubernetes_version()},
    )


def _lists(who: Somebody, *, rounds: int, wait: float) -> Block:
    put(who.dock)
    quiet = settle(wait)
    listed: list[float] = []
    plain: list[float] = []
    polled: list[Poll] = []
    for _ in range(rounds):
        plain.append(raw(who.dock))
        took = who.run("list")
        found = len(json.loads(took.output))
        if found != SERVICES:
            raise RuntimeError(f"{found} services are listed, and there are {SERVICES}")
        listed.append(took.seconds)
        polled.append(asyncio.run(polls(who.dock)))
    ours, theirs = Samples(tuple(listed), "s"), Samples(tuple(plain), "s")
    asked = Samples(tuple(one.asked for one in polled), "s")
    followed = Samples(tuple(one.followed for one in polled), "s")
    return Block(
        title=f"A cluster with {SERVICES:,} services",
        method="Each is stopped: a revision and a Deployment without replicas, both real objects "
        "of the API server. `modelship list --json` as a whole process, against plain GETs of the "
        "same three lists (revisions, Deployments, pods) by a connection that is open, without a "
        "look at what comes. A look of the services panel is all that the Jupyter server does for "
        "it: the first one asks the cluster, those that follow read what the watches have told.",
        rows=[
            Row("GET of the same lists", theirs),
            Row("`modelship list --json`", ours, ours.over(theirs)),
            Row("a look of the panel, asking the cluster", asked, asked.over(theirs)),
            Row("a look of the panel, told by watches", followed, followed.over(theirs)),
        ],
        figures=[Figure("cluster-list", ours, theirs)],
        quiet=quiet,
        versions={"Kubernetes": kubernetes_version()},
    )


@contextmanager
def _cluster() -> Iterator[Cluster]:
    """The one that is up, else one for the occasion."""
    place = chosen()
    mine = not status(place).up
    if mine:
        up(place)
    try:
        os.environ.pop("MODELSHIP_TEST_KUBECONFIG", None)
        yield given_cluster()
    finally:
        if mine:
            down(place)


@contextmanager
def _somebody(cluster: Cluster) -> Iterator[Somebody]:
    """In a namespace of their own, until the block ends."""
    name = f"bench-{secrets.token_hex(3)}"
    metadata: dict[str, Any] = {"name": name, "labels": RESTRICTED}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    try:
        with tempfile.TemporaryDirectory(prefix="modelship-bench-") as folder:
            images = Images(cluster, Path(folder))
            images.base()
            home = Path(folder) / "user"
            home.mkdir()
            yield Somebody(Dock(images, name, home), home)
    finally:
        cluster.kubectl("delete", "namespace", name, "--wait=false")
