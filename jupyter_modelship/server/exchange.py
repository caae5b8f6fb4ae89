"""One request to a service: its body goes out as it comes, the reply comes back as it is made.

Both at once: a service may answer before it has the whole body, and hang up (RFC 9112, 9.6).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPOutputError,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.netutil import Resolver
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from jupyter_modelship.errors import ModelshipError

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 3600.0
"""For a request and its reply; a service's own time limits are shorter."""
REPLY_BYTES = 1 << 30
AT_ONCE = 128
UNAUTHORIZED = 401
"""Not passed on: a browser would take it for its own login."""


class NoReply(ModelshipError):
    """The service did not answer as it should."""

    code = "no-reply"


def client() -> SimpleAsyncHTTPClient:
    """A client of its own: what others do to the process's shared one is nothing to it."""
    made = SimpleAsyncHTTPClient(
        force_instance=True, max_clients=AT_ONCE, max_body_size=REPLY_BYTES
    )
    assert isinstance(made, SimpleAsyncHTTPClient), "whatever AsyncHTTPClient is configured as"
    return made


class Upload:
    """A body on its way: one chunk at a time, as fast as the service reads."""

    def __init__(self) -> None:
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._over = asyncio.Event()

    async def give(self, chunk: bytes | None) -> None:
        """The next chunk, or None after the last. Nobody waits once the service has had enough."""
        if self._over.is_set():
            return
        giving = asyncio.ensure_future(self._chunks.put(chunk))
        ending = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait((giving, ending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (giving, ending):
                task.cancel()

    async def produce(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        while (chunk := await self._chunks.get()) is not None:
            await write(chunk)

    def stop(self) -> None:
        """Take no more."""
        self._over.set()


class Exchange(HTTPMessageDelegate):
    """`turnstile` lets in so many at once; `begun` is told status and fields of the reply,
    once; `came` each chunk of its body.

    What `came` returns is waited for before the next chunk is read. As tornado's delegate it is
    told of the reply while the body is still on its way.
    """

    def __init__(
        self,
        *,
        turnstile: asyncio.Semaphore,
        begun: Callable[[int, Sequence[tuple[str, str]]], None],
        came: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self._turnstile = turnstile
        self._begun = begun
        self._came = came
        self._refused = False
        self._whole = False
        self._stream: IOStream | None = None
        self.upload = Upload()

    async def run(
        self,
        url: str,
        *,
        method: str,
        fields: Sequence[tuple[str, str]],
        has_body: bool,
        unix: Path | None = None,
    ) -> None:
        """The whole of it, to `url` or to the Unix socket that leads there. Raises NoReply; what
        came until then has been told."""
        place = urlsplit(url)
        path = f"{place.path or '/'}?{place.query}" if place.query else place.path or "/"
        headers = HTTPHeaders({"Host": place.netloc, "Connection": "close"})
        for name, value in fields:
            headers.add(name, value)
        try:
            start = RequestStartLine(method, path, "")
            async with self._turnstile:
                reach = partial(_connected, place) if unix is None else partial(_at_socket, unix)
                running = self._run(reach, start, headers, has_body=has_body)
                await asyncio.wait_for(running, WHOLE_SECONDS)
        except (OSError, StreamClosedError, asyncio.TimeoutError) as error:
            raise NoReply(f"the service gave no proper reply: {error}") from error
        finally:
            self.upload.stop()
        if self._refused:
            raise NoReply("the service does not take the token that its target keeps for it")
        if not self._whole:
            raise NoReply("the service gave no proper reply: it broke off")

    async def _run(
        self,
        reach: Callable[[], Coroutine[Any, Any, IOStream]],
        start: RequestStartLine,
        headers: HTTPHeaders,
        *,
        has_body: bool,
    ) -> None:
        self._stream = await asyncio.wait_for(reach(), CONNECT_SECONDS)
        connection = HTTP1Connection(
            self._stream,
            is_client=True,
            params=HTTP1ConnectionParameters(no_keep_alive=True, max_body_size=REPLY_BYTES),
        )
        sending = asyncio.ensure_future(self._send(connection, start, headers, has_body=has_body))
        try:
            await connection.read_response(self)
        finally:
            self._stream.close()
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending

    async def _send(
        self,
        connection: HTTP1Connection,
        start: RequestStartLine,
        headers: HTTPHeaders,
        *,
        has_body: bool,
    ) -> None:
        """That the service takes no more is no error: what it says to that is being read."""
        with contextlib.suppress(StreamClosedError, HTTPOutputError):
            await connection.write_headers(start, headers)
            if has_body:
                await self.upload.produce(connection.write)
            connection.finish()

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        assert isinstance(start_line, ResponseStartLine), "of a client"
        status = start_line.code
        if status == UNAUTHORIZED:
            self._refused = True
        elif status >= 200:
            self._begun(status, list(headers.get_all()))

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return None if self._refused else self._came(chunk)

    def finish(self) -> None:
        self._whole = True
        if self._stream is not None:
            self._stream.close()  # also where the service would take the rest of the body


class _Stream(IOStream):
    """Whether a peer that has hung up answered before is found out by reading, not by writing."""

    def write_to_fd(self, data: memoryview) -> int:
        size = len(data)
        try:
            return super().write_to_fd(data)
        except (BrokenPipeError, ConnectionResetError):
            return size


async def _at_socket(path: Path) -> IOStream:
    """A connection to a Unix socket of this machine. Raises OSError, StreamClosedError."""
    return await _Stream(socket.socket(socket.AF_UNIX)).connect(str(path))


async def _connected(place: SplitResult) -> IOStream:
    """A connection to the first address that takes one. Raises OSError, StreamClosedError."""
    secure = place.scheme == "https"
    host, port = place.hostname or "", place.port or (443 if secure else 80)
    failed: Exception = OSError(f"{host} has no address")
    for family, address in await Resolver().resolve(host, port):
        stream = (SSLIOStream if secure else _Stream)(socket.socket(family))
        try:
            return await stream.connect(address, server_hostname=host)
        except (OSError, StreamClosedError) as error:
            failed = error
    raise failed
