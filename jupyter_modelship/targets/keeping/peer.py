"""Who is at the other end of a Unix socket."""

from __future__ import annotations

import os
import socket
import struct
import sys


def is_ours(connection: socket.socket) -> bool:
    """Whether the peer runs as this user. Where the system cannot tell, the modes of the socket
    (0600) and of its folder (0700) stand alone."""
    user = _user(connection)
    return user is None or user in (os.getuid(), 0)


def _user(connection: socket.socket) -> int | None:
    if hasattr(socket, "SO_PEERCRED"):
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", raw)[1])
    if sys.platform == "darwin":
        raw = connection.getsockopt(0, 1, 76)  # SOL_LOCAL, LOCAL_PEERCRED: struct xucred
        return int(struct.unpack_from("II", raw)[1])
    return None
