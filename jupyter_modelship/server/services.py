"""Services: what runs, and what people do to it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_modelship.desk import asked, bundles, telling
from jupyter_modelship.desk.metrics import Metrics
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.runs import services
from jupyter_modelship.runs.http import request
from jupyter_modelship.targets.audit import Deed
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
        await services.delete(service, self.places, who=self.who, vouched=self.vouched)
        self.set_status(204)
        self.finish()


class ChangeHandler(ModelshipHandler):
    """Start, stop, roll back: the reply is the service as it is then."""

    async def change(self, service: str, deed: Deed, act: services.Act) -> None:
        who, vouched = self.who, self.vouched
        await services.change(service, self.places, deed, act, who=who, vouched=vouched)
        self.say(await self.app.live.board.one(service))


class StartHandler(ChangeHandler):
    @web.authenticated
    @authorized("write", RESOURCE)
    async def post(self, service: str) -> None:
        await self.change(service, "start", lambda target, who: target.start(service, who=who))


class StopHandler(ChangeHandler):
    @web.authenticated
    @authorized("write", RESOURCE)
    async def post(self, service: str) -> None:
        await self.change(service, "stop", lambda target, who: target.stop(service, who=who))


class RollbackHandler(ChangeHandler):
    @web.authenticated
    @authorized("write", RESOURCE)
    async def post(self, service: str) -> None:
        wish = asked.read(asked.Rollback, self.request.body or b"{}")
        await self.change(
            service,
            "rollback",
            lambda target, who: target.rollback(service, wish.revision, who=who),
        )


class OpenapiHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self, service: str) -> None:
        """What the live revision says of itself."""
        target, seen = await services.find(service, self.places)
        document = await asyncio.to_thread(bundles.openapi, self.places, seen.bundle_digest)
        if document is None and seen.state == "running":
            document = await self._by_itself(target, seen)
        if document is None:
            raise NothingThere(
                f"the description of {service} is not on this machine",
                remedy="deploy the notebook again: that makes it anew",
            )
        self.say(document)

    async def _by_itself(self, target: Target, seen: Observation) -> dict[str, Any] | None:
        """What a service of a cluster says that was deployed from another machine; else None."""
        async with self.app.ways.hold(target, seen) as way:
            if way.socket is None:
                return None
            try:
                reply = await request(
                    way.url, "GET", "/openapi.json", token=way.token, timeout=10.0, unix=way.socket
                )
                said = json.loads(reply.body)
            except (OSError, ValueError):
                return None
        return said if reply.status == 200 and isinstance(said, dict) else None


class MetricsHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self, service: str) -> None:
        """The last hour, as far as anybody has watched."""
        metrics = (await self.app.live.board.one(service))["metrics"]
        self.say(metrics or telling.metrics_data(Metrics()))


class FailuresHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self, service: str) -> None:
        self.reply(await self.inquire("failures", {"service": service}))


class ProvenanceHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self, service: str) -> None:
        question: dict[str, object] = {"service": service}
        if number := self.get_query_argument("revision", ""):
            question["revision"] = _revision(number)
        self.reply(await self.inquire("provenance", question, pace="slow"))


class FilesHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self, service: str, revision: str) -> None:
        question = {"service": service, "revision": _revision(revision)}
        self.reply(await self.inquire("files", question))


def _revision(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise asked.BadRequest("a revision is a whole number")


ROUTES = [
    (rf"{API}/services", ServicesHandler),
    (rf"{API}/services/{NAME}", ServiceHandler),
    (rf"{API}/services/{NAME}/start", StartHandler),
    (rf"{API}/services/{NAME}/stop", StopHandler),
    (rf"{API}/services/{NAME}/rollback", RollbackHandler),
    (rf"{API}/services/{NAME}/openapi", OpenapiHandler),
    (rf"{API}/services/{NAME}/metrics", MetricsHandler),
    (rf"{API}/services/{NAME}/failures", FailuresHandler),
    (rf"{API}/services/{NAME}/provenance", ProvenanceHandler),
    (rf"{API}/services/{NAME}/revisions/(?P<revision>[^/]+)/files", FilesHandler),
]
