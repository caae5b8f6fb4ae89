"""Bodies and replies on their way through the Jupyter server: passed on while they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient import HTTPStreamClosedError

from jupyter_modelship.server import proxy

from .conftest import Ask
from .upstream import Upstream


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
    await asyncio.wait_for(upstream.heard.wait(), 60)
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


LARGE = b"x" * (8 << 20)
"""More than all buffers on the way hold."""


@pytest.fixture
async def hasty(upstream: Upstream) -> AsyncIterator[Upstream]:
    """The service answers after the first bytes of a body, and hangs up; the rest is never read."""
    reply = b"HTTP/1.1 413 Too Large\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nmuch"

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.read(1000)
        writer.write(reply)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        upstream.port = server.sockets[0].getsockname()[1]
        yield upstream


async def produce_large(write: Any) -> None:
    for begin in range(0, len(LARGE), 1 << 16):
        await write(LARGE[begin : begin + (1 << 16)])


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("turn", range(5))
async def test_a_service_that_takes_no_more_is_heard(
    call: Ask, hasty: Upstream, chunked: bool, turn: int
) -> None:
    """Its reply may arrive before, while or after what it no longer reads is written."""
    body = {"body": None, "body_producer": produce_large} if chunked else {"body": LARGE}
    reply = await call("POST", request_timeout=30.0, **body)
    assert (reply.code, reply.body) == (413, b"much")


async def test_a_body_of_unknown_length_is_for_verbs_that_have_one(
    upstream: Upstream, jp_http_port: int, jp_base_url: str, jp_auth_header: dict[str, str]
) -> None:
    """Tornado frames no other: the service would take the body for another request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
    head = [
        f"DELETE {jp_base_url}modelship/services/iris/predict HTTP/1.1",
        f"Host: 127.0.0.1:{jp_http_port}",
        f"Authorization: {jp_auth_header['Authorization']}",
        "Transfer-Encoding: chunked",
        "Connection: close",
    ]
    inside = b"GET /inside HTTP/1.1\r\n\r\n"
    body = f"{len(inside):x}\r\n".encode() + inside + b"\r\n0\r\n\r\n"
    writer.write("\r\n".join([*head, "", ""]).encode() + body)
    reply = await reader.read()
    writer.close()
    assert reply.split()[1] == b"411"
    assert upstream.asked == []
