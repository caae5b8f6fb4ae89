"""Brings a cluster up, step by step; each says how long it took."""

from __future__ import annotations

import fcntl
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from . import certificates, groups, images, mounts, network, node, objects, programs, settings
from .able import lacks
from .api import answers, await_, client
from .down import down
from .node import Node
from .parts import Part, parts
from .place import NODE, Place
from .status import dead, last_words, status

API_SECONDS = 60.0
NODE_SECONDS = 60.0
FIRST_PARTS = ("registry", "registry-inside", "containerd", "etcd", "kube-apiserver")
"""Those that wait for nobody; the others end when there is no API server for too long."""


def up(place: Place) -> None:
    """A cluster that is ready; as it was, where there is one. What a failed try or a killed
    cluster has left is removed before and after."""
    _check()
    program = programs.compiled()
    with _alone(place):
        said = status(place)
        if said.up:
            print(f"there is one already: {place.kubeconfig}", file=sys.stderr)
        elif len(said.running) == len(parts(place)):
            raise SystemExit("there is one that does not answer now; make cluster-down removes it")
        else:
            _make(place, program)


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """Whoever else brings up the same one at this time waits, and finds it."""
    with (programs.cache() / f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(place: Place, program: Path) -> None:
    begun = time.monotonic()
    down(place)
    try:
        with step("certificates and settings"):
            _write(place, program)
        with step("namespaces, network, mounts"):
            made = _enter(place)
        _start(place, made)
    except BaseException:
        _tell_of_failure(place)
        down(place)
        raise
    print(f"ready in {time.monotonic() - begun:.1f} s: {place.kubeconfig}", file=sys.stderr)


def _check() -> None:
    if missing := lacks():
        raise SystemExit(
            f"No test cluster: {missing}.\nName a cluster that is there: MODELSHIP_TEST_KUBECONFIG."
        )


@contextmanager
def step(what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    print(f"  {time.monotonic() - begun:5.1f} s  {what}", file=sys.stderr, flush=True)


def _write(place: Place, program: Path) -> None:
    """The program by all its names, out of reach of who empties caches meanwhile."""
    place.folder.mkdir(mode=0o700, parents=True)
    for path in (place.folder / "bin", place.logs, place.folder / "registry"):
        path.mkdir()
    for name in programs.NAMES:
        _link(program, place.folder / "bin" / name)
    certificates.make(place)
    settings.write(place)


def _link(program: Path, link: Path) -> None:
    try:
        link.hardlink_to(program)
    except OSError:  # another file system
        shutil.copy(program, link)


def _enter(place: Place) -> Node:
    made = node.begin(place)
    network.connect(place, made)
    mounts.cover(place, made)
    groups.make(place)
    return made


def _start(place: Place, made: Node) -> None:
    everyone = parts(place)
    first = [part for part in everyone if part.name in FIRST_PARTS]
    later = [part for part in everyone if part.name not in FIRST_PARTS]
    with step("etcd and API server"):
        _begin(place, made, first)
        _await(place, made, "the API server answers", API_SECONDS, lambda: answers(place))
    with step("pause image"):
        _begin(place, made, later)
        socket = place.containerd_socket
        _await(place, made, "containerd is there", NODE_SECONDS, socket.exists)
        images.give_pause(place, made)
    with client(place) as ask:
        with step("DNS and registry"):
            objects.put(place, ask)
        with step("node ready"):
            what = "the node is ready, and its namespaces have service accounts"
            _await(place, made, what, NODE_SECONDS, lambda: _ready(ask))


def _begin(place: Place, made: Node, chosen: list[Part]) -> None:
    for part in chosen:
        made.start(part.argv, place.logs / f"{part.name}.log", network=part.inside)


def _await(
    place: Place, made: Node, what: str, seconds: float, condition: Callable[[], bool]
) -> None:
    def settled() -> bool:
        gone = dead(place, made)
        assert not gone, f"{', '.join(gone)} ended"
        return condition()

    await_(what, settled, seconds, lambda: "The last words of each part are above.")


def _ready(ask: httpx.Client) -> bool:
    found = ask.get(f"/api/v1/nodes/{NODE}")
    account = ask.get("/api/v1/namespaces/default/serviceaccounts/default")
    if not (found.is_success and account.is_success):
        return False
    conditions = {one["type"]: one["status"] for one in found.json()["status"]["conditions"]}
    taints = found.json()["spec"].get("taints", [])
    return conditions.get("Ready") == "True" and not taints


def _tell_of_failure(place: Place) -> None:
    for name, lines in last_words(place).items():
        print(f"--- {name}", *lines, sep="\n", file=sys.stderr)
