"""A service of the cluster as JupyterLab has it: through the Jupyter server, from a real one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.places import places
from jupyter_modelship.runs import services
from tests.server.conftest import (  # noqa: F401 - fixtures
    Ask,
    ask,
    extension,
    jp_asyncio_loop,
    jp_server_config,
)
from tests.server.jupyter import *  # noqa: F403 - fixtures
from tests.server.test_channels import Connect, window

from .person import FLOWER, Person

NO_FLOWER = '{"row": []}'


@pytest.fixture
def home(person: Person, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of who deploys, and whose server it is."""
    monkeypatch.setenv("MODELSHIP_HOME", str(person.folder / "home"))
    return person.folder / "home"


@pytest.mark.timeout(600)
async def test_a_service_of_a_cluster_is_tried_measured_and_read_in_the_browser(
    person: Person,
    ask: Ask,  # noqa: F811 - the fixture
    jp_fetch: Ask,
    jp_ws_fetch: Connect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jupyter_modelship.desk.meter.STEP_SECONDS", 0.5)
    code, deployed = await asyncio.to_thread(person.deploy, flags=("--replicas", "2"))
    assert code == 0, deployed

    async def get(path: str) -> Any:
        reply = await ask("GET", path)
        assert reply.code == 200, reply.body
        return json.loads(reply.body)

    async def call(path: str, body: str | None) -> Any:
        more = {"method": "POST", "body": body} if body else {}
        json_sent = {"Content-Type": "application/json"}
        return await jp_fetch(
            f"modelship/services/iris/{path}", headers=json_sent, raise_error=False, **more
        )

    (told,) = await get("/services")
    assert (told["target"], told["state"], told["restarts"]) == ("kubernetes", "running", 0)
    assert told["replicas"] == {"ready": 2, "wanted": 2}
    described = await call("openapi.json", None)
    assert (described.code, "/predict" in json.loads(described.body)["paths"]) == (200, True)
    reply = await call("predict", FLOWER)
    assert (reply.code, json.loads(reply.body)) == (200, "setosa")
    assert (await call("predict", "[")).code in (400, 422)

    target, seen = await services.find("iris", places())
    known = [(one.method, one.path) for one in seen.endpoints]
    assert known == [("POST", "/predict")], "also where the bundle is not on this machine"
    async with target.reach_metrics(seen) as processes:
        assert len(processes) == 2, "each replica"

    pods = person.dock.kubectl("get", "pods", "-o", "name").split()
    person.dock.kubectl("delete", *pods[:1], "--wait=true")
    assert (await call("predict", FLOWER)).code == 200, "the pod behind has gone"

    async with window(jp_ws_fetch) as socket:
        await socket.subscribe("metrics:iris")
        told = {}
        while not told.get("rate") or told.get("p99") is None:
            assert (await call("predict", FLOWER)).code == 200
            told = (await socket.hear())["data"]
        await socket.subscribe("logs:iris")
        while (frame := await socket.hear())["channel"] != "logs:iris":
            pass
        ready = [line for line in frame["data"]["lines"] if '"event": "ready"' in line]
        replicas = {json.loads(line)["replica"] for line in ready}
        assert len(replicas) >= 2, "each says which replica it is"
