"""Every route and verb of the extension, with what it does to a stranger's first request.

A new route needs a row here, and says in docs/reference/openapi.yaml what it takes and answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from jupyter_modelship.server.handler import API
from jupyter_modelship.server.routes import routes

NOBODY = "00000000-0000-4000-8000-000000000000"
VERBS = ("get", "head", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Row:
    """One verb of one route. `answers` is the status, and the code of the problem where it is
    one, for an allowed request with the body `{}`."""

    verb: str
    path: str
    """As in openapi.yaml."""
    action: str
    """What the authorizer is asked for."""
    answers: tuple[int, str]
    at: str = ""
    """The path with its parameters filled in."""

    @property
    def name(self) -> str:
        return f"{self.verb} {self.path}"


PROXY = "/modelship/services/{service}{path}"

ROWS = (
    Row("GET", "/about", "read", (200, "")),
    Row("GET", "/channels", "read", (101, "")),
    Row("GET", "/findings", "read", (200, "")),
    Row("GET", "/friction/{run}", "read", (404, "nothing-there"), f"/friction/{NOBODY}"),
    Row("POST", "/friction/{run}", "write", (400, "bad-request"), f"/friction/{NOBODY}"),
    Row("GET", "/options", "read", (200, "")),
    Row("GET", "/runs", "read", (200, "")),
    Row("GET", "/runs/{run}", "read", (404, "nothing-there"), f"/runs/{NOBODY}"),
    Row("GET", "/runs/{run}/log", "read", (404, "nothing-there"), f"/runs/{NOBODY}/log"),
    Row("GET", "/services", "read", (200, "")),
    Row("GET", "/services/{service}", "read", (404, "nothing-there"), "/services/none"),
    *(
        Row(
            "GET",
            f"/services/{{service}}/{what}",
            "read",
            (404, "nothing-there"),
            f"/services/none/{what}",
        )
        for what in ("openapi", "metrics", "failures", "provenance")
    ),
    Row(
        "GET",
        "/services/{service}/revisions/{revision}/files",
        "read",
        (404, "nothing-there"),
        "/services/none/revisions/1/files",
    ),
    Row("GET", "/templates", "read", (200, "")),
    Row("GET", "/templates/{name}", "read", (404, "nothing-there"), "/templates/none"),
    Row("POST", "/intents", "read", (400, "bad-request")),
    Row("POST", "/look", "read", (400, "bad-request")),
    Row("POST", "/review", "read", (400, "bad-request")),
    Row("POST", "/runs", "execute", (400, "bad-request")),
    Row("POST", "/runs/{run}/cancel", "execute", (404, "nothing-there"), f"/runs/{NOBODY}/cancel"),
    Row(
        "POST",
        "/runs/{run}/terminal",
        "execute",
        (404, "nothing-there"),
        f"/runs/{NOBODY}/terminal",
    ),
    Row(
        "POST",
        "/services/{service}/rollback",
        "write",
        (404, "nothing-there"),
        "/services/none/rollback",
    ),
    Row(
        "POST", "/services/{service}/start", "write", (404, "nothing-there"), "/services/none/start"
    ),
    Row("POST", "/services/{service}/stop", "write", (404, "nothing-there"), "/services/none/stop"),
    Row("DELETE", "/services/{service}", "write", (404, "nothing-there"), "/services/none"),
    *(
        Row(verb, PROXY, "execute", (404, "nothing-there"), "/modelship/services/none/predict")
        for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")
    ),
    Row("HEAD", PROXY, "execute", (404, ""), "/modelship/services/none/predict"),
)


def template(pattern: str) -> str:
    """A route's pattern as openapi.yaml writes it; what lies beside the API is written whole."""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern.removeprefix(API))


def verbs(handler: type[RequestHandler]) -> Iterator[str]:
    """The verbs that a handler answers, without OPTIONS, which says what a browser may ask."""
    for verb in VERBS:
        if getattr(handler, verb) is not getattr(RequestHandler, verb):
            yield verb.upper()


def registered() -> list[str]:
    """`VERB path` of everything that the extension answers."""
    return sorted(
        f"{verb} {template(pattern)}"
        for pattern, handler, *_ in routes()
        for verb in verbs(handler)
    )


def sockets() -> set[str]:
    """Those that become a WebSocket."""
    return {
        f"GET {template(pattern)}"
        for pattern, handler, *_ in routes()
        if issubclass(handler, WebSocketHandler)
    }
