"""Clients that ask while something happens, and what became of each request that was lost."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

import httpx

from .person import FLOWER

CLIENTS = 6
SLOW_SECONDS = 5
MOST = 40
"""Losses that are told one by one."""


def client() -> httpx.AsyncClient:
    """Without certificates, which cost more than a request."""
    return httpx.AsyncClient(trust_env=False, timeout=30, verify=False)


def clock() -> str:
    """Now, to the millisecond, as events of a cluster are told: UTC."""
    return datetime.now(timezone.utc).strftime("%H:%M:%S.%f")[:-3]


def cause(error: BaseException) -> str:
    """The error and what it comes of, down to the system's own word (refused, reset, timed out)."""
    words = [repr(error)]
    while (inner := error.__cause__ or error.__context__) is not None:
        words.append(repr(inner))
        error = inner
    return " <- ".join(dict.fromkeys(words))


@dataclass(frozen=True, slots=True)
class Loss:
    """A request that was not answered, or not with 200."""

    asked: str
    lost: str
    endpoint: str
    connection: str
    """"new", or "kept" and how many requests it has carried before."""
    phase: str
    error: str

    def __str__(self) -> str:
        return (
            f"{self.asked} to {self.lost} {self.endpoint} on a {self.connection} connection,"
            f" {self.phase}: {self.error}"
        )


@dataclass
class Load:
    """Clients that ask at a steady pace: half over connections that are kept, half over new ones.

    One of them asks for what takes 5 s.
    """

    url: str
    rate: float
    """Requests a second, all together."""
    phase: str = "before the first rollout"
    """What is going on, for what is lost meanwhile."""
    answers: Counter[str] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)
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

    @property
    def answered(self) -> int:
        return sum(self.answers.values())

    async def _client(self, *, kept: bool) -> None:
        pause, following, carried = CLIENTS / self.rate, time.monotonic(), 0
        async with client() as own:
            while True:
                following += pause
                await asyncio.sleep(max(0.0, following - time.monotonic()))
                if kept:
                    answered = await self._ask(own, "predict", FLOWER, _kept(carried))
                    carried = carried + 1 if answered else 0
                    continue
                async with client() as fresh:
                    await self._ask(fresh, "predict", FLOWER, "new")

    async def _slow(self) -> None:
        while True:
            async with client() as fresh:
                await self._ask(fresh, "wait", f'{{"seconds": {SLOW_SECONDS}}}', "new")
            await asyncio.sleep(1 / self.rate)  # a service that refuses is not to be flooded

    async def _ask(self, client: httpx.AsyncClient, endpoint: str, body: str, over: str) -> bool:
        """Whether the connection is kept by both sides."""
        headers = {"Content-Type": "application/json"}
        asked, phase = clock(), self.phase
        try:
            reply = await client.post(f"{self.url}/{endpoint}", content=body, headers=headers)
            reply.raise_for_status()
        except httpx.HTTPError as error:
            phase = phase if phase == self.phase else f"{phase} to {self.phase}"
            self.losses.append(Loss(asked, clock(), endpoint, over, phase, cause(error)))
            return False
        self.answers[endpoint] += 1
        return str(reply.headers.get("connection")) != "close"


def _kept(carried: int) -> str:
    return f"kept ({carried} requests)"


def report(load: Load, happened: Sequence[str]) -> str:
    """For an assertion: what was lost, and what the cluster did meanwhile."""
    lost = [f"{len(load.losses)} lost, {load.answered} answered", *map(str, load.losses[:MOST])]
    if len(load.losses) > MOST:
        lost.append(f"and {len(load.losses) - MOST} more, until {load.losses[-1].lost}")
    return "\n".join([*lost, "the cluster meanwhile:", *happened])
