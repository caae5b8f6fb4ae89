"""A user's own services, as their browser reaches them: below the Jupyter server, behind its login.

Where a request goes is what the target says of the service; nothing of the request's own says it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import ensure_async
from tornado import web
from tornado.http1connection import HTTP1Connection

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.runs import services
from jupyter_modelship.targets.port import Observation, Way

from .exchange import Exchange, NoReply
from .forwarding import GUARDS, address, back, is_service, onward
from .handler import RESOURCE, ModelshipHandler
from .ways import heard

PREFIX = "/modelship/services/"
BODY_BYTES = 64 << 20
"""No service takes more."""


class NotRunning(ModelshipError):
    """The service is there, and takes no requests."""

    code = "not-running"


class TooLarge(ModelshipError):
    """A body that no service takes."""

    code = "body-too-large"


@web.stream_request_body
class ProxyHandler(ModelshipHandler):
    """Every verb; the body is passed on while it comes. So all checks are made before it does."""

    _exchange: Exchange | None = None
    _running: asyncio.Task[None] | None = None

    async def prepare(self) -> None:  # type: ignore[override] # as APIHandler, which has the same
        await super().prepare()
        user = self.current_user
        if not user:
            raise web.HTTPError(403)
        allowed = self.authorizer.is_authorized(self, user, "execute", RESOURCE)
        if not await ensure_async(allowed):
            raise web.HTTPError(403, f"User is not authorized to execute on resource: {RESOURCE}.")
        self._bound_body()
        name, path = self._asked_for()
        where = address(path, self.request.query, token=self.token or "")
        targets = await self.app.followed.targets()
        target, seen = await services.find_on(targets, name, self.places)
        _check_running(seen)
        self._begin(self.app.ways.hold(target, seen), where)

    def _asked_for(self) -> tuple[str, str]:
        """Name and path as they came, before anybody decoded them."""
        _, _, rest = self.request.path.partition(PREFIX)
        name, slash, path = rest.partition("/")
        if not is_service(name):
            raise web.HTTPError(404, "No service is called that.")
        return name, slash + path

    @property
    def _connection(self) -> HTTP1Connection:
        return cast(HTTP1Connection, self.request.connection)

    def _bound_body(self) -> None:
        length = self.request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) > BODY_BYTES:
            raise TooLarge(
                f"the body has {length} bytes, and no service takes more than {BODY_BYTES}",
                remedy="send less at once",
            )
        self._connection.set_max_body_size(BODY_BYTES)  # where it comes in chunks

    def _begin(self, held: AbstractAsyncContextManager[Way], where: str) -> None:
        headers = self.request.headers
        chunked = "Transfer-Encoding" in headers
        if chunked and self.request.method not in ("POST", "PUT", "PATCH"):
            raise web.HTTPError(411, "A body of unknown length is for POST, PUT and PATCH.")
        has_body = chunked or headers.get("Content-Length", "0") != "0"
        self._exchange = Exchange(turnstile=self.app.turnstile, begun=self._begun, came=self._came)
        self._running = asyncio.ensure_future(
            self._exchanged(self._exchange, held, where, has_body=has_body)
        )
        self._running.add_done_callback(heard)

    async def _exchanged(
        self,
        exchange: Exchange,
        held: AbstractAsyncContextManager[Way],
        where: str,
        *,
        has_body: bool,
    ) -> None:
        try:
            async with held as way:
                await exchange.run(
                    way.url.rstrip("/") + where,
                    method=str(self.request.method),
                    fields=onward(self.request.headers.get_all(), token=way.token),
                    has_body=has_body,
                    unix=way.socket,
                )
        finally:
            exchange.upload.stop()  # also where no way was found: the body goes nowhere

    async def data_received(self, chunk: bytes) -> None:
        if self._exchange is not None and not self._finished:  # else it was refused
            await self._exchange.upload.give(chunk)

    def on_connection_close(self) -> None:
        if self._running is not None:
            self._running.cancel()
        super().on_connection_close()

    def on_finish(self) -> None:
        if self._running is not None:
            self._running.cancel()  # nobody waits for it where the reply is an error of ours
        super().on_finish()

    async def forward(self) -> None:
        """The reply, to its end."""
        assert self._exchange is not None, "prepared"
        assert self._running is not None, "prepared"
        await self._exchange.upload.give(None)
        try:
            await self._running
        except asyncio.CancelledError:
            if not self._running.cancelled():
                raise
            self._auto_finish = False  # who asked is gone
        except NoReply as error:
            if not self._headers_written:
                raise
            self.log.warning("the reply of a service broke off: %s", error.message)
            self._auto_finish = False
            self._connection.stream.close()  # so that nobody takes it for whole
        else:
            self.finish(set_content_type=self._content_type())

    @web.authenticated
    @authorized("execute", RESOURCE)
    async def get(self, *_: str, **__: str) -> None:
        await self.forward()

    @web.authenticated
    @authorized("execute", RESOURCE)
    async def head(self, *_: str, **__: str) -> None:
        await self.forward()

    @web.authenticated
    @authorized("execute", RESOURCE)
    async def post(self, *_: str, **__: str) -> None:
        await self.forward()

    @web.authenticated
    @authorized("execute", RESOURCE)
    async def put(self, *_: str, **__: str) -> None:
        await self.forward()

    @web.authenticated
    @authorized("execute", RESOURCE)
    async def patch(self, *_: str, **__: str) -> None:
        await self.forward()

    @web.authenticated
    @authorized("execute", RESOURCE)
    async def delete(self, *_: str, **__: str) -> None:
        await self.forward()

    @web.authenticated
    @authorized("execute", RESOURCE)
    async def options(self, *_: str, **__: str) -> None:  # type: ignore[override] # it is a verb like others here
        await self.forward()

    def _content_type(self) -> str:
        return str(self._headers.get("Content-Type", "application/octet-stream"))

    def _begun(self, status: int, fields: Sequence[tuple[str, str]]) -> None:
        self.clear()
        self.clear_header("Content-Type")
        self.clear_header("Server")
        self.set_status(status)
        for name, value in back(fields):
            self.set_header(name, value)

    def _came(self, chunk: bytes) -> Awaitable[None]:
        self.write(chunk)
        return self.flush()  # a future: clients before tornado 6.6 do not wait for it

    def compute_etag(self) -> str | None:
        return None  # the service's, if it has one

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        for name, value in GUARDS:
            self.set_header(name, value)
        super().write_error(status_code, **kwargs)


def _check_running(seen: Observation) -> None:
    """Raises NotRunning."""
    if seen.state in ("stopped", "gone", "failed") or not seen.url:
        raise NotRunning(
            f"{seen.service} is {seen.state}",
            remedy=seen.remedy or "start it in the services panel",
            detail=seen.reason,
        )


ROUTES = [(rf"{PREFIX}(?P<service>[^/]+)(?P<path>/.*)", ProxyHandler)]
