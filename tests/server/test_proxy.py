"""Services behind the Jupyter server: what gets through to them, and what does not."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient import HTTPStreamClosedError, SimpleAsyncHTTPClient
from tornado.web import Application, RequestHandler, stream_request_body

from jupyter_modelship.runs import services
from jupyter_modelship.server import forwarding, proxy
from jupyter_modelship.server.app import Modelship
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Observation

from .conftest import Ask
from .test_channels import Nobody
from .test_services import ship

TOKEN = "the-service's-own"


@stream_request_body
class Service(RequestHandler):
    """Says what it was asked; `/slow` answers in pieces, `/broken` breaks off."""

    async def prepare(self) -> None:
        self.heard: list[int] = []
        self.settings["asked"].append(self.request)

    async def data_received(self, chunk: bytes) -> None:
        self.heard.append(len(chunk))
        self.settings["heard"].set()

    async def answer(self) -> None:
        path = self.request.path
        if path == "/slow":
            await self._in_pieces()
        elif path == "/broken":
            self.set_header("Content-Length", "1000")
            self.write("half")
            await self.flush()
            self.request.connection.stream.close()  # type: ignore[union-attr] # of HTTP/1
        elif path == "/wrong-token":
            self.set_status(401)
        elif path == "/hostile":
            self._hostile()
        elif path == "/nothing":
            self.set_status(204)
        else:
            self.set_header("X-Request-Id", "r-1")
            told = {"method": self.request.method, "uri": self.request.uri, "sent": sum(self.heard)}
            self.finish(told)

    get = post = put = patch = delete = options = head = answer

    async def _in_pieces(self) -> None:
        for number in range(3):
            self.write(f"piece {number};")
            await self.flush()
            await self.settings["go_on"].wait()
            self.settings["go_on"].clear()

    def _hostile(self) -> None:
        self.set_cookie("_xsrf", "mine")
        self.set_header("Location", "http://evil.example/")
        self.set_header("Content-Security-Policy", "script-src *")
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Refresh", "0;url=http://evil.example/")
        self.set_header("Content-Type", "text/html")
        self.finish("<script>steal()</script>")


class Upstream:
    """The service's process: what it was asked, and where it is."""

    def __init__(self, port: int, settings: dict[str, Any]) -> None:
        self.port = port
        self.asked: list[Any] = settings["asked"]
        self.heard: asyncio.Event = settings["heard"]
        self.go_on: asyncio.Event = settings["go_on"]

    @property
    def headers(self) -> HTTPHeaders:
        found: HTTPHeaders = self.asked[-1].headers
        return found


@pytest.fixture
async def upstream(
    extension: Modelship, http_server: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Upstream]:
    """A service `iris` that runs, with a token."""
    settings: dict[str, Any] = {"asked": [], "heard": asyncio.Event(), "go_on": asyncio.Event()}
    server = HTTPServer(Application([("/.*", Service)], **settings))
    server.listen(0, "127.0.0.1")
    (listening,) = server._sockets.values()
    upstream = Upstream(listening.getsockname()[1], settings)
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\nthe-next-one\n")
    target = FakeTarget()
    await ship(target, Path("/n.ipynb"))
    await ship(target, Path("/n.ipynb"), service="stopped")
    await target.stop("stopped")
    observe = target.observe

    async def observed(service: str) -> Observation | None:
        seen = await observe(service)
        url = f"http://127.0.0.1:{upstream.port}"
        return replace(seen, url=url, token_file=token) if seen else None

    monkeypatch.setattr(target, "observe", observed)
    monkeypatch.setattr(services, "open_targets", lambda places: {"fake": target})
    yield upstream
    server.stop()
    await server.close_all_connections()


@pytest.fixture
async def call(
    upstream: Upstream, jp_http_port: int, jp_base_url: str, jp_auth_header: dict[str, str]
) -> AsyncIterator[Ask]:
    """A request below /modelship/services/iris, by way of Jupyter; the path goes as it stands."""
    client = SimpleAsyncHTTPClient(force_instance=True)

    async def called(method: str, path: str = "/predict", **options: Any) -> Any:
        options.setdefault("body", b"{}" if method in ("POST", "PUT", "PATCH") else None)
        options["headers"] = {**jp_auth_header, **options.get("headers", {})}
        name = options.pop("name", "iris")
        url = f"http://127.0.0.1:{jp_http_port}{jp_base_url}modelship/services/{name}{path}"
        options |= {"allow_nonstandard_methods": True, "decompress_response": False}
        options.setdefault("request_timeout", 5.0)
        return await client.fetch(url, method=method, raise_error=False, **options)

    yield called
    client.close()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_verb_gets_through(call: Ask, method: str) -> None:
    reply = await call(method, "/score?x=1&y=%C3%A9+a")
    told = {"method": method, "uri": "/score?x=1&y=%C3%A9+a", "sent": 2 if method[0] == "P" else 0}
    assert (reply.code, json.loads(reply.body)) == (200, told)
    assert reply.headers["X-Request-Id"] == "r-1"


