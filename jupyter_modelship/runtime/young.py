"""Connections that have not asked for anything yet: they go after the time for a header.

granian has one limit for a header that is slow and for a connection that is kept without a request.
It is set to the longer time, the latter's; the former is kept here. Which connection a request came
by is known from its peer's address, and no other connection has that at the time.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable

from . import connections

_LOOKS = 4
"""In the time for a header: so much later than it may a connection go, at most."""


class Young:
    """Those of one port. `asked` takes the peer of every request."""

    def __init__(
        self, port: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.asked: set[str] = set()
        self._port = port
        self._seconds = seconds
        self._clock = clock
        self._known: dict[int, str] = {}
        """Peers of connections that have asked, by inode."""
        self._since: dict[int, float] = {}
        """When those that have not were first seen, by inode."""

    async def watch(self) -> None:
        """Let go of who is too slow, for as long as the process serves."""
        while True:
            await asyncio.sleep(self._seconds / _LOOKS)
            self.look()

    def look(self) -> None:
        """One round over the descriptors. No request comes in between: it holds the loop."""
        known: dict[int, str] = {}
        since: dict[int, float] = {}
        for descriptor in connections.descriptors():
            number = connections.inode(descriptor)
            if number in self._known:
                known[number] = self._known[number]
            elif number is not None:
                self._judge(descriptor, number, known, since)
        self._known, self._since = known, since
        self.asked.intersection_update(known.values())

    def _judge(
        self, descriptor: int, number: int, known: dict[int, str], since: dict[int, float]
    ) -> None:
        with connections.connection(descriptor, self._port) as found:
            if found is None:
                return
            peer = connections.peer(found)
            if peer in self.asked:
                known[number] = peer
                return
            since[number] = self._since.get(number, self._clock())
            if self._clock() - since[number] >= self._seconds:
                with contextlib.suppress(OSError):  # it has just gone by itself
                    found.shutdown(socket.SHUT_RDWR)
