"""A service behind the Jupyter server that says what it was asked, and ways to ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.web import Application, RequestHandler, stream_request_body

from jupyter_modelship.runs import services
from jupyter_modelship.server.app import Modelship
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Observation, Release

Ask = Callable[..., Awaitable[HTTPResponse]]

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


async def ship(target: FakeTarget, notebook: Path, *, service: str = "iris") -> None:
    """One more revision."""
    number = len(target.calls)
    release = Release(
        service=service,
        plan_digest=f"plan-{number}",
        bundle_digest=f"bundle-{number}",
        bundle_folder=Path("/nowhere"),
        python=Path("/nowhere/python"),
        notebook=str(notebook),
        run=f"run-{number}",
        who="ada",
    )
    await target.apply(release, await target.stage(release))


class Upstream:
    """The service's process: what it was asked, and where it is."""

    def __init__(
        self, port: int, settings: dict[str, Any], target: FakeTarget, server: HTTPServer
    ) -> None:
        self.port = port
        self.target = target
        self.server = server
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
    target = FakeTarget()
    upstream = Upstream(listening.getsockname()[1], settings, target, server)
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\nthe-next-one\n")
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
