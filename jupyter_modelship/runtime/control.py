"""The line to the keeper: JSON lines over an inherited stream socket.

A thread of its own reads it, because the keeper's end must be noticed while user code blocks the
event loop: nobody would be left to supervise this process, so it ends at once.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import threading
from collections.abc import Callable

ORDERS = ("open", "take", "drain")
Order = tuple[str, str]
"""What to do, and for "open" the folder of the bundle to go on from ("": the one it has)."""
_LINE_LIMIT = 65_536


class Control:
    """Events go out, orders come in. `next_order` is for the time before there is a loop."""

    def __init__(self, descriptor: int, *, on_gone: Callable[[], None] | None = None) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._socket.setblocking(True)
        self._on_gone = on_gone or _end
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
        with self._socket.makefile("rb") as lines:
            while line := _line(lines):
                order = _order(line)
                if order is not None:
                    with self._lock:
                        self._deliver(order)
        self._on_gone()


def _line(lines: object) -> bytes:
    try:
        return lines.readline(_LINE_LIMIT)  # type: ignore[attr-defined,no-any-return]  # a file
    except OSError:
        return b""


def _order(line: bytes) -> Order | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    if not isinstance(document, dict) or document.get("do") not in ORDERS:
        return None
    return document["do"], str(document.get("bundle") or "")


def _end() -> None:
    os._exit(0)
