"""What a notebook would ship, from its text alone. The text is read in another process."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from .handler import API, RESOURCE, ModelshipHandler


class LookHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def post(self) -> None:
        self.reply(await self.ask("look"))


ROUTES = [(rf"{API}/look", LookHandler)]
