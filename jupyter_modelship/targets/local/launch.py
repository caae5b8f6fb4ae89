"""Starts a release as a process of this machine, with the interpreter of its own environment."""

from __future__ import annotations

import secrets
import socket

from jupyter_modelship import process
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.keeping.child import Children, spawn
from jupyter_modelship.targets.keeping.hidden import Hidden
from jupyter_modelship.targets.keeping.launcher import Given
from jupyter_modelship.targets.keeping.serving import Process
from jupyter_modelship.targets.keeping.values import declared_values, inherited, token_file
from jupyter_modelship.targets.keeping.wishes import declared
from jupyter_modelship.targets.port import Release

from .command import Ends, command


class LocalLauncher:
    """Its processes die with the keeper: there is never anything to clear away."""

    async def restore(self, needed: frozenset[str], children: Children) -> None:
        return

    async def let_go(self, images: frozenset[str]) -> None:
        return

    async def close(self) -> None:
        return

    def launch(self, release: Release, given: Given) -> Process:
        """A process of `release` that inherits the service's socket. Raises StageFailed."""
        _check_files(release)
        hidden = declared_values(given.place, declared(release, "secrets"))
        values = {**declared_values(given.place, declared(release, "env")), **hidden}
        token = token_file(given.place)
        private = given.sockets(f"p-{secrets.token_hex(6)}")
        ours, its = socket.socketpair()
        ends = Ends(given.bound.fileno(), its.fileno(), private)
        argv = command(release, ends=ends, token=token)
        child = spawn(
            lambda output: process.start(
                argv,
                output=output,
                keep=(its.fileno(), given.bound.fileno()),
                cwd=release.bundle_folder,
                env={**inherited(process.environment()), **values},
            ),
            children=given.children,
            control=(ours, its),
            log=given.log,
            hidden=Hidden(hidden.values()),
            remedy="deploy again: that makes the environment anew",
        )
        child.ended.add_done_callback(lambda _: private.unlink(missing_ok=True))
        return Process(child, private, release)


def _check_files(release: Release) -> None:
    for path in (release.bundle_folder / "modelship_runtime", release.python):
        if not path.exists():
            raise StageFailed(
                f"{path} of service {release.service} is gone",
                remedy="deploy the notebook again: that makes it anew",
            )
