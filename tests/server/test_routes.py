"""Who may ask what: every route and verb, whoever asks and from wherever."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any, ClassVar

import pytest
from jupyter_server.auth import Authorizer, User
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect
from traitlets.config import Config

from jupyter_modelship.server.app import Modelship
from jupyter_modelship.server.handler import API, RESOURCE

from .table import ROWS, Row, registered, sockets

Headers = Mapping[str, str]
Answers = dict[str, tuple[int, str]]
SAFE = ("GET", "HEAD")
EVIL = {"Origin": "https://evil.example"}


class Gate(Authorizer):
    """Notes what it is asked, and lets through what `opens` says."""

    asked: ClassVar[list[tuple[str, str]]] = []
    opens = True

    def is_authorized(self, handler: object, user: User, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return type(self).opens


@pytest.fixture(params=[False, True], ids=["strict", "lax"])
def jp_server_config(request: pytest.FixtureRequest, home: object) -> Config:
    return Config(
        {
            "ServerApp": {
                "jpserver_extensions": {"jupyter_modelship": True},
                "allow_unauthenticated_access": request.param,
                "authorizer_class": Gate,
            }
        }
    )


class Door:
    """Requests to all routes, as one kind of visitor sends them."""

    def __init__(self, port: int, base: str, token: str) -> None:
        self._host = f"127.0.0.1:{port}"
        self._base = base.rstrip("/")
        self._token = token

    async def cookies(self) -> dict[str, str]:
        """Those of a browser whose user has logged in."""
        url = f"http://{self._host}{self._base}/api/status?token={self._token}"
        page = f"http://{self._host}{self._base}/login"
        found: dict[str, str] = {}
        for address in (url, page):
            reply = await AsyncHTTPClient().fetch(address, raise_error=False)
            for line in reply.headers.get_list("Set-Cookie"):
                found |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return found

    async def knock(self, headers: Headers) -> Answers:
        """What each row answers to a request with these headers."""
        return {row.name: await self._knock(row, dict(headers)) for row in ROWS}

    async def _knock(self, row: Row, headers: dict[str, str]) -> tuple[int, str]:
        below = "" if row.path.startswith("/modelship/") else API
        at = f"{self._host}{self._base}{below}{row.at or row.path}"
        if row.name in sockets():
            return await self._connect(HTTPRequest(f"ws://{at}", headers=headers)), ""
        reply = await AsyncHTTPClient().fetch(
            f"http://{at}",
            method=row.verb,
            headers=headers,
            body=None if row.verb in ("GET", "HEAD", "DELETE") else "{}",
            raise_error=False,
        )
        problem = reply.code >= 400 and row.verb != "HEAD"
        return reply.code, json.loads(reply.body)["code"] if problem else ""

    async def _connect(self, request: HTTPRequest) -> int:
        try:
            (await websocket_connect(request)).close()
        except HTTPClientError as error:
            return error.code
        return 101


@pytest.fixture
def door(
    extension: Modelship, http_server: Any, jp_http_port: int, jp_base_url: str, jp_serverapp: Any
) -> Door:
    Gate.asked, Gate.opens = [], True
    return Door(jp_http_port, jp_base_url, jp_serverapp.identity_provider.token)


def cookie(cookies: Mapping[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


def refused(status: int, code: str) -> Answers:
    """What all rows answer where all are refused. A WebSocket's refusal has no body, and HEAD's."""
    answers = {row.name: (status, "" if row.verb == "HEAD" else code) for row in ROWS}
    return answers | dict.fromkeys(sockets(), (403, ""))


ALLOWED: Answers = {row.name: row.answers for row in ROWS}


def test_every_route_and_verb_has_a_row() -> None:
    assert sorted(row.name for row in ROWS) == registered()


async def test_strangers_are_refused(door: Door) -> None:
    assert await door.knock({}) == refused(403, "forbidden")
    assert await door.knock({"Authorization": "token wrong"}) == refused(403, "forbidden")
    assert Gate.asked == []


async def test_a_page_elsewhere_is_refused(door: Door) -> None:
    """With the cookies that the browser sends along, and the token that it cannot know."""
    cookies = await door.cookies()
    headers = {**cookie(cookies), "X-XSRFToken": cookies["_xsrf"], **EVIL}
    Gate.asked.clear()
    assert await door.knock(headers) == refused(404, "no-such-route")
    assert len(Gate.asked) == len(sockets()), "only a WebSocket looks at the origin last"


async def test_a_forged_request_is_refused(door: Door) -> None:
    """A browser sends cookies with any form; only pages of this server know the XSRF token."""
    cookies = await door.cookies()
    for forged in ({}, {"X-XSRFToken": "wrong"}):
        answers = await door.knock({**cookie(cookies), **forged})
        changing = {row.name: (403, "forbidden") for row in ROWS if row.verb not in SAFE}
        assert answers == ALLOWED | changing


async def test_whom_the_authorizer_denies_is_refused(door: Door) -> None:
    Gate.opens = False
    cookies = await door.cookies()
    Gate.asked.clear()
    answers = await door.knock({**cookie(cookies), "X-XSRFToken": cookies["_xsrf"]})
    assert answers == refused(403, "forbidden")
    assert Gate.asked == [(row.action, RESOURCE) for row in ROWS]


async def test_who_may_is_answered(door: Door) -> None:
    cookies = await door.cookies()
    assert await door.knock({**cookie(cookies), "X-XSRFToken": cookies["_xsrf"]}) == ALLOWED
