"""The runtime that ships, in a container: token, metrics, source map, and a takeover."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

import jupyter_modelship
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.port import Observation, Release

from .bases import PYTHON, base_layout
from .services import service_layout
from .stubs import Yard

pytestmark = pytest.mark.ordinary_user
RUNTIME = Path(jupyter_modelship.__file__).parent / "runtime"
WHEELS = ("granian", "msgspec", "uvloop", "prometheus-client")
SERVICE = """
import os

from modelship_runtime import App

app = App("iris")
if os.environ.get("BROKEN"):
    raise KeyError("x")

def answer() -> str:
    return {answer!r}

def tell(name: str) -> str:
    return os.environ[name]

app.serve(answer, "GET /answer", takes={{}}, returns=str)
app.serve(tell, "GET /tell", takes={{"name": str}}, returns=str)
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the runtime imports, for the base's Python."""
    folder = tmp_path_factory.mktemp("packages")
    wanted = [f"{name}=={importlib.metadata.version(name)}" for name in WHEELS]
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [
            *(uv, "pip", "install", "--quiet", "--target", folder, "--only-binary", ":all:"),
            *("--python-version", PYTHON, *wanted),
        ],
        check=True,
    )
    shutil.rmtree(folder / "bin", ignore_errors=True)
    return folder


async def _release(yard: Yard, packages: Path, answer: str, **options: Any) -> Release:
    layout = yard.home / "real" / answer
    if not layout.exists():
        service = yard.home / "services" / f"real-{answer}"
        service.mkdir(parents=True)
        shutil.copytree(packages, service / "packages")
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(RUNTIME, service / "modelship_runtime", ignore=ignored)
        (service / "service.py").write_text(SERVICE.format(answer=answer))
        service_layout(base_layout(), service, layout, env={"PYTHONPATH": "/service/packages"})
        shutil.rmtree(service)
    release = await yard.release("base", **options)
    image = await yard.target.take(layout)
    return replace(release, image=image, run=f"run-{answer}")


async def _live(yard: Yard, release: Release) -> Observation:
    return await yard.target.apply(release, await yard.staged(release))


def _client(seen: Observation) -> httpx.AsyncClient:
    assert seen.token_file is not None
    headers = {"Authorization": f"Bearer {seen.token_file.read_text()}"}
    # A connection for each request: one that is kept may be closed while a busy client is late.
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncClient(
        base_url=seen.url, headers=headers, trust_env=False, timeout=30, limits=limits
    )


async def test_a_service_answers_with_its_token_and_tells_its_metrics(
    yard: Yard, packages: Path
) -> None:
    values = {"LEVEL": "seven", "KEY": "locked up", "PYTHONHASHSEED": "7"}
    await yard.target.configure("iris", values)
    names: dict[str, Any] = {"env": ["LEVEL", "PYTHONHASHSEED"], "secrets": ["KEY"]}
    seen = await _live(yard, await _release(yard, packages, "one", token=True, **names))
    async with _client(seen) as client:
        assert (await client.get("/answer")).json() == "one"
        told = [(await client.get("/tell", params={"name": name})).json() for name in values]
        assert told == list(values.values())
        assert (await client.get("/answer", headers={"Authorization": ""})).status_code == 401
        metrics = (await client.get(seen.metrics_url)).text
    assert 'modelship_requests_total{endpoint="GET /answer",status="2xx"} 1.0' in metrics
    lines = [json.loads(line) async for line in yard.target.logs("iris")]
    assert {"loaded", "ready", "taking"} <= {line["event"] for line in lines}


async def test_what_fails_in_a_container_is_told_with_cell_and_line(
    yard: Yard, packages: Path
) -> None:
    await yard.target.configure("iris", {"BROKEN": "yes"})
    source_map = yard.home / "service.map.json"
    lines = SERVICE.splitlines()
    number = next(i for i, line in enumerate(lines, start=1) if "KeyError" in line)
    source_map.write_text(json.dumps({str(number): ["3f2a", 2]}))
    release = await _release(yard, packages, "one", env=["BROKEN"])
    with pytest.raises(StageFailed, match="import: KeyError: 'x'") as caught:
        await yard.target.stage(replace(release, source_map=source_map))
    assert (caught.value.cell, caught.value.line) == ("3f2a", 2)


async def test_a_takeover_of_the_real_runtime_loses_no_connection(
    yard: Yard, packages: Path
) -> None:
    seen = await _live(yard, await _release(yard, packages, "one", token=True))
    second = await _release(yard, packages, "two", token=True)
    stop = asyncio.Event()
    came: list[str] = []

    async def hammer(client: httpx.AsyncClient) -> None:
        while not stop.is_set():
            came.append((await client.get("/answer")).raise_for_status().json())

    async with _client(seen) as client:
        load = [asyncio.create_task(hammer(client)) for _ in range(4)]
        await _live(yard, second)
        async with _client(seen) as new:  # those that are open may be the first one's to the end
            assert (await new.get("/answer")).json() == "two"
        stop.set()
        await asyncio.gather(*load)
    assert set(came) == {"one", "two"}
    assert came.index("two") > 0
