"""Listening sockets on the loopback: chosen once, held by the keeper for as long as a service runs.

A revision's process inherits the socket, so connections wait in its queue while none accepts.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import socket
from pathlib import Path

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.failpoints import failpoint

HOST = "127.0.0.1"
BACKLOG = 1024
REVIVE_TRIES = 20
REVIVE_SECONDS = 0.1
_LOW, _HIGH = 20_000, 32_000
"""Below the ports that systems hand out for outgoing connections (32768 on Linux, 49152 on macOS):
a remembered port is then rarely found taken."""


def candidates(service: Path, *, count: int = 32) -> tuple[int, ...]:
    """Ports to try for a service that has none yet, by its folder: the same for the same service,
    others for one of that name that another user of this machine has."""
    start = int.from_bytes(hashlib.sha256(os.fsencode(service)).digest()[:4], "big")
    return tuple(_LOW + (start + 101 * step) % (_HIGH - _LOW) for step in range(count))


def bind(port: int) -> socket.socket:
    """A socket on a port that is ours already; it does not listen yet. Raises OSError.

    SO_REUSEADDR: connections of an earlier process in TIME_WAIT do not count.
    """
    return _bound(port, reuse=1)


def bind_first(service: Path) -> socket.socket:
    """A socket on the first free port of the service's candidates; it does not listen yet.

    Without SO_REUSEADDR, so that nobody else can bind the port before we listen on it.
    """
    for port in candidates(service):
        try:
            return _bound(port, reuse=0)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise StageFailed("no free port was found", remedy="choose one with the option `port`")


def _bound(port: int, *, reuse: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound


def taken(service: str, port: int) -> StageFailed:
    """The error for a port that somebody else holds: never answered by a silent other port."""
    return StageFailed(
        f"port {port} of service {service} is taken by another process",
        remedy=f"end what listens there (`ss -ltnp 'sport = :{port}'` shows it), "
        "or choose another port with the option `port`",
    )


def at_path(path: Path) -> socket.socket:
    """A listening Unix socket of mode 0600; what somebody that was killed left there goes."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listening.bind(os.fspath(path))
    finally:
        os.umask(mask)
    listening.listen(BACKLOG)
    return listening


def port_of(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])


class Listeners:
    """The sockets of one service: the live one, and those of staged processes on another port."""

    def __init__(self, service: Path) -> None:
        self._folder = service
        self._service = service.name
        self.live: socket.socket | None = None

    def choose(self, *, wanted: int, remembered: int) -> socket.socket:
        """The socket for a new process: the live one, or a new one that does not listen yet.

        Ports are 0 where nobody wants, or remembers, one. Raises StageFailed for a taken port.
        """
        port = wanted or remembered
        if self.live is not None and port in (0, port_of(self.live)):
            return self.live
        return self._bind(port) if port else bind_first(self._folder)

    def listen(self, bound: socket.socket) -> socket.socket:
        """Let connections queue from now on. Raises StageFailed for a taken port."""
        try:  # accepted connections take the option over: their TIME_WAIT must not count later
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.listen(BACKLOG)
        except OSError as error:
            raise taken(self._service, port_of(bound)) from error
        return bound

    async def revive(self, port: int) -> socket.socket:
        """Listen on the remembered port again: the live socket from now on.

        Processes of a keeper that was killed may hold the port a moment longer. Raises StageFailed.
        """
        for _ in range(REVIVE_TRIES):
            if self.live is None:
                with contextlib.suppress(StageFailed):
                    self.live = self._listening(port)
            if self.live is not None:
                return self.live
            await asyncio.sleep(REVIVE_SECONDS)
        self.live = self._listening(port)
        return self.live

    def replace(self, bound: socket.socket) -> None:
        """`bound` is the live one from now on."""
        before, self.live = self.live, bound
        if before is not None and before is not bound:
            before.close()

    def close(self) -> None:
        if self.live is not None:
            self.live.close()
        self.live = None

    def _listening(self, port: int) -> socket.socket:
        bound = self._bind(port)
        try:
            return self.listen(bound)
        except StageFailed:
            bound.close()
            raise

    def _bind(self, port: int) -> socket.socket:
        failpoint("keeper.bind.before")
        try:
            return bind(port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise taken(self._service, port) from error
