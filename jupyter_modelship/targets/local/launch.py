"""From a release to its process, and what that process is asked on its way to the traffic."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.process import environment
from jupyter_modelship.targets.port import Release

from .child import Child, Children, spawn
from .command import Ends, command, declared, finish_seconds
from .hidden import Hidden
from .log import Log
from .state import Folder
from .values import declared_values, inherited, token_file

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

    @property
    def metrics(self) -> int:
        """Port of its metrics; 0 where it has none (yet)."""
        port = self.child.facts("ready").get("metrics_port")
        return port if isinstance(port, int) else 0

    async def load(self) -> None:
        await self.child.expect("loaded", limit=LOAD_SECONDS)

    async def open(self, bundle: Path | None = None) -> None:
        """`bundle`: the folder to go on from, where it is not the one it was started from."""
        failpoint("local.open.before")
        self.child.tell("open", bundle=bundle)
        await self.child.expect("ready", limit=READY_SECONDS)
        failpoint("local.open.after")

    async def take(self) -> None:
        failpoint("local.take.before")
        self.child.tell("take")
        await self.child.expect("taking", limit=TAKE_SECONDS)
        failpoint("local.take.after")

    async def close(self) -> None:
        """Have it accept no more; it may be busy with what it has accepted."""
        self.drain()
        await self.child.expect("draining", limit=CLOSED_SECONDS)

    def drain(self) -> None:
        self.child.tell("drain")

    async def finish(self) -> None:
        """See it finish its requests and end, once it is told to drain."""
        await self.child.end(limit=finish_seconds(self.release) + GRACE_SECONDS)


def launch(
    release: Release,
    *,
    bound: socket.socket,
    place: Folder,
    children: Children,
    sockets: Callable[[str], Path],
    log: Log,
) -> Process:
    """Start a process of `release` that inherits the socket `bound`. Raises StageFailed."""
    _check_files(release)
    hidden = declared_values(place, declared(release, "secrets"))
    values = {**declared_values(place, declared(release, "env")), **hidden}
    token = token_file(place)
    private = sockets(f"p-{secrets.token_hex(6)}")
    ours, its = socket.socketpair()
    failpoint("local.spawn.before")
    child = spawn(
        command(release, ends=Ends(bound.fileno(), its.fileno(), private), token=token),
        children=children,
        control=(ours, its),
        listener=bound,
        folder=release.bundle_folder,
        env={**inherited(environment()), **values},
        log=log,
        hidden=Hidden(hidden.values()),
    )
    try:
        failpoint("local.spawn.after")
    except BaseException:
        child.kill()
        raise
    child.ended.add_done_callback(lambda _: private.unlink(missing_ok=True))
    log.note("process-started", pid=child.pid, bundle=release.bundle_digest)
    return Process(child, private, release)


def _check_files(release: Release) -> None:
    for path in (release.bundle_folder / "modelship_runtime", release.python):
        if not path.exists():
            raise StageFailed(
                f"{path} of service {release.service} is gone",
                remedy="deploy the notebook again: that makes it anew",
            )
