"""One HTTP request to a service, by TCP; the standard library's client on a thread of its own."""

from __future__ import annotations

import asyncio
import http.client
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    seconds: float


async def request(
    url: str,
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    token: str = "",
    timeout: float = 60.0,
    unix: Path | None = None,
) -> Reply:
    """The reply of the service at `url`, or at the other end of the Unix socket `unix`. Raises
    OSError where nobody answers in time (seconds)."""
    place = urlsplit(url)
    host, port = place.hostname or "", place.port
    if unix is not None:
        connection: http.client.HTTPConnection = _Unix(host, unix, timeout)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
    return await asyncio.to_thread(_request, connection, method, path, body, token)


class _Unix(http.client.HTTPConnection):
    def __init__(self, host: str, path: Path, timeout: float) -> None:
        super().__init__(host, timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _request(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, token: str
) -> Reply:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    started = time.perf_counter()
    try:
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        content = reply.read()
    except http.client.HTTPException as error:
        raise OSError(f"no proper reply: {error!r}") from error
    finally:
        connection.close()
    return Reply(reply.status, content, time.perf_counter() - started)
