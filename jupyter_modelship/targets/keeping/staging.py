"""Staged processes of one service: started, without traffic, each waiting for its run."""

from __future__ import annotations

import asyncio
import secrets
import socket
from dataclasses import dataclass

from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.targets.port import Release

from .launcher import kind_of
from .serving import Process
from .state import Record


@dataclass(slots=True)
class Waiting:
    """A staged process, and the state of the service that it was staged against."""

    process: Process
    bound: socket.socket
    base: int
    lost: str = ""
    """Why it can no longer go live."""


class Staging:
    def __init__(self, service: str) -> None:
        self._service = service
        self._waiting: dict[str, Waiting] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def releases(self) -> tuple[Release, ...]:
        return tuple(waiting.process.release for waiting in self._waiting.values())

    def uses(self, bound: socket.socket) -> bool:
        return any(waiting.bound is bound for waiting in self._waiting.values())

    def add(self, waiting: Waiting) -> str:
        """The id under which it waits."""
        identity = secrets.token_hex(6)
        self._waiting[identity] = waiting
        return identity

    def waiting(self, identity: str) -> Waiting:
        """Raises StageFailed for one that is gone or can no longer go live."""
        waiting = self._waiting.get(identity)
        if waiting is None:
            raise StageFailed(
                f"the staged process of {self._service} is gone",
                remedy="deploy the notebook again",
            )
        if waiting.lost:
            raise changed(self._service, waiting.lost)
        return waiting

    def pop(self, identity: str) -> Waiting | None:
        return self._waiting.pop(identity, None)

    def lose(self, why: str) -> set[asyncio.Future[int]]:
        """End them all: the service is no longer what their runs have reviewed. Done when each is
        gone."""
        for waiting in self._waiting.values():
            waiting.lost = why
            waiting.process.child.kill()
        return {waiting.process.child.ended for waiting in self._waiting.values()}


def changed(service: str, why: str) -> StageFailed:
    """The error of the run that came second."""
    return StageFailed(
        f"service {service} was changed while this run was under way: {why}",
        remedy="review the difference to what runs now and deploy again",
    )


def check_claim(release: Release, record: Record | None) -> None:
    """Raises UsageError where the service belongs to another notebook, or to another target."""
    if record is None:
        return
    remedy = "choose another name with --name, or delete that service first"
    if record.notebook != release.notebook:
        raise UsageError(
            f"service {release.service} belongs to the notebook {record.notebook}", remedy=remedy
        )
    others = {kind_of(revision.release) for revision in record.revisions} - {kind_of(release)}
    if others:
        raise UsageError(
            f"service {release.service} is on the target {others.pop()}: a name lives in one place",
            remedy=remedy,
        )