async def test_head_has_no_body(call: Ask, upstream: Upstream) -> None:
    reply = await call("HEAD")
    assert (reply.code, reply.body) == (200, b"")
    assert upstream.asked[-1].method == "HEAD"


async def test_a_reply_without_content_stays_one(call: Ask) -> None:
    reply = await call("GET", "/nothing")
    assert (reply.code, reply.body) == (204, b"")


async def test_the_service_gets_its_own_token_and_nothing_of_jupyters(
    call: Ask, upstream: Upstream, jp_serverapp: Any, jp_http_port: int
) -> None:
    token = jp_serverapp.identity_provider.token
    await call(
        "GET",
        f"/score?x=1&token={token}&_xsrf=abc&y=2",
        headers={
            "Cookie": "_xsrf=abc; username=me",
            "X-XSRFToken": "abc",
            "Referer": f"http://localhost/lab?token={token}",
            "Origin": f"http://127.0.0.1:{jp_http_port}",
            "X-Forwarded-For": "10.0.0.1",
            "Connection": "X-Private, keep-alive",
            "X-Private": "for this hop",
            "Proxy-Authorization": "Basic abc",
            "TE": "trailers",
            "X-Request-Id": "mine",
            "Accept": "application/json",
            "Accept-Encoding": "br",
        },
    )
    assert upstream.asked[-1].uri == "/score?x=1&y=2"
    fields = {name.lower(): value for name, value in upstream.headers.get_all()}
    assert fields == {
        "authorization": f"Bearer {TOKEN}",
        "accept": "application/json",
        "accept-encoding": "br",
        "x-request-id": "mine",
        "host": f"127.0.0.1:{upstream.port}",
        "connection": "close",
        "user-agent": fields["user-agent"],
    }
    assert token not in str(fields)


async def test_the_service_can_do_nothing_in_jupyters_name(call: Ask) -> None:
    reply = await call("GET", "/hostile")
    assert reply.headers["Content-Security-Policy"] == "sandbox"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Type"] == "text/html"
    for name in ("Location", "Access-Control-Allow-Origin", "Refresh"):
        assert name not in reply.headers
    assert "mine" not in str(reply.headers.get_list("Set-Cookie"))


async def test_errors_are_guarded_too(call: Ask) -> None:
    reply = await call("GET", name="none")
    assert (reply.code, json.loads(reply.body)["code"]) == (404, "nothing-there")
    assert reply.headers["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize(
    "path",
    [
        "/../stopped/predict",
        "/a/../../b",
        "/./predict",
        "/%2e%2e/predict",
        "/%2E./predict",
        "/a%2fb",
        "/a%5Cb",
        "/a%00b",
        "/a%0d%0aHost:evil",
        "/a\\b",
        "/é",
        "/%",
        "/%zz",
    ],
)
async def test_paths_that_could_mean_two_things_go_nowhere(
    upstream: Upstream, raw: Callable[..., Any], path: str
) -> None:
    status, _ = await raw(f"/modelship/services/iris{path}")
    assert status in (400, 404)
    assert upstream.asked == []


@pytest.mark.parametrize(
    "name",
    [
        "iris@evil.example",
        "127.0.0.1:80",
        "iris%2f..",
        "..",
        "%2e%2e",
        "IRIS",
        "http:",
        "x" * 64,
        "iris%00",
        "i%72is",
    ],
)
async def test_names_that_are_no_service_go_nowhere(
    upstream: Upstream, raw: Callable[..., Any], name: str
) -> None:
    status, _ = await raw(f"/modelship/services/{name}/predict")
    assert status in (400, 404)
    assert upstream.asked == []


async def test_where_it_goes_is_not_the_requests_to_say(
    upstream: Upstream, raw: Callable[..., Any]
) -> None:
    status, _ = await raw("/modelship/services/iris//evil.example/x")
    assert (status, upstream.asked[-1].uri) == (200, "//evil.example/x")
    status, _ = await raw("/modelship/services/iris/@evil.example/x")
    assert (status, upstream.asked[-1].uri) == (200, "/@evil.example/x")
    assert upstream.headers["Host"] == f"127.0.0.1:{upstream.port}"
    count = len(upstream.asked)
    status, _ = await raw("http://evil.example/modelship/services/iris/x", whole=True)
    assert status in (400, 404)
    status, _ = await raw("/modelship/services/iris/x", host="evil.example")
    assert status == 403, "a name that is not this machine's"
    assert len(upstream.asked) == count


@pytest.fixture
def raw(jp_http_port: int, jp_base_url: str, jp_auth_header: dict[str, str]) -> Callable[..., Any]:
    """A request line as it stands: no client puts it right. Status and body of the reply."""

    async def asked(path: str, *, host: str = "", whole: bool = False) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
        line = path if whole else jp_base_url.rstrip("/") + path
        head = [
            f"GET {line} HTTP/1.1",
            f"Host: {host or f'127.0.0.1:{jp_http_port}'}",
            f"Authorization: {jp_auth_header['Authorization']}",
            "Connection: close",
        ]
        writer.write("\r\n".join([*head, "", ""]).encode())
        reply = await reader.read()
        writer.close()
        start, _, rest = reply.partition(b"\r\n")
        return int(start.split()[1]), rest.partition(b"\r\n\r\n")[2]

    return asked


