"""Listening sockets on the loopback: chosen once, held by the keeper for as long as a service runs.

A revision's process inherits the socket, so connections wait in its queue while none accepts.
"""

from __future__ import annotations

import errno
import hashlib
import socket

from jupyter_modelship.errors import StageFailed

HOST = "127.0.0.1"
BACKLOG = 1024
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
    """A bound socket on the first free port of the service's candidates."""
    for port in candidates(service):
        if _is_free(port):
            return bind(port)
    raise StageFailed("no free port was found", remedy="choose one with the option `port`")


def _is_free(port: int) -> bool:
    """Whether one can listen there: two sockets may be bound to one port until one listens."""
    try:
        with bind(port) as probe:
            probe.listen(1)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True


def taken(service: str, port: int) -> StageFailed:
    """The error for a port that somebody else holds: never answered by a silent other port."""
    return StageFailed(
        f"port {port} of service {service} is taken by another process",
        remedy=f"end what listens there (`ss -ltnp 'sport = :{port}'` shows it), "
        "or choose another port with the option `port`",
    )


def port_of(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])


def free_port() -> int:
    """A port that nobody had a moment ago, for what is not published."""
    with bind(0) as bound:
        return port_of(bound)
