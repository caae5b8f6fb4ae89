"""Sockets that granian serves: ours or inherited, in one event loop, each with its own end.

granian's embedded server makes its own listening socket. `_init_shared_socket` is the one private
hook used here, to give it one of ours; `granian` is pinned and a contract test watches the hook.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
from pathlib import Path
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from . import connections

BACKLOG = 1024
CONNECTIONS = 4096
"""Open connections at a time; more wait in the backlog. Silent ones go after `silent_seconds`."""
HEADER_BYTES = 32_768
_SPARE_DESCRIPTORS = 128
_LOOK_SECONDS = 0.1


def tcp(host: str, port: int) -> socket.socket:
    """A listening TCP socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((host, port))
    made.listen(BACKLOG)
    return made


def unix(path: Path) -> socket.socket:
    """A listening Unix socket for this user alone. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(str(path))
    path.chmod(0o600)
    made.listen(BACKLOG)
    return made


def inherited(descriptor: int) -> socket.socket:
    """The listening socket that our parent gave us; no child of ours gets it. Raises OSError."""
    found = socket.socket(fileno=descriptor)
    found.set_inheritable(False)
    return found


class _Embedded(Server):
    """granian on a listening socket that exists already."""

    def __init__(self, target: Any, descriptor: int, *, is_unix: bool, silent_seconds: float):
        super().__init__(
            target,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,  # "auto" peeks for HTTP/2 first, without any time limit
            websockets=False,
            backpressure=_connections(),
            http1_settings=HTTP1Settings(
                header_read_timeout=int(silent_seconds * 1000), max_buffer_size=HEADER_BYTES
            ),
            log_enabled=False,
        )
        self._given = (descriptor, is_unix)

    def _init_shared_socket(self) -> None:
        descriptor, is_unix = self._given
        holder: Any = SocketHolder
        held: Any = holder(descriptor, is_unix, BACKLOG)
        self._shd, self._sfd = held, held.get_fd()
        self._ssp = None


class Port:
    """One listening socket being served. It goes through open, paused, closed.

    `silent_seconds`: so long may a connection be without a whole header of a request.
    """

    def __init__(self, target: Any, listener: socket.socket, *, silent_seconds: float) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._number = number(listener)
        self._descriptor = os.dup(listener.fileno())  # granian's own, it closes it in the end
        self._server: Any = _Embedded(
            target,
            self._descriptor,
            is_unix=listener.family == socket.AF_UNIX,
            silent_seconds=silent_seconds,
        )
        self._task: asyncio.Task[None] | None = None
        self._nobody: socket.socket | None = None

    @property
    def address(self) -> str:
        """Where it listens: "host:port", or the path of a Unix socket."""
        name = self._listener.getsockname()
        return f"{name[0]}:{name[1]}" if isinstance(name, tuple) else str(name)

    async def open(self) -> None:
        """Accept connections. Raises OSError when the server does not start."""
        self._task = asyncio.create_task(self._server.serve())
        await asyncio.sleep(0)  # its start-up is synchronous: one turn, and its worker is a task
        await asyncio.sleep(0)
        if self._task.done():
            raise OSError(f"the server did not start: {self._task.exception()!r}")

    def pause(self) -> None:
        """Accept no more; connections that exist go on being served.

        granian can only stop both at once, and a connection that was accepted but has not sent
        its request yet would be lost. So the descriptor that it accepts on is replaced by a socket
        to which nobody connects. Where another process has the listening socket too, that one
        goes on accepting; else connections are refused from here on.
        """
        if self._nobody is None:
            self._nobody = socket.socket(self._listener.family, socket.SOCK_STREAM)
            if self._listener.family != socket.AF_UNIX:
                self._nobody.bind(
                    ("::1" if self._listener.family == socket.AF_INET6 else "127.0.0.1", 0)
                )
                self._nobody.listen(1)
            self._nobody.setblocking(False)
            os.dup2(self._nobody.fileno(), self._descriptor, inheritable=False)
            self._listener.close()

    async def left(self) -> None:
        """Return when no connection is open; a Unix socket's are not waited for.

        Who keeps a connection may send a request at the very moment it is closed, and lose it
        where it may not be sent twice (RFC 9112, 9.3.1 and 9.6). So idle connections stay open:
        until their next reply, which closes them, or until they were silent for too long.
        """
        if self._number is None:
            return
        while any(_serves(each, self._number) for each in connections.descriptors()):
            await asyncio.sleep(_LOOK_SECONDS)

    async def close(self) -> None:
        """Close idle connections and wait for the requests in flight."""
        self._server.stop()
        if self._task is not None:
            await self._task
        self._listener.close()
        if self._nobody is not None:
            self._nobody.close()


def number(listener: socket.socket) -> int | None:
    """The TCP port of a socket; None for a Unix socket."""
    name = listener.getsockname()
    return int(name[1]) if isinstance(name, tuple) else None


def _serves(descriptor: int, port: int) -> bool:
    with connections.connection(descriptor, port) as found:
        return found is not None


def _connections() -> int:
    """As many as the limit of open files allows; the limit is raised first where it can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + _SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return max(64, min(CONNECTIONS, soft - _SPARE_DESCRIPTORS))
    return CONNECTIONS