async def test_a_body_goes_on_while_it_comes(
    upstream: Upstream, jp_http_port: int, jp_base_url: str, jp_auth_header: dict[str, str]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
    head = [
        f"POST {jp_base_url}modelship/services/iris/predict HTTP/1.1",
        f"Host: 127.0.0.1:{jp_http_port}",
        f"Authorization: {jp_auth_header['Authorization']}",
        "Content-Type: application/json",
        "Content-Length: 200000",
        "Connection: close",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode() + b"x" * 100_000)
    await asyncio.wait_for(upstream.heard.wait(), 5)
    writer.write(b"x" * 100_000)
    reply = await reader.read()
    writer.close()
    assert json.loads(reply.partition(b"\r\n\r\n")[2])["sent"] == 200_000


async def test_a_reply_comes_back_while_it_is_made(call: Ask, upstream: Upstream) -> None:
    pieces: list[bytes] = []

    def came(piece: bytes) -> None:
        pieces.append(piece)
        upstream.go_on.set()

    await call("GET", "/slow", streaming_callback=came)
    assert b"".join(pieces) == b"piece 0;piece 1;piece 2;"
    assert len(pieces) >= 3


async def test_a_reply_that_breaks_off_is_not_taken_for_whole(call: Ask) -> None:
    with pytest.raises(HTTPStreamClosedError):
        await call("GET", "/broken")


async def test_a_body_in_chunks_gets_through(call: Ask) -> None:
    async def produce(write: Any) -> None:
        for _ in range(10):
            await write(b"y" * 1000)

    reply = await call("POST", body=None, body_producer=produce)
    assert json.loads(reply.body)["sent"] == 10_000


async def test_a_body_without_end_is_cut_off(
    call: Ask, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "BODY_BYTES", 100_000)
    reply = await call("POST", body=b"x" * 100_001)
    assert (reply.code, json.loads(reply.body)["code"]) == (413, "body-too-large")
    assert upstream.asked == []

    async def endless(write: Any) -> None:
        while True:
            await write(b"y" * 10_000)

    with suppress(HTTPStreamClosedError, StreamClosedError, OSError):
        reply = await call("POST", body=None, body_producer=endless)
        assert reply.code == 400


async def test_a_service_that_is_stopped_says_so(call: Ask) -> None:
    reply = await call("GET", name="stopped")
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (503, "not-running")
    assert told["remedy"]


async def test_a_service_that_does_not_answer_is_a_clear_error(
    call: Ask, upstream: Upstream
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        upstream.port = free.getsockname()[1]
        reply = await call("GET")
    assert (reply.code, json.loads(reply.body)["code"]) == (502, "no-reply")


async def test_a_token_that_the_service_refuses_is_not_the_browsers_login(call: Ask) -> None:
    reply = await call("GET", "/wrong-token")
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (502, "no-reply")
    assert "token" in told["message"]
    assert "WWW-Authenticate" not in reply.headers


def test_a_token_that_is_not_jupyters_is_the_endpoints_own() -> None:
    query = "token=mine&tok%65n=jupyter%27s&token=&x=token"
    assert forwarding.address("/p", query, token="jupyter's") == "/p?token=mine&token=&x=token"
    assert forwarding.address("/p", "token=", token="") == "/p?token="


def test_what_is_for_the_next_hop_goes_no_further() -> None:
    fields = [("Connection", "close, ETag"), ("ETag", "1"), ("Keep-Alive", "5"), ("Vary", "a")]
    assert forwarding.back(fields) == [("Vary", "a"), *forwarding.GUARDS]
    assert forwarding.onward([*fields, ("Upgrade", "websocket")], token="") == [("Vary", "a")]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
async def test_nobody_gets_through_without_login_or_permission(
    call: Ask, upstream: Upstream, jp_serverapp: Any, method: str
) -> None:
    settings = jp_serverapp.web_app.settings
    allows = settings["authorizer"]
    assert (await call(method, headers={"Authorization": ""})).code == 403
    settings["authorizer"] = Nobody(parent=jp_serverapp)
    assert (await call(method)).code == 403
    settings["authorizer"] = allows
    await call("GET", "/last")
    assert [one.path for one in upstream.asked] == ["/last"]


async def test_a_form_of_another_site_gets_nowhere(
    call: Ask, upstream: Upstream, jp_fetch: Ask
) -> None:
    login = await jp_fetch("api", "status")
    cookie = "; ".join(c.partition(";")[0] for c in login.headers.get_list("Set-Cookie"))
    by_cookie = {"Authorization": "", "Cookie": cookie}
    assert (await call("GET", headers=by_cookie)).code == 200
    count = len(upstream.asked)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await call(method, headers=by_cookie)).code == 403, "no XSRF token"
    foreign = {**by_cookie, "Origin": "http://evil.example"}
    assert (await call("GET", headers=foreign)).code in (403, 404)
    assert len(upstream.asked) == count
