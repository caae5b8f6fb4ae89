"""What a notebook would ship, from its text alone. The text is read in another process."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from .handler import API, RESOURCE, ModelshipHandler


@web.stream_request_body
class LookHandler(ModelshipHandler):
    """An edited notebook comes piece by piece: where a body is read as a whole, nobody else on the
    loop has a turn until all of it is there."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        super().initialize(*args, **kwargs)
        self._pieces: list[bytes] = []

    async def data_received(self, chunk: bytes) -> None:
        self._pieces.append(chunk)
        await asyncio.sleep(0)

    @web.authenticated
    @authorized("read", RESOURCE)
    async def post(self) -> None:
        self.reply(await self.ask("look", body=self._pieces))


ROUTES = [(rf"{API}/look", LookHandler)]
