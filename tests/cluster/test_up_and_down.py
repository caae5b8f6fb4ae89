"""A cluster comes, whole, and goes, without a trace: also when parts of it were killed before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from . import node
from .down import down
from .node import Node
from .place import DEFAULT_FOLDER, FOLDER_VARIABLE, NUMBER_VARIABLE, Place
from .status import status
from .traces import Traces, settled, traces

NUMBER = 61
"""Beside a cluster that is up for other tests."""
STRAY_SECONDS = 30.0
ALL = (
    "registry", "registry-inside", "containerd", "etcd", "kube-apiserver",
    "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "coredns",
)  # fmt: skip


@pytest.fixture
def place() -> Iterator[Place]:
    """Where no cluster is, before and after."""
    there = Place(NUMBER, DEFAULT_FOLDER / str(NUMBER))
    down(there)
    yield there
    down(there)


def up(there: Place) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cluster", "up"],
        cwd=Path(__file__).parents[2],
        env={
            **os.environ,
            NUMBER_VARIABLE: str(there.number),
            FOLDER_VARIABLE: str(there.folder.parent),
        },
        stderr=subprocess.PIPE,
        text=True,
    )


def kill(there: Node, *names: str) -> None:
    victims = [one for one in there.processes() if set(names) & set(Path(one.name()).parts)]
    assert {one.name() for one in victims} == set(names)
    for one in victims:
        one.send_signal(signal.SIGKILL)
    psutil.wait_procs(victims, timeout=10)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """psutil knows a process by its number and its start."""
    return [one for one in processes if one.is_running() and one.status() != "zombie"]


def left(before: Traces) -> dict[str, set[str]]:
    return settled(lambda: traces().minus(before), STRAY_SECONDS)


def test_a_cluster_killed_in_parts_goes_without_a_trace(place: Place) -> None:
    before = traces()
    child = up(place)
    _, said = child.communicate()
    assert child.returncode == 0, said
    assert (status(place).up, status(place).running) == (True, ALL)
    there = node.found(place)
    assert there is not None
    everybody = list(there.processes())
    added = traces().minus(before)
    assert place.name in added["interfaces"]
    # All else is in the node's namespaces; others may mount and add rules meanwhile.
    assert "kernel" not in added
    assert not any(str(place.folder) in one for one in added.get("mounts", ()))
    assert not any("KUBE" in one for one in added.get("rules", ()))

    kill(there, "kubelet", "containerd", "etcd")

    assert set(status(place).dead) == {"kubelet", "containerd", "etcd"}
    assert not status(place).up
    down(place)
    assert alive(everybody) == []
    assert left(before) == {}


def test_a_cluster_whose_making_was_killed_goes_without_a_trace(place: Place) -> None:
    before = traces()
    child = up(place)
    assert child.stderr is not None
    for line in child.stderr:
        if "namespaces, network, mounts" in line:
            break
    child.kill()
    child.communicate()
    there = node.found(place)
    assert there is not None
    everybody = list(there.processes())

    down(place)

    assert alive(everybody) == []
    assert left(before) == {}


def test_a_first_process_that_was_killed_takes_everybody_with_it(place: Place) -> None:
    before = traces()
    child = up(place)
    assert child.stderr is not None
    for line in child.stderr:
        if "etcd and API server" in line:
            break
    there = node.found(place)
    assert there is not None
    everybody = list(there.processes())

    os.kill(there.pid, signal.SIGKILL)

    _, gone = psutil.wait_procs(everybody, timeout=10), child.communicate()
    assert child.returncode != 0, gone
    assert alive(everybody) == []
    assert left(before) == {}
