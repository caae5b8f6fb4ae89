"""Starts a release as a container, and clears away what containers leave.

The service's listening socket is not among what podman passes on: see `Process.listener`. The
others are new, and nobody serves on them yet.
"""

from __future__ import annotations

import os
import secrets
import socket

from jupyter_modelship import process
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.places import Places
from jupyter_modelship.targets.keeping.child import Child, Children, spawn
from jupyter_modelship.targets.keeping.hidden import Hidden
from jupyter_modelship.targets.keeping.launcher import Given
from jupyter_modelship.targets.keeping.listener import at_path
from jupyter_modelship.targets.keeping.serving import Process
from jupyter_modelship.targets.keeping.values import declared_values, token_file
from jupyter_modelship.targets.keeping.wishes import declared, wants_token
from jupyter_modelship.targets.port import Release

from . import images, podman
from .command import command
from .handed import Handed, metrics_socket
from .hold import Hold
from .podman import Podman
from .tidy import Tidy

_PASSED = (
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("ALL_PROXY", "all_proxy", "TZ"),
)
"""What a service may know of this machine without declaring it. They may hold a password, so they
go the way of the values."""


class ContainerLauncher:
    """A foreground `podman run` for each process: it stands for the container and ends with it."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._tidy: Tidy | None = None

    async def restore(self, needed: frozenset[str], children: Children) -> None:
        known = podman.load(self._places)
        if known is not None:
            self._tidy = Tidy(known[0], children)
            await self._tidy.after_a_crash()
            self._tidy.later(self._tidy.images(images.unneeded(known[0], needed)))

    async def let_go(self, gone: frozenset[str]) -> None:
        if self._tidy is not None:
            await self._tidy.images(gone)

    async def close(self) -> None:
        if self._tidy is not None:
            await self._tidy.close()

    def launch(self, release: Release, given: Given) -> Process:
        """A container of `release` that inherits the service's socket. Raises StageFailed."""
        how = self._known()
        tidy = self._tidy = self._tidy or Tidy(how, given.children)
        name = f"{release.service}-{secrets.token_hex(6)}"
        private = given.sockets(f"p-{secrets.token_hex(6)}")
        hold = Hold(name, private, tidy)
        child = _started(release, given, how, hold)
        child.ended.add_done_callback(hold.let_go)
        return Process(child, private, release, listener=given.bound)

    def _known(self) -> Podman:
        known = podman.load(self._places)
        if known is None:
            raise StageFailed(
                f"how containers run here is not known: {podman.folder(self._places)} is gone",
                remedy="deploy the notebook again",
            )
        return known[0]


def _started(release: Release, given: Given, how: Podman, hold: Hold) -> Child:
    hidden = declared_values(given.place, declared(release, "secrets"))
    values = {**_passed(), **declared_values(given.place, declared(release, "env")), **hidden}
    token = token_file(given.place)
    control = socket.socketpair()
    with Handed() as handed:
        handed.lend("--control-fd", control[1].fileno())
        handed.listen("--private-fd", at_path(hold.private))
        handed.listen("--metrics-fd", metrics_socket())
        handed.write_values("--values-fd", values)
        handed.write_file("--token-file", token if wants_token(release) else None)
        handed.write_file("--source-map", release.source_map)
        argv = command(
            release, podman=how, name=hold.name, given=handed.by_flag, pid_file=hold.pid_file
        )
        lowest = tuple(handed.by_flag.values())
        return spawn(
            lambda output: process.start(
                argv, output=output, lowest=lowest, cwd=how.root, env=podman.environment()
            ),
            children=given.children,
            control=control,
            log=given.log,
            hidden=Hidden(hidden.values()),
            remedy="install podman",
            end=hold.end,
            reason=hold.reason,
        )


def _passed() -> dict[str, str]:
    return {name: os.environ[name] for name in _PASSED if name in os.environ}
