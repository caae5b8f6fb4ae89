"""Services: what runs, and what people do to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_modelship.runs import asked, services
from jupyter_modelship.targets.port import Observation, Target

from .handler import API, RESOURCE, ModelshipHandler

NAME = r"(?P<service>[^/]+)"


class ServicesHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self) -> None:
        self.finish(await self.app.live.board.all())


class ServiceHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self, service: str) -> None:
        self.say(await self.app.live.board.one(service))

    @web.authenticated
    @authorized("write", RESOURCE)
    async def delete(self, service: str) -> None:
        await services.delete(service, self.places)
        self.set_status(204)
        self.finish()


class ChangeHandler(ModelshipHandler):
    """Start, stop, roll back: the reply is the service as it is then."""

    async def change(self, service: str, act: Callable[[Target], Awaitable[Observation]]) -> None:
        target, _ = await services.find(service, self.places)
        await act(target)
        self.say(await self.app.live.board.one(service))


class StartHandler(ChangeHandler):
    @web.authenticated
    @authorized("write", RESOURCE)
    async def post(self, service: str) -> None:
        await self.change(service, lambda target: target.start(service))


class StopHandler(ChangeHandler):
    @web.authenticated
    @authorized("write", RESOURCE)
    async def post(self, service: str) -> None:
        await self.change(service, lambda target: target.stop(service))


class RollbackHandler(ChangeHandler):
    @web.authenticated
    @authorized("write", RESOURCE)
    async def post(self, service: str) -> None:
        wish = asked.read(asked.Rollback, self.request.body or b"{}")
        await self.change(
            service, lambda target: target.rollback(service, wish.revision, who=self.who)
        )


ROUTES = [
    (rf"{API}/services", ServicesHandler),
    (rf"{API}/services/{NAME}", ServiceHandler),
    (rf"{API}/services/{NAME}/start", StartHandler),
    (rf"{API}/services/{NAME}/stop", StopHandler),
    (rf"{API}/services/{NAME}/rollback", RollbackHandler),
]
