"""What is to be read before anything ships."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_modelship.desk.readers import Answer

from .handler import API, RESOURCE, ModelshipHandler


class ReviewHandler(ModelshipHandler):
    """Two steps of one review: `lock` false answers at once, true once there is a lock."""

    _answering: asyncio.Task[Answer] | None = None

    @web.authenticated
    @authorized("read", RESOURCE)
    async def post(self) -> None:
        self._answering = asyncio.ensure_future(self.ask("review", pace="slow"))
        self.reply(await self._answering)

    def on_connection_close(self) -> None:
        """Nobody waits for it any more: options have changed, or the tab was closed."""
        if self._answering is not None:
            self._answering.cancel()


ROUTES = [(rf"{API}/review", ReviewHandler)]
