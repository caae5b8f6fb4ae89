"""What the keeper asks of whoever starts processes: one launcher for each kind of release."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jupyter_modelship.targets.port import Release

from .child import Children
from .log import Log
from .serving import Process
from .state import Folder


@dataclass(frozen=True, slots=True)
class Given:
    """What a new process stands on."""

    bound: socket.socket
    """The service's socket, which the process inherits."""
    place: Folder
    children: Children
    sockets: Callable[[str], Path]
    """The path of a Unix socket by its name."""
    log: Log


class Launcher(Protocol):
    """Starts processes of releases of its kind."""

    async def restore(self, needed: frozenset[str], children: Children) -> None:
        """A keeper starts: clear away what one that was killed has left. `needed`: the images of
        all revisions."""
        ...

    def launch(self, release: Release, given: Given) -> Process:
        """Start a process; returns at once. Raises StageFailed."""
        ...

    async def let_go(self, images: frozenset[str]) -> None:
        """No revision needs these images any more."""
        ...

    async def close(self) -> None:
        """The keeper ends; its processes have ended already."""
        ...


Launchers = Mapping[str, Launcher]
"""By the name of the target whose releases they start."""


def kind_of(release: Release) -> str:
    """The target that a release is for."""
    return "container" if release.image else "local"
