"""What a service answers while something happens to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from jupyter_modelship.runs.http import request
from jupyter_modelship.targets.port import Observation

from .dock import Dock


class Answers:
    """What the live revision said, or what came instead."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._new = asyncio.Event()

    def add(self, said: str) -> None:
        self.all.append(said)
        self._new.set()

    def clear(self) -> None:
        self._new.clear()

    async def some(self) -> None:
        await self._new.wait()


@asynccontextmanager
async def asked(dock: Dock, seen: Observation) -> AsyncIterator[Answers]:
    """The service, asked all the time from its first answer on: by its address where this machine
    reaches that, once the node's proxy follows the Service."""
    answers = Answers()
    async with dock.target.reach(seen) as way:
        url, socket = way.url, way.socket
        if dock.images.cluster.place is not None:
            address = dock.kubectl("get", "service", "iris", "-o", "jsonpath={.spec.clusterIP}")
            url, socket = f"http://{address}", None
        asking = asyncio.create_task(_ask(url, socket, answers))
        try:
            await asyncio.wait_for(answers.some(), 60)
            yield answers
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


async def _ask(url: str, socket: Path | None, answers: Answers) -> None:
    while True:
        try:
            reply = await request(url, "GET", "/answer", timeout=10, unix=socket)
            answers.add(reply.body.decode())
        except OSError as error:
            if answers.all:
                answers.add(repr(error))
        await asyncio.sleep(0.1)  # ten a second
