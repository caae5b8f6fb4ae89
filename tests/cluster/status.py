"""How a cluster stands: which parts run, and what they said last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from . import node
from .api import answers
from .node import DETACHED, Node
from .parts import parts
from .place import Place

LINES = 15


@dataclass(frozen=True, slots=True)
class Status:
    up: bool
    """The namespaces are there, all parts run, and the API server says that it is ready."""
    running: tuple[str, ...]
    dead: tuple[str, ...]


def status(place: Place) -> Status:
    there = node.found(place)
    if there is None:
        return Status(False, (), ())
    gone = dead(place, there)
    begun = (one.name for one in parts(place) if _begun(place, one.name))
    running = tuple(name for name in begun if name not in gone)
    return Status(not gone and answers(place), running, gone)


def _begun(place: Place, name: str) -> bool:
    return (place.logs / f"{name}.log").exists()


def dead(place: Place, there: Node) -> tuple[str, ...]:
    """Parts that were started and are there no more. Two of one name are told apart by number."""
    alive = Counter(called(one) for one in there.processes())
    gone = []
    for one in parts(place):
        if not _begun(place, one.name):
            continue
        if alive[one.shown] == 0:
            gone.append(one.name)
        alive[one.shown] -= 1
    return tuple(gone)


def called(one: psutil.Process) -> str:
    """By its first word, since a process list cuts names after 15 letters; or by what it is about
    to become."""
    try:
        words = one.cmdline()
    except psutil.Error:
        return ""
    if tuple(words[: len(DETACHED)]) == DETACHED:
        words = words[len(DETACHED) :]
    return words[0].rpartition("/")[2] if words else ""


def last_words(place: Place) -> Mapping[str, list[str]]:
    """The end of each part's log."""
    return {
        path.stem: path.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:]
        for path in sorted(place.logs.glob("*.log"))
    }
