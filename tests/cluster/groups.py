"""The control groups of a cluster's pods: one tree per hierarchy, found and removed by its name.

cgroups(7): with version 1 every controller has a hierarchy of its own, with version 2 there is one.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .place import Place

MOUNTED = Path("/sys/fs/cgroup")
END_SECONDS = 10.0
NEEDED = {"cpu", "cpuset", "hugetlb", "io", "memory", "pids"}
"""Controllers by which the kubelet limits pods."""


def hierarchies() -> tuple[Path, ...]:
    """The top of each: of the one that there is, or of all that the machine has mounted."""
    if (MOUNTED / "cgroup.controllers").exists():
        return (MOUNTED,)
    tops = (path for path in MOUNTED.iterdir() if path.is_dir() and not path.is_symlink())
    return tuple(sorted(tops))


def trees(place: Place) -> tuple[Path, ...]:
    """Those that are there."""
    return tuple(path for top in hierarchies() if (path := top / place.name).is_dir())


def make(place: Place) -> None:
    """Before the kubelet starts: it wants the group it is given to exist."""
    for top in hierarchies():
        (top / place.name).mkdir(exist_ok=True)
        if (top / "cgroup.controllers").exists():
            _hand_down(top)


def _hand_down(top: Path) -> None:
    """Version 2: a group has only the controllers that its parent hands down."""
    known = set((top / "cgroup.controllers").read_text().split())
    control = top / "cgroup.subtree_control"
    missing = NEEDED & known - set(control.read_text().split())
    control.write_text(" ".join(f"+{name}" for name in sorted(missing)))


def remove(place: Place) -> None:
    """Kill who is still in one, then remove all, the innermost first."""
    for tree in trees(place):
        for group in _inwards(tree):
            _empty(group)


def _inwards(tree: Path) -> Iterator[Path]:
    for base, names, _ in os.walk(tree, topdown=False):
        yield from (Path(base, name) for name in names)
    yield tree


def _empty(group: Path) -> None:
    deadline = time.monotonic() + END_SECONDS
    while group.is_dir():
        for pid in (group / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        try:
            group.rmdir()
        except OSError:  # who was killed is not buried yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
