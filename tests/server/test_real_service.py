"""A real service on the real local target, seen through the server: one deployment, one story."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_modelship.places import places
from jupyter_modelship.server.app import Modelship
from tests.line.conftest import MODELSHIP, write_book
from tests.server import wire

from .conftest import Ask
from .test_channels import Connect, window

SERVED = '''def invert(x: float) -> float:
    """One over x."""
    return 1 / x'''

TOO_MUCH = " " * (32 << 20)
"""More than the service takes, and more than all buffers on the way hold."""


@pytest.fixture
async def deployed(home: Path, extension: Modelship, jp_root_dir: Path) -> AsyncIterator[Path]:
    """The notebook of the service `invert`, which runs."""
    book = jp_root_dir / "invert.ipynb"
    write_book(book, "import math", (SERVED, "endpoint"), "invert(2.0)")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    command = [*MODELSHIP, "deploy", str(book), "--yes"]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        env={**environment, "MODELSHIP_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    yield book
    keeper = psutil.Process(int((places().state / "keeper.lock").read_text()))
    for process in (*keeper.children(recursive=True), keeper):
        process.kill()


async def test_a_service_is_called_fails_and_is_understood(
    ask: Ask,
    jp_fetch: Ask,
    jp_ws_fetch: Connect,
    deployed: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jupyter_modelship.desk.meter.STEP_SECONDS", 0.5)

    async def get(path: str) -> Any:
        reply = await ask("GET", f"/services/invert{path}")
        assert reply.code == 200, reply.body
        wire.check_reply("GET", f"/services/invert{path}", reply)
        return json.loads(reply.body)

    async def call(body: str | None, **more: Any) -> Any:
        given = {"method": "POST", "body": body, "headers": {"Content-Type": "application/json"}}
        path = "modelship/services/invert/invert"
        return await jp_fetch(path, raise_error=False, **given, **more)

    async def much(write: Callable[[bytes], Awaitable[None]]) -> None:
        for _ in range(len(TOO_MUCH) >> 16):
            await write(b" " * (1 << 16))

    service = await get("")
    assert (service["state"], service["revision"], service["path"]) == (
        "running",
        1,
        "invert.ipynb",
    )
    assert service["endpoints"] == [
        {
            "function": "invert",
            "method": "POST",
            "path": "/invert",
            "cell": "cell-2",
            "line": 1,
            "doc": "One over x.",
        }
    ]

    async with window(jp_ws_fetch) as socket:
        await socket.subscribe("metrics:invert")
        reply = await call('{"x": 4}')
        assert (reply.code, json.loads(reply.body)) == (200, 0.25)
        assert (await call('{"x": "four"}')).code == 422
        failed = await call('{"x": 0}')
        assert failed.code == 500
        assert "division" not in failed.body.decode(), "the reason is not for callers"
        for refused in (await call(TOO_MUCH), await call(None, body_producer=much)):
            told = json.loads(refused.body)
            assert (refused.code, told["type"]) == (413, "urn:modelship:problem:body-too-large")
        told = await socket.hear()
        wire.check("Metrics", told["data"])
        while told["data"]["errors"] == 0 or told["data"]["rate"] == 0:
            await call('{"x": 0}')
            told = await socket.hear()
        assert told["data"]["p99"] is not None
        await socket.subscribe("logs:invert")
        while (frame := await socket.hear())["channel"] != "logs:invert":
            pass
        assert any("ZeroDivisionError" in line for line in frame["data"]["lines"])

    *_, first = await get("/failures")
    assert first["request_id"] == failed.headers["X-Request-Id"]
    assert first["message"] == "ZeroDivisionError: float division by zero"
    place = (first["cell"], first["number"], first["line"], first["revision"])
    assert place == ("cell-2", 2, 3, 1)

    assert "/invert" in (await get("/openapi"))["paths"]
    assert (await get("/provenance"))["record"]["notebook"]["path"] == str(deployed)
    files = await get("/revisions/1/files")
    assert files[0]["name"] == "service.py"
    assert files[0]["text"] == files[0]["live"]
    assert ["cell-2", 3] in files[0]["source_map"].values()
    assert (await ask("GET", "/services/invert/revisions/7/files")).code == 404
    assert (await ask("DELETE", "/services/invert")).code == 204
