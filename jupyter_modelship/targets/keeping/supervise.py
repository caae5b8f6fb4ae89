"""Keeps the live revision's process alive: a process that ends unasked is started again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from jupyter_modelship.errors import ModelshipError

from .backoff import LOOP, delay, failures_after
from .child import Failure
from .serving import Process

Told = Callable[[Failure, float], None]
"""Hears why a process ended, and in how many seconds the next one starts."""


class Supervisor:
    """Of one live revision. `start` brings up a process that takes traffic, or raises."""

    def __init__(self, start: Callable[[], Awaitable[Process]], *, told: Told) -> None:
        self._start = start
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self.process: Process | None = None
        self.tried = asyncio.Event()
        """Set once the outcome of the first start is known."""
        self.failures = 0
        self.restarts = 0
        self.last: Failure | None = None

    @property
    def looping(self) -> bool:
        return self.process is None and self.failures >= LOOP

    def adopt(self, process: Process) -> None:
        """Look after a process that takes traffic already."""
        self.process = process
        self.tried.set()
        self._task = self._loop.create_task(self._keep())

    def begin(self) -> None:
        """Start a process and look after it."""
        self._task = self._loop.create_task(self._keep())

    def hurry(self) -> None:
        """Start the next process now, where one is waited for."""
        if self.process is None:
            self._hurry.set()

    async def let_go(self) -> Process | None:
        """Stop supervising; the process, where one runs, is the caller's from here on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        process, self.process = self.process, None
        return process

    async def _keep(self) -> None:
        while True:
            failure, lived = await self._one_life()
            self.failures = failures_after(self.failures, lived=lived)
            self.restarts += 1
            self.last = failure
            pause = delay(self.failures, draw=random.random())  # noqa: S311 - jitter, no secret
            self._told(failure, pause)
            self.tried.set()
            await self._pause(pause)

    async def _pause(self, seconds: float) -> None:
        hurried = asyncio.ensure_future(self._hurry.wait())
        try:
            await asyncio.wait({hurried}, timeout=seconds)
        finally:
            hurried.cancel()
            self._hurry.clear()

    async def _one_life(self) -> tuple[Failure, float]:
        """See a process through to its end: why it ended, and how long it served."""
        if self.process is None:
            try:
                self.process = await self._start()
            except ModelshipError as error:
                cell, line = getattr(error, "cell", None), getattr(error, "line", None)
                return Failure(error.message, cell, line, error.detail), 0.0
            except OSError as error:
                return Failure(str(error)), 0.0
        self.tried.set()
        began = self._loop.time()
        await asyncio.wait({self.process.child.ended})
        failure = self.process.child.failure
        self.process = None
        return failure, self._loop.time() - began
