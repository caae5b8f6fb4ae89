"""The words behind `%deploy`, read as the command line reads them."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from .handler import API, RESOURCE, ModelshipHandler


class IntentHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def post(self) -> None:
        self.reply(await self.ask("intent"))


ROUTES = [(rf"{API}/intents", IntentHandler)]
