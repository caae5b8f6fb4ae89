"""The line to the keeper: JSON lines over an inherited stream socket.

A listening socket may come with a line (SCM_RIGHTS, unix(7)). In a container it has to: programs in
Go, as podman is, make the descriptors that they pass on blocking, and that is a state of the socket
itself, which the process that serves on it now would not survive.

A thread of its own reads it, because the keeper's end must be noticed while user code blocks the
event loop: nobody would be left to supervise this process, so it ends at once.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

ORDERS = ("open", "take", "drain")
_LINE_LIMIT = 65_536
_FLAGS = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class Order(NamedTuple):
    """What to do."""

    do: str
    bundle: str = ""
    """For "open": the folder of the bundle to go on from; "" for the one it has."""
    descriptor: int | None = None
    """For "take": the socket to accept on, where it was not inherited."""


class Control:
    """Events go out, orders come in. `next_order` is for the time before there is a loop."""

    def __init__(self, descriptor: int, *, on_gone: Callable[[], None] | None = None) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._socket.setblocking(True)
        self._on_gone = on_gone or _end
        self._given: list[int] = []
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._deliver: Callable[[Order], None] = self._orders.put
        threading.Thread(target=self._read, name="control", daemon=True).start()

    def send(self, event: str, **facts: object) -> None:
        """Tell the keeper. One that does not listen any more is noticed by the reader."""
        line = json.dumps({"event": event, **facts}).encode() + b"\n"
        try:
            self._socket.sendall(line)
        except OSError:
            return

    def next_order(self) -> Order:
        """Wait for an order (blocking)."""
        return self._orders.get()

    def deliver_to(self, receive: Callable[[Order], None]) -> None:
        """From now on orders go to `receive`, on the reader's thread, those that wait first."""
        with self._lock:
            while not self._orders.empty():
                receive(self._orders.get())
            self._deliver = receive

    def _read(self) -> None:
        for line in self._lines():
            order = _order(line)
            if order is not None:
                if order.do == "take" and self._given:
                    order = order._replace(descriptor=self._given.pop())
                with self._lock:
                    self._deliver(order)
        self._on_gone()

    def _lines(self) -> Iterator[bytes]:
        """Each line until the keeper is gone. A descriptor may be read with lines before its own:
        it waits for the order that needs it."""
        begun = b""
        while len(begun) < _LINE_LIMIT:
            try:
                chunk, given, _, _ = socket.recv_fds(self._socket, _LINE_LIMIT, 1, _FLAGS)
            except OSError:
                return
            if not chunk:
                return
            self._given += given
            *lines, begun = (begun + chunk).split(b"\n")
            yield from lines


def _order(line: bytes) -> Order | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    if not isinstance(document, dict) or document.get("do") not in ORDERS:
        return None
    return Order(document["do"], str(document.get("bundle") or ""))


def _end() -> None:
    os._exit(0)
