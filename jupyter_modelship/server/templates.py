"""Starter notebooks."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_modelship.desk.starters import folders, starter, starters

from .handler import API, RESOURCE, ModelshipHandler


class TemplatesHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self) -> None:
        found = await asyncio.to_thread(lambda: starters(folders()))
        self.say(
            [
                {"name": one.name, "title": one.title, "description": one.description}
                for one in found.values()
            ]
        )


class TemplateHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self, name: str) -> None:
        self.say(await asyncio.to_thread(lambda: starter(folders(), name).document()))


ROUTES = [
    (rf"{API}/templates", TemplatesHandler),
    (rf"{API}/templates/(?P<name>[^/]+)", TemplateHandler),
]
