"""The adapter against a fake of granian's protocol object."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.runtime.app import App
from jupyter_modelship.runtime.core import Core
from jupyter_modelship.runtime.rsgi import SMALL, Adapter
from jupyter_modelship.runtime.tokens import TokenFile

CoreOf = Callable[[App], Core]
JSON = {"content-type": "application/json"}
FIXED = [("x-content-type-options", "nosniff"), ("server", "modelship"), ("x-request-id", "r1")]


class Headers:
    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    def get(self, key: str, default: str | None = None) -> str | None:
        return self._fields.get(key, default)


class Scope:
    proto = "http"

    def __init__(self, method: str, path: str, fields: dict[str, str], query: str = "") -> None:
        self.method = method
        self.path = path
        self.query_string = query
        self.headers = Headers({"x-request-id": "r1", **fields})


class Proto:
    """Gives a body in chunks; `stall` stops before the last. Notes how it was read."""

    def __init__(
        self, *chunks: bytes, stall: bool = False, gone: bool = False, broken: bool = False
    ) -> None:
        self._broken = broken
        self._chunks = chunks
        self._stall = stall
        self._gone = gone
        self.taken = 0
        self.whole = False
        self.reply: tuple[int, list[tuple[str, str]], bytes] | None = None

    async def __call__(self) -> bytes:
        self.whole = True
        if self._broken:
            raise RuntimeError("framing")
        if self._stall:
            await asyncio.Event().wait()
        return b"".join(self._chunks)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            self.taken += 1
            yield chunk
        if self._broken:
            raise RuntimeError("framing")
        if self._stall:
            await asyncio.Event().wait()

    def response_bytes(self, status: int, fields: list[tuple[str, str]], body: bytes) -> None:
        if self._gone:
            raise RuntimeError("closed")
        self.reply = (status, fields, body)


def echo(value: Any) -> Any:
    return value


@pytest.fixture
def core(core_of: CoreOf) -> Core:
    app = App("test", body_limit=2 * SMALL)
    app.serve(echo, "POST /echo", takes={"value": object}, returns=object)
    app.serve(echo, "GET /echo", takes={"value": str}, returns=str)
    return core_of(app)


@pytest.fixture
def adapter(core: Core) -> Adapter:
    return Adapter(core, body_seconds=0.05, guarded=True)


async def ask(
    adapter: Adapter, proto: Proto, fields: dict[str, str], method: str = "POST", query: str = ""
) -> tuple[int, list[tuple[str, str]], bytes]:
    await adapter.__rsgi__(Scope(method, "/echo", fields, query), proto)
    assert proto.reply is not None
    return proto.reply


async def test_a_whole_reply(adapter: Adapter) -> None:
    body = b'{"value": 1}'
    reply = await ask(adapter, Proto(body), {**JSON, "content-length": str(len(body))})
    assert reply == (200, [("content-type", "application/json"), *FIXED], b"1")


async def test_a_small_body_is_read_whole_and_any_other_is_counted(adapter: Adapter) -> None:
    small, large, unknown = (
        Proto(b'{"value": 1}'),
        Proto(b'{"value": 1}'),
        Proto(b'{"value":', b"1}"),
    )
    await ask(adapter, small, {**JSON, "content-length": "12"})
    await ask(adapter, large, {**JSON, "content-length": str(SMALL + 1)})
    await ask(adapter, unknown, {**JSON, "transfer-encoding": "chunked"})
    assert (small.whole, large.whole, unknown.whole) == (True, False, False)
    assert unknown.reply is not None
    assert unknown.reply[2] == b"1"


async def test_transfer_encoding_overrides_the_length(adapter: Adapter) -> None:
    proto = Proto(b'{"value": 1}')
    await ask(adapter, proto, {**JSON, "content-length": "1", "transfer-encoding": "chunked"})
    assert not proto.whole


async def test_a_length_beyond_the_limit_is_refused_unread(adapter: Adapter) -> None:
    proto = Proto(b"x")
    status, fields, _ = await ask(adapter, proto, {**JSON, "content-length": str(2 * SMALL + 1)})
    assert (status, proto.taken, proto.whole) == (413, 0, False)
    assert ("connection", "close") in fields


async def test_a_body_without_length_is_read_up_to_the_limit_and_no_further(
    adapter: Adapter,
) -> None:
    proto = Proto(*[b"x" * SMALL] * 100)
    status, fields, _ = await ask(adapter, proto, JSON)
    assert (status, proto.taken) == (413, 3)
    assert ("connection", "close") in fields
    assert adapter._held == 0


@pytest.mark.parametrize("length", ["12", None])
async def test_a_body_that_does_not_come_is_given_up(adapter: Adapter, length: str | None) -> None:
    fields = {**JSON, **({} if length is None else {"content-length": length})}
    status, sent, _ = await ask(adapter, Proto(b"{", stall=True), fields)
    assert status == 408
    assert ("connection", "close") in sent


@pytest.mark.parametrize("length", ["12", None])
async def test_a_body_whose_framing_breaks_is_malformed(
    adapter: Adapter, length: str | None
) -> None:
    fields = {**JSON, **({} if length is None else {"content-length": length})}
    assert (await ask(adapter, Proto(b"{", broken=True), fields))[0] == 400


async def test_what_is_refused_by_its_header_is_not_read(adapter: Adapter) -> None:
    proto = Proto(b"{}")
    status, _, _ = await ask(adapter, proto, {"content-type": "text/plain"})
    assert (status, proto.taken, proto.whole) == (415, 0, False)


async def test_head_is_get_without_a_body_of_its_own(adapter: Adapter) -> None:
    got = await ask(adapter, Proto(), {}, "GET", "value=a")
    assert await ask(adapter, Proto(), {}, "HEAD", "value=a") == got
    assert got[2] == b'"a"'


async def test_while_draining_every_reply_closes_its_connection(
    adapter: Adapter, core: Core
) -> None:
    core.draining = True
    _, fields, _ = await ask(adapter, Proto(b'{"value": 1}'), {**JSON, "content-length": "12"})
    assert fields[-1] == ("connection", "close")


async def test_a_client_that_is_gone_is_no_failure(adapter: Adapter) -> None:
    proto = Proto(b'{"value": 1}', gone=True)
    await adapter.__rsgi__(Scope("POST", "/echo", JSON), proto)
    assert proto.reply is None


async def test_endpoints_ask_for_the_token_and_the_private_socket_does_not(
    adapter: Adapter, core: Core, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("secret\n")
    core.tokens = TokenFile(file, lambda error: None)
    body = {**JSON, "content-length": "12"}
    denied = Proto(b'{"value": 1}')
    status, fields, _ = await ask(adapter, denied, body)
    assert (status, denied.whole) == (401, False)
    assert ("www-authenticate", "Bearer") in fields
    token = {"authorization": "Bearer secret"}
    assert (await ask(adapter, Proto(b'{"value": 1}'), {**body, **token}))[0] == 200
    private = Adapter(core, body_seconds=1, guarded=False)
    assert (await ask(private, Proto(b'{"value": 1}'), body))[0] == 200


async def test_metrics_count_every_outcome(adapter: Adapter, core: Core) -> None:
    body = {**JSON, "content-length": "12"}
    await ask(adapter, Proto(b'{"value": 1}'), body)
    await ask(adapter, Proto(b'{"value": }'), body)
    await ask(adapter, Proto(b"{", stall=True), JSON)
    await adapter.__rsgi__(Scope("GET", "/nothing", {}), Proto())
    counted = {tally.name: tally.classes for tally in core.tallies}
    assert counted == {
        "POST /echo": [0, 0, 1, 0, 2, 0],
        "GET /echo": [0] * 6,
        "other": [0, 0, 0, 0, 1, 0],
    }
