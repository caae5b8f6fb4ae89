"""Requests go on while revisions come and go: every one is answered.

N is stated with the zero: no failure in N trials bounds the share of failures by 3/N (95 %).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx
import pytest

from tests.trials import trials

from .dock import Dock
from .person import FLOWER, Person

CLIENTS = 6


def client() -> httpx.AsyncClient:
    """Without certificates, which cost more than a request."""
    return httpx.AsyncClient(trust_env=False, timeout=30, verify=False)


@dataclass
class Load:
    """Clients that ask at a steady pace: half over connections that are kept, half over new ones.

    One of them asks for what takes 5 s.
    """

    url: str
    rate: float
    """Requests a second, all together."""
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> Load:
        for number in range(CLIENTS):
            self._tasks.append(asyncio.create_task(self._client(kept=number % 2 == 0)))
        self._tasks.append(asyncio.create_task(self._slow()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _client(self, *, kept: bool) -> None:
        pause, following = CLIENTS / self.rate, time.monotonic()
        async with client() as own:
            while True:
                following += pause
                await asyncio.sleep(max(0.0, following - time.monotonic()))
                if kept:
                    await self._ask(own, "predict", FLOWER)
                    continue
                async with client() as fresh:
                    await self._ask(fresh, "predict", FLOWER)

    async def _slow(self) -> None:
        while True:
            async with client() as fresh:
                await self._ask(fresh, "wait", '{"seconds": 5}')

    async def _ask(self, client: httpx.AsyncClient, endpoint: str, body: str) -> None:
        headers = {"Content-Type": "application/json"}
        try:
            reply = await client.post(f"{self.url}/{endpoint}", content=body, headers=headers)
            reply.raise_for_status()
            self.answers[endpoint] += 1
        except httpx.HTTPError as error:
            self.failures.append(f"{endpoint}: {error!r}")


@pytest.mark.campaign
async def test_no_request_is_lost_while_revisions_come_and_go(
    dock: Dock, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    """5 rollouts and 5 rollbacks by the command line, of the real runtime."""
    if dock.images.cluster.place is None:
        pytest.skip("this machine does not reach the addresses of that cluster's services")
    run = trials(5, capsys, least=1)
    code, told = await asyncio.to_thread(person.deploy, wait=0, flags=("--no-token",))
    assert code == 0, told
    address = dock.kubectl("get", "service", "iris", "-o", "jsonpath={.spec.clusterIP}")
    async with Load(f"http://{address}", rate=60.0) as load:
        for number in range(1, run.count + 1):
            code, told = await asyncio.to_thread(person.deploy, wait=number, flags=("--no-token",))
            assert code == 0, told
            code, told = await asyncio.to_thread(person.modelship, "rollback", "iris")
            assert code == 0, told
        await asyncio.sleep(15)  # the last pod that ends is still at it
    told = sum(load.answers.values())
    assert not load.failures, f"{len(load.failures)} of {told}: {load.failures[:5]}"
    assert load.answers["wait"] > run.count
    with capsys.disabled():
        print(f"\n0 of {told} requests failed, {load.answers['wait']} of them of 5 s")
