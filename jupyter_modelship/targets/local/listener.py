"""Listening sockets on the loopback: chosen once, held by the keeper for as long as a service runs.

A revision's process inherits the socket, so connections wait in its queue while none accepts.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import socket

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.failpoints import failpoint

HOST = "127.0.0.1"
BACKLOG = 1024
REVIVE_TRIES = 20
REVIVE_SECONDS = 0.1
_LOW, _HIGH = 20_000, 32_000
"""Below the ports that systems hand out for outgoing connections (32768 on Linux, 49152 on macOS):
a remembered port is then rarely found taken."""


def candidates(service: str, *, count: int = 32) -> tuple[int, ...]:
    """Ports to try for a service that has none yet; the same for the same name."""
    start = int.from_bytes(hashlib.sha256(service.encode()).digest()[:4], "big")
    return tuple(_LOW + (start + 101 * step) % (_HIGH - _LOW) for step in range(count))


def bind(port: int) -> socket.socket:
    """A bound socket that does not listen yet. Raises OSError (EADDRINUSE)."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound


def bind_first(service: str) -> socket.socket:
    """A bound socket on the first free port of the service's candidates, which is reserved by it:
    another user's keeper may be looking for one at the same time."""
    for port in candidates(service):
        try:
            return reserve(port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise StageFailed("no free port was found", remedy="choose one with the option `port`")


def reserve(port: int) -> socket.socket:
    """As `bind`, but nobody else can bind the port from now on, before we listen either: without
    SO_REUSEADDR a bound socket shares with none (socket(7)). Raises OSError (EADDRINUSE)."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
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


def port_of(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])


class Listeners:
    """The sockets of one service: the live one, and those of staged processes on another port."""

    def __init__(self, service: str) -> None:
        self._service = service
        self.live: socket.socket | None = None

    def choose(self, *, wanted: int, remembered: int) -> socket.socket:
        """The socket for a new process: the live one, or a new one that does not listen yet.

        Ports are 0 where nobody wants, or remembers, one. Raises StageFailed for a taken port.
        """
        port = wanted or remembered
        if self.live is not None and port in (0, port_of(self.live)):
            return self.live
        return self._bind(port) if port else bind_first(self._service)

    def listen(self, bound: socket.socket) -> socket.socket:
        """Let connections queue from now on. Raises StageFailed for a taken port."""
        try:
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
        failpoint("local.bind.before")
        try:
            return bind(port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise taken(self._service, port) from error
