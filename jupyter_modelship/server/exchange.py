"""One request to a service: its body goes out as it comes, the reply comes back as it is made."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.httputil import HTTPHeaders, parse_response_start_line
from tornado.iostream import StreamClosedError
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


class Exchange:
    """`begun` is told status and fields of the reply, once; `came` each chunk of its body.

    What `came` returns is waited for before the next chunk is read.
    """

    def __init__(
        self,
        *,
        begun: Callable[[int, Sequence[tuple[str, str]]], None],
        came: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self._begun = begun
        self._came = came
        self._refused = False
        self._lines: list[str] = []
        self.upload = Upload()

    async def run(
        self,
        through: SimpleAsyncHTTPClient,
        url: str,
        *,
        method: str,
        fields: Sequence[tuple[str, str]],
        has_body: bool,
    ) -> None:
        """The whole of it. Raises NoReply; what came until then has been told."""
        headers = HTTPHeaders()
        for name, value in fields:
            headers.add(name, value)
        options: dict[str, Any] = {"body_producer": self.upload.produce} if has_body else {}
        request = HTTPRequest(
            url,
            method=method,
            headers=headers,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=WHOLE_SECONDS,
            follow_redirects=False,
            decompress_response=False,
            allow_nonstandard_methods=True,
            header_callback=self._header,
            streaming_callback=self._piece,
            **options,
        )
        try:
            await through.fetch(request, raise_error=False)
        except (OSError, HTTPClientError, StreamClosedError) as error:
            raise NoReply(f"the service gave no proper reply: {error}") from error
        finally:
            self.upload.stop()
        if self._refused:
            raise NoReply("the service does not take the token that its target keeps for it")

    def _header(self, line: str) -> None:
        if line.strip():
            self._lines.append(line.rstrip("\r\n"))
            return
        start, *fields = self._lines
        status = parse_response_start_line(start).code
        if status == UNAUTHORIZED:
            self._refused = True
            return
        parsed = HTTPHeaders()
        for field in fields:
            with contextlib.suppress(ValueError):
                parsed.parse_line(field)
        self._begun(status, list(parsed.get_all()))

    def _piece(self, chunk: bytes) -> Awaitable[None] | None:
        return None if self._refused else self._came(chunk)
