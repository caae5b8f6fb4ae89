"""Reports of friction: shown first, then copied by the user or sent to the administrator."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.httpclient import HTTPClientError, HTTPRequest

from jupyter_modelship import __version__
from jupyter_modelship.desk import asked
from jupyter_modelship.desk.readers import Answer
from jupyter_modelship.errors import NothingThere

from .exchange import CONNECT_SECONDS, NoReply
from .handler import API, RESOURCE, ModelshipHandler

SEND_SECONDS = 15.0


def acceptable(url: str) -> str:
    """Why reports may not go to this address; "" where they may: https, or this machine."""
    try:
        place = urlsplit(url)
        host, _ = place.hostname or "", place.port
    except ValueError as error:
        return f"{url!r} is no address: {error}"
    if place.scheme == "https" and host:
        return ""
    if place.scheme == "http" and _is_loopback(host):
        return ""
    return f"{url!r} is neither https nor on this machine"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class FrictionHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self, run: str) -> None:
        """The report, as it would be sent."""
        code = self.get_query_argument("code", "0")
        if code not in ("0", "1"):
            raise asked.BadRequest("code must be 0 or 1")
        self.reply(await self._report(run, code=code == "1", note=""))

    @web.authenticated
    @authorized("write", RESOURCE)
    async def post(self, run: str) -> None:
        """Send the report to the administrator's webhook."""
        wish = asked.read(asked.Friction, self.request.body)
        if not self.app.friction_webhook:
            raise NothingThere(
                "nobody has said where reports of friction go",
                remedy="copy the report and send it yourself, or ask who administers this server",
            )
        answer = await self._report(run, code=wish.code, note=wish.note)
        if answer.error is not None:
            self.reply(answer)
            return
        await self._send({**json.loads(answer.body), "run": run, "version": __version__})
        self.set_status(204)
        self.finish()

    async def _report(self, run: str, *, code: bool, note: str) -> Answer:
        user = self.current_user
        question: dict[str, Any] = {
            "run": run,
            "code": code,
            "note": note,
            "people": [self.who, user.username, user.name, user.display_name],
            "tokens": [self.token or ""],
        }
        return await self.inquire("friction", question)

    async def _send(self, report: dict[str, Any]) -> None:
        request = HTTPRequest(
            self.app.friction_webhook,
            method="POST",
            headers={"Content-Type": "application/json"},
            body=json.dumps(report),
            connect_timeout=CONNECT_SECONDS,
            request_timeout=SEND_SECONDS,
            follow_redirects=False,
        )
        try:
            reply = await self.app.client.fetch(request, raise_error=False)
        except (OSError, HTTPClientError, asyncio.TimeoutError) as error:
            raise _unsent(str(error)) from error
        if reply.code >= 300:
            raise _unsent(f"it answers {reply.code}")


def _unsent(why: str) -> NoReply:
    return NoReply(
        f"the report did not reach the administrator's webhook: {why}",
        remedy="copy the report and send it yourself, or try again later",
    )


ROUTES = [(rf"{API}/friction/(?P<run>[0-9a-fA-F-]{{36}})", FrictionHandler)]
