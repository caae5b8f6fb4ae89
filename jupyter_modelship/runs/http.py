"""One HTTP request to a service, by TCP; the standard library's client on a thread of its own."""

from __future__ import annotations

import asyncio
import http.client
import time
from dataclasses import dataclass
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
) -> Reply:
    """The reply of the service at `url`. Raises OSError where nobody answers in time (seconds)."""
    return await asyncio.to_thread(_request, url, method, path, body, token, timeout)


def _request(
    url: str, method: str, path: str, body: bytes | None, token: str, timeout: float
) -> Reply:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=timeout)
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
