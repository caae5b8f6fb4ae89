"""A process of a release, and what it is asked on its way to the traffic."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.targets.port import Release

from .child import Child
from .wishes import finish_seconds

LOAD_SECONDS = 300.0
"""Importing the slice and its libraries; the largest need minutes from a cold disk."""
READY_SECONDS = 120.0
TAKE_SECONDS = 15.0
CLOSED_SECONDS = 5.0
"""For a process to accept no more, once it is told to drain."""
GRACE_SECONDS = 5.0
"""Beyond the time that a process has to finish, before it is killed."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a release, and the private socket that it answers on."""

    child: Child
    private: Path
    release: Release
    listener: socket.socket | None = None
    """The service's socket, where the process has not inherited it."""

    @property
    def metrics(self) -> int:
        """Port of its metrics; 0 where it has none (yet)."""
        port = self.child.facts("ready").get("metrics_port")
        return port if isinstance(port, int) else 0

    async def load(self) -> None:
        await self.child.expect("loaded", limit=LOAD_SECONDS)

    async def open(self, bundle: Path | None = None) -> None:
        """`bundle`: the folder to go on from, where it is not the one it was started from."""
        failpoint("keeper.open.before")
        self.child.tell("open", bundle=bundle)
        await self.child.expect("ready", limit=READY_SECONDS)
        failpoint("keeper.open.after")

    async def take(self) -> None:
        failpoint("keeper.take.before")
        self.child.tell("take", listener=self.listener)
        await self.child.expect("taking", limit=TAKE_SECONDS)
        failpoint("keeper.take.after")

    async def close(self) -> None:
        """Have it accept no more; it may be busy with what it has accepted."""
        self.drain()
        await self.child.expect("draining", limit=CLOSED_SECONDS)

    def drain(self) -> None:
        self.child.tell("drain")

    async def finish(self) -> None:
        """See it finish its requests and end, once it is told to drain."""
        await self.child.end(limit=finish_seconds(self.release) + GRACE_SECONDS)
