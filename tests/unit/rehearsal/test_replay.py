"""Replay over a real Unix socket: what is sent, and what a difference says."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Endpoint, Example
from jupyter_modelship.rehearsal import replay, uds_call
from jupyter_modelship.rehearsal.replay import _UnixConnection

from .conftest import iris_notebook

ENDPOINTS = (
    Endpoint("predict", "POST", "/predict", "cell-5", 1),
    Endpoint("find", "GET", "/find", "cell-5", 1),
)


def example(function: str = "predict", compare: str = "tolerance", **more: Any) -> Example:
    given = {"arguments": {"x": 1}, "result": 2, **more}
    return Example(function=function, cell="cell-6", compare=compare, **given)


FAILED = 'the service status 500: {"title": "The code failed."}'


def answering(*replies: tuple[int, object]) -> Any:
    left = list(replies)

    async def call(example: Example) -> tuple[int, object]:
        return left.pop(0)

    return call


async def test_answers_that_agree_are_counted_with_their_times() -> None:
    answers = await replay([example(), example()], answering((200, 2), (200, 2.0)))
    assert [(a.status, a.difference) for a in answers] == [(200, None), (200, None)]
    assert all(answer.seconds >= 0 for answer in answers)


async def test_no_example_is_no_difference() -> None:
    assert await replay([], answering()) == ()


async def test_differences_show_both_sides_and_the_examples_cell() -> None:
    call = answering((200, 2), (200, {"a": 3}), (500, {"title": "The code failed."}))
    wanted = [example(), example(result={"a": 2}), example()]
    with pytest.raises(StageFailed) as caught:
        await replay(wanted, call, notebook=iris_notebook())
    where = "cell 6 (`sample = [float(v) for v in X[0]]`)"
    assert caught.value.message.splitlines() == [
        "2 of 3 examples answer differently than in the notebook",
        f"  predict in {where} at /a: the notebook gave 2, the service 3",
        f"  predict in {where}: the notebook gave 2, " + FAILED,
    ]
    assert caught.value.cell == "cell-6"
    assert "`compare`" in caught.value.remedy
    assert "seed" in caught.value.remedy


async def test_off_forgives_every_answer_but_not_a_failure() -> None:
    assert (await replay([example(compare="off")], answering((200, "x"))))[0].difference is None
    with pytest.raises(StageFailed):
        await replay([example(compare="off")], answering((503, "x")))


@asynccontextmanager
async def service(path: Path, reply: bytes) -> AsyncIterator[list[bytes]]:
    """A server that keeps what it is sent and always answers the same."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(row[15:])
                for row in head.split(b"\r\n")
                if row.lower().startswith(b"content-len")
            ),
            0,
        )
        received.append(head + await reader.readexactly(length))
        writer.write(reply)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield received
    finally:
        server.close()
        await server.wait_closed()


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[1, 2.50]"


async def test_a_post_sends_json_and_the_token(tmp_path: Path) -> None:
    async with service(tmp_path / "s", OK) as received:
        call = uds_call(tmp_path / "s", "secret", ENDPOINTS)
        assert await call(example(arguments={"row": [1, None]})) == (200, [1, 2.5])
    head, _, body = received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /predict HTTP/1.1\r\n")
    assert b"authorization: Bearer secret" in head
    assert b"content-type: application/json" in head
    assert json.loads(body) == {"row": [1, None]}


async def test_a_get_sends_scalars_as_the_query(tmp_path: Path) -> None:
    async with service(tmp_path / "s", OK) as received:
        call = uds_call(tmp_path / "s", None, ENDPOINTS)
        values = {"text": "a&b é", "count": 3, "deep": True, "none": None}
        await call(example("find", arguments=values))
    assert received[0].startswith(b"GET /find?text=a%26b+%C3%A9&count=3&deep=true HTTP/1.1\r\n")
    assert b"authorization" not in received[0].lower()


async def test_a_reply_in_chunks_that_is_no_json_is_text(tmp_path: Path) -> None:
    reply = b"HTTP/1.1 502 Bad\r\ntransfer-encoding: chunked\r\n\r\n3\r\nnot\r\n0\r\n\r\n"
    async with service(tmp_path / "s", reply):
        assert await uds_call(tmp_path / "s", None, ENDPOINTS)(example()) == (502, "not")


async def test_a_service_that_is_gone_is_a_difference(tmp_path: Path) -> None:
    call = uds_call(tmp_path / "nobody", None, ENDPOINTS)
    with pytest.raises(StageFailed, match="the service gave no answer to POST /predict: "):
        await replay([example()], call)


async def test_a_cancelled_call_frees_its_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it comes between the head of a request and its body."""
    send, go_on = _UnixConnection.send, threading.Event()

    def send_and_wait(connection: Any, data: Any) -> None:
        send(connection, data)
        go_on.wait(60)

    monkeypatch.setattr(_UnixConnection, "send", send_and_wait)
    silent = asyncio.Event()
    closed = asyncio.Event()
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        silent.set()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        closed.set()

    server = await asyncio.start_unix_server(serve, tmp_path / "s")
    call = asyncio.ensure_future(uds_call(tmp_path / "s", None, ENDPOINTS)(example()))
    await silent.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    go_on.set()
    await asyncio.wait_for(closed.wait(), 60)
    await asyncio.get_running_loop().shutdown_default_executor()  # its thread has ended
    assert connections == 1, "the rest of the request came by another"
    server.close()
    await server.wait_closed()
