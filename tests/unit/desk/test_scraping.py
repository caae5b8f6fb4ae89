"""Metrics of a service that runs as several processes, none of which has an address here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from jupyter_modelship.desk.meter import Meter
from jupyter_modelship.desk.metrics import STEP_SECONDS, Counts
from jupyter_modelship.desk.scraping import scraped
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.places import Places
from jupyter_modelship.runs import services
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Observation, Release, Way


class Pods:
    """Two processes that count requests, each behind a socket."""

    def __init__(self, folder: Path) -> None:
        self.target = FakeTarget()
        self.requests = {"a": 0, "b": 0}
        self.silent = ""
        self.places = Places(folder, folder, folder)
        self._folder = folder

    async def begin(self, opened: AsyncExitStack) -> Observation:
        ways = {}
        for name in self.requests:
            socket = self._folder / name
            server = await asyncio.start_unix_server(self._answering(name), socket)
            await opened.enter_async_context(server)
            ways[name] = Way(f"http://{name}/metrics", "", socket)
        self.target.gauges["iris"] = ways
        release = Release("iris", "p", "b", self._folder, self._folder, "/n.ipynb", "run-1")
        return await self.target.apply(release, await self.target.stage(release))

    def _answering(self, name: str):  # type: ignore[no-untyped-def] # as asyncio wants it
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked = await reader.readuntil(b"\r\n\r\n")
            assert asked.startswith(b"GET /metrics ")
            if name != self.silent:
                said = f'modelship_requests_total{{status="2xx"}} {self.requests[name]}\n'
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(said)}\r\n\r\n".encode())
                writer.write(said.encode())
            await writer.drain()
            writer.close()

        return answer


@pytest.fixture
async def pods(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Pods, Observation]]:
    made = Pods(tmp_path)
    monkeypatch.setattr(services, "open_targets", lambda places: {"fake": made.target})
    async with AsyncExitStack() as opened:
        yield made, await made.begin(opened)


async def test_each_process_is_asked(pods: tuple[Pods, Observation]) -> None:
    made, seen = pods
    made.requests |= {"a": 3, "b": 4}
    assert await scraped(seen, made.places) == {"a": Counts(3.0), "b": Counts(4.0)}


async def test_a_sum_without_one_of_them_is_none(pods: tuple[Pods, Observation]) -> None:
    made, seen = pods
    made.silent = "b"
    assert await scraped(seen, made.places) is None


async def test_a_cluster_that_refuses_costs_nothing_but_the_look(
    pods: tuple[Pods, Observation],
) -> None:
    made, seen = pods
    made.target.failures["reach_metrics"] = StageFailed("the cluster refuses")
    assert await scraped(seen, made.places) is None
    assert await scraped(seen, made.places) is not None


async def test_the_meter_adds_them_up(pods: tuple[Pods, Observation]) -> None:
    made, seen = pods
    now = [0.0]
    meter = Meter(made.places, clock=lambda: now[0])

    async def look() -> None:
        meter.attend([seen])
        await asyncio.gather(*meter.looks)
        now[0] += STEP_SECONDS

    await look()
    made.requests |= {"a": 30, "b": 10}
    await look()
    metrics = meter.of("iris")
    assert metrics is not None
    assert metrics.rates == (4.0,)
    await meter.close()
