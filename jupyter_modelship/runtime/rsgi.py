"""The adapter between granian's RSGI (its specification 1.7) and the core: bodies in, replies out.

`proto()` reads a body of any size, so it is used only where Content-Length bounds it; every other
body is counted while it arrives. Both run against one deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from . import problems
from .calls import Deadlines
from .core import JSON, Core, Reply
from .problems import Refused

SMALL = 65_536
_HELD_LIMIT = 256 * 1024 * 1024
"""Bytes of unfinished bodies that all requests together may hold."""
_ALWAYS = (("x-content-type-options", "nosniff"), ("server", "modelship"))
_CLOSE = ("connection", "close")


class Adapter:
    """Answers RSGI requests from a core. `guarded`: endpoints ask for a token where there is
    one; the private socket does not. `asked` takes the peer of every request, where it matters."""

    def __init__(
        self, core: Core, *, body_seconds: float, guarded: bool, asked: set[str] | None = None
    ) -> None:
        self._core = core
        self._asked = asked
        self._endpoints = core.app.endpoints
        self._guarded = guarded
        self._deadlines = Deadlines(body_seconds)
        self._held = 0

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        core = self._core
        if scope.proto != "http":
            proto.close(403)
            return
        if self._asked is not None:
            self._asked.add(scope.client)
        header = scope.headers.get
        request_id = core.request_id(header("x-request-id"))
        method = scope.method
        endpoint = self._endpoints.get(("GET" if method == "HEAD" else method, scope.path))
        if endpoint is None:
            reply: Reply | bytes = self._without_endpoint(scope, header, request_id)
        else:
            try:
                self._admit(header)
                body = b""
                if endpoint.has_body:
                    core.acceptable(endpoint, header)
                    body = await self._body(proto, header)
                reply = await core.answer(endpoint, body, scope.query_string, request_id)
            except Refused as refused:
                endpoint.tally.add(refused.kind.status, 0.0)
                reply = core.refuse(endpoint.name, refused, request_id)
        self._send(proto, reply, request_id)

    def _admit(self, header: Callable[[str], str | None]) -> None:
        if self._guarded and not self._core.admitted(header):
            raise Refused(problems.UNAUTHORIZED)

    def _without_endpoint(
        self, scope: Any, header: Callable[[str], str | None], request_id: str
    ) -> Reply:
        admitted = not self._guarded or self._core.admitted(header)
        return self._core.other(scope.method, scope.path, request_id, admitted=admitted)

    def _send(self, proto: Any, reply: Reply | bytes, request_id: str) -> None:
        if isinstance(reply, bytes):
            status, body = 200, reply
            fields = [("content-type", JSON), *_ALWAYS, ("x-request-id", request_id)]
        else:
            status, body = reply.status, reply.body
            fields = [("content-type", reply.media), *_ALWAYS, ("x-request-id", request_id)]
            fields += reply.fields
            if status in (408, 413):
                fields.append(_CLOSE)
        if self._core.draining:
            fields.append(_CLOSE)
        try:
            proto.response_bytes(status, fields, body)
        except Exception as error:
            self._core.log.refusal(
                event="unsent", request_id=request_id, error=type(error).__name__
            )

    async def _body(self, proto: Any, header: Callable[[str], str | None]) -> bytes:
        """The whole body, within the limit and the deadline. Raises Refused."""
        limit = self._core.app.body_limit
        length = _length(header)
        if length is not None and length > limit:
            raise Refused(problems.TOO_LARGE)
        bounded = length is not None and length <= SMALL
        task = asyncio.current_task()
        assert task is not None
        self._deadlines.enter(task)
        late = False
        try:
            body: bytes = await (proto() if bounded else self._counted(proto, limit))
        except asyncio.CancelledError:
            late = self._deadlines.leave(task)
            if not late:
                raise
        except Refused:
            self._deadlines.leave(task)
            raise
        except Exception as error:  # the body's framing is broken, or the client is gone
            self._deadlines.leave(task)
            raise Refused(problems.MALFORMED) from error
        else:
            self._deadlines.leave(task)
            return body
        raise Refused(problems.SLOW)

    async def _counted(self, proto: Any, limit: int) -> bytes:
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in proto:
                size += len(chunk)
                self._held += len(chunk)
                if size > limit:
                    raise Refused(problems.TOO_LARGE)
                if self._held > _HELD_LIMIT:
                    raise Refused(problems.OVERLOADED)
                chunks.append(chunk)
        finally:
            self._held -= size
        return b"".join(chunks)


def _length(header: Callable[[str], str | None]) -> int | None:
    """Content-Length where it frames the body (RFC 9112, 6.3: Transfer-Encoding overrides it)."""
    text = header("content-length")
    if text is None or len(text) > 18 or header("transfer-encoding") is not None:
        return None
    return int(text) if text.isdecimal() else None
