"""The connections of this process to a port of its own, read from its descriptors."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager


def descriptors() -> Iterator[int]:
    """Those of this process."""
    return map(int, os.listdir("/dev/fd"))  # noqa: PTH208 - numbers, not paths


def inode(descriptor: int) -> int | None:
    """What tells one socket from every other; None for what is no socket, or is closed."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return found.st_ino if stat.S_ISSOCK(found.st_mode) else None


@contextmanager
def connection(descriptor: int, port: int) -> Iterator[socket.socket | None]:
    """A duplicate of a connection to that port; None where it is something else, or is closed."""
    found = _duplicate(descriptor)
    try:
        yield found if found is not None and _leads(found, port) else None
    finally:
        if found is not None:
            found.close()


def peer(found: socket.socket) -> str:
    """The other side, as granian tells it: `127.0.0.1:4711`, `[::1]:4711`."""
    host, port = found.getpeername()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _duplicate(descriptor: int) -> socket.socket | None:
    try:
        if inode(descriptor) is None:
            return None
        return socket.socket(fileno=os.dup(descriptor))
    except OSError:  # it was closed while we looked
        return None


def _leads(found: socket.socket, port: int) -> bool:
    try:
        if found.family not in (socket.AF_INET, socket.AF_INET6):
            return False
        found.getpeername()
        return bool(found.getsockname()[1] == port)
    except OSError:
        return False
