"""The service without a protocol: a request's parts in, status and bytes out.

Nothing here knows the HTTP server. `rsgi.py` is the one adapter.
"""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from . import problems
from .app import App
from .calls import Calls, OutOfTime
from .columns import NotJson
from .endpoint import Endpoint
from .log import Log
from .metrics import Tally
from .problems import Flaw, Kind, Refused
from .tokens import TokenFile

JSON = "application/json"
HTML = "text/html; charset=utf-8"
SLOW_SECONDS = 0.02
"""Calls on the loop hold up everybody. Where one in twenty takes so long (and at least three: a
busy machine makes anything slow now and then), the next ones go to the thread."""
STALLED_SECONDS = 1.0
"""One call of this length is enough."""
_JSON_TYPES = (JSON, "application/json; charset=utf-8", "application/json;charset=utf-8")
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NO_FIELDS: tuple[tuple[str, str], ...] = ()


class Reply(NamedTuple):
    """What goes back, whatever the protocol."""

    status: int
    media: str
    body: bytes
    fields: tuple[tuple[str, str], ...] = _NO_FIELDS
    """Further header fields."""


class Core:
    """One service's state and answers. `openapi` and `page` are ready-made bytes or None."""

    def __init__(self, app: App, log: Log) -> None:
        self.app = app
        self.log = log
        self.calls = Calls(app.time_limit)
        self.ready = False
        self.draining = False
        self.in_flight = 0
        self.load_seconds = 0.0
        self.openapi: bytes | None = None
        self.page: bytes | None = None
        self.page_fields: tuple[tuple[str, str], ...] = _NO_FIELDS
        self.tokens: TokenFile | None = None
        self._other = Tally("other")
        self._ids = itertools.count(1)
        self._prefix = os.urandom(6).hex()

    @property
    def tallies(self) -> Iterable[Tally]:
        """For the metrics: endpoints first, everything else together."""
        return [*(one.tally for one in self.app.endpoints.values()), self._other]

    @property
    def hung(self) -> int:
        """Calls that ran out of time and still hold the thread."""
        return self.calls.hung

    def request_id(self, given: str | None) -> str:
        """The client's id where it is a sane one, else a new one."""
        if given is not None and _SANE_ID.fullmatch(given):
            return given
        return f"{self._prefix}-{next(self._ids):x}"

    def problem(
        self,
        kind: Kind,
        request_id: str,
        flaws: Iterable[Flaw] = (),
        fields: tuple[tuple[str, str], ...] = _NO_FIELDS,
    ) -> Reply:
        """A reply that says what is wrong in the words of the vocabulary."""
        body = problems.body(kind, request_id, tuple(flaws))
        return Reply(kind.status, problems.MEDIA_TYPE, body, fields)

    def refuse(self, endpoint: str | None, refused: Refused, request_id: str) -> Reply:
        """Answer and log a refusal."""
        flaw = refused.flaws[0].message if refused.flaws else None
        cause = refused.__cause__
        self.log.refusal(
            request_id=request_id,
            endpoint=endpoint,
            status=refused.kind.status,
            error=refused.kind.slug,
            message=flaw if cause is None else f"{flaw}: {cause!r}",
        )
        fields = _NO_FIELDS
        if refused.kind is problems.UNAUTHORIZED:
            fields = (("www-authenticate", "Bearer"),)
        if refused.kind in (problems.OVERLOADED, problems.NOT_READY):
            fields = (("retry-after", "1"),)
        return self.problem(refused.kind, request_id, refused.flaws, fields)

    def acceptable(self, endpoint: Endpoint, header: Callable[[str], str | None]) -> None:
        """Raise Refused where the header alone tells that the body will not be read."""
        media = header("content-type")
        if media not in _JSON_TYPES and (media or "").lower() not in _JSON_TYPES:
            empty = media is None and header("content-length") in (None, "0")
            if not (empty and endpoint.nothing_required):
                raise Refused(problems.MEDIA)
        if header("content-encoding") is not None:
            raise Refused(problems.MEDIA)

    def admitted(self, header: Callable[[str], str | None]) -> bool:
        """Whether the request carries a valid token, where tokens are asked for."""
        return self.tokens is None or self.tokens.admits(header("authorization"))

    async def answer(
        self, endpoint: Endpoint, body: bytes, query: str, request_id: str
    ) -> Reply | bytes:
        """The endpoint's reply: JSON bytes, or a problem."""
        started = time.perf_counter()
        if self.in_flight >= self.app.in_flight:
            endpoint.tally.add(503, 0.0)
            return self.refuse(endpoint.name, Refused(problems.OVERLOADED), request_id)
        self.in_flight += 1
        status = 500
        try:
            arguments = endpoint.read(body) if endpoint.has_body else endpoint.read_query(query)
            if endpoint.inline:
                result = endpoint.work(arguments)
            else:
                result = await self._awaited(endpoint, arguments)
        except Refused as refused:
            status = refused.kind.status
            return self.refuse(endpoint.name, refused, request_id)
        except OutOfTime:
            status = 504
            return self._failed(endpoint, problems.TIME_LIMIT, None, request_id)
        except NotJson as error:
            return self._failed(endpoint, problems.RESULT, error, request_id)
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # user code may raise them too
            return self._failed(endpoint, problems.INTERNAL, error, request_id)
        else:
            status = 200
            return result
        finally:
            self.in_flight -= 1
            seconds = time.perf_counter() - started
            endpoint.tally.add(status, seconds)
            if seconds > SLOW_SECONDS and endpoint.inline and endpoint.execution == "auto":
                self._too_slow(endpoint, seconds)

    async def _awaited(self, endpoint: Endpoint, arguments: Any) -> bytes:
        if endpoint.is_async:
            return endpoint.encode(await self.calls.within(endpoint.call(arguments)))
        data: bytes = await self.calls.on_thread(endpoint.work, arguments)
        return data

    def _too_slow(self, endpoint: Endpoint, seconds: float) -> None:
        endpoint.slow_calls += 1
        often = endpoint.slow_calls >= 3 and endpoint.slow_calls * 20 > sum(endpoint.tally.classes)
        if often or seconds > STALLED_SECONDS:
            endpoint.inline = False
            self.log.write("execution", endpoint=endpoint.name, message="from now on on the thread")

    def _failed(
        self, endpoint: Endpoint, kind: Kind, error: BaseException | None, request_id: str
    ) -> Reply:
        facts: dict[str, Any] = {
            "request_id": request_id,
            "endpoint": endpoint.name,
            "status": kind.status,
        }
        if error is None:
            self.log.write("failed", "error", **facts, error=kind.slug, message=kind.title)
        else:
            self.log.failure("failed", error, **facts)
        return self.problem(kind, request_id)

    def _fixed(self, method: str, path: str, admitted: bool) -> Reply:
        """Everything that is no endpoint. Raises Refused."""
        if path in ("/livez", "/readyz"):
            _only_get(method)
            return self._livez() if path == "/livez" else self._readyz()
        if path == "/openapi.json" and self.openapi is not None:
            _only_get(method)
            if not admitted:
                raise Refused(problems.UNAUTHORIZED)
            return Reply(200, JSON, self.openapi)
        if path in ("/", "/docs") and self.page is not None:
            _only_get(method)
            return Reply(200, HTML, self.page, self.page_fields)
        methods = self.app.methods(path)
        if not methods:
            raise Refused(problems.NOT_FOUND)
        raise _NotThisMethod(methods)

    def other(self, method: str, path: str, request_id: str, *, admitted: bool) -> Reply:
        """The reply to a request that no endpoint takes."""
        try:
            reply = self._fixed(method, path, admitted)
        except _NotThisMethod as wrong:
            fields = (("allow", ", ".join((*wrong.methods, "OPTIONS"))),)
            if method == "OPTIONS":
                reply = Reply(204, JSON, b"", fields)
            else:
                reply = self.problem(problems.METHOD, request_id, (), fields)
        except Refused as refused:
            reply = self.refuse(None, refused, request_id)
        self._other.add(reply.status, 0.0)
        return reply

    def _livez(self) -> Reply:
        if self.calls.stuck:
            return Reply(503, JSON, b'{"live":false,"reason":"hung"}')
        return Reply(200, JSON, b'{"live":true}')

    def _readyz(self) -> Reply:
        reason = b"draining" if self.draining else b"hung" if self.hung else b"starting"
        if self.ready and not self.draining and not self.hung:
            return Reply(200, JSON, b'{"ready":true}')
        return Reply(503, JSON, b'{"ready":false,"reason":"%b"}' % reason)


class _NotThisMethod(Exception):
    def __init__(self, methods: tuple[str, ...]) -> None:
        super().__init__(methods)
        self.methods = methods


def _only_get(method: str) -> None:
    if method not in ("GET", "HEAD"):
        raise _NotThisMethod(("GET", "HEAD"))
