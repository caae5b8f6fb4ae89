"""A value that is looked up again and again while somebody listens, once for all listeners."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Shared(Generic[Value]):
    """For one event loop. `look` gives the value; it is asked again after `pause` seconds.

    Changes are numbered, from `first` on.
    """

    def __init__(
        self, look: Callable[[], Awaitable[Value]], *, pause: float, first: int = 1
    ) -> None:
        self._look = look
        self._pause = pause
        self._next = first
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Event()
        self._now: tuple[int, Value] | None = None
        self._error: BaseException | None = None

    async def follow(self) -> AsyncGenerator[tuple[int, Value], None]:
        """The value as it is now, then whenever it has become another one. Who is slow misses
        values, never the last one. Raises what `look` raises. Close it when it is left."""
        self._listeners += 1
        try:
            if self._task is None:
                self._start()
            seen = 0
            while True:
                turn = self._turn
                if self._error is not None:
                    raise self._error
                if self._now is not None and self._now[0] != seen:
                    seen = self._now[0]
                    yield self._now
                else:
                    await turn.wait()
        finally:
            self._listeners -= 1
            if not self._listeners:
                await self.close()

    async def close(self) -> None:
        """Look no more, until somebody follows again."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _start(self) -> None:
        self._now = self._error = None  # what was seen the last time is old by now
        self._task = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        while True:
            try:
                value = await self._look()
            except Exception as error:  # whoever listens has to know, of whatever kind it is
                self._error, self._task = error, None
                self._tell()
                return
            if self._now is None or value != self._now[1]:
                self._now = (self._next, value)
                self._next += 1
                self._tell()
            await asyncio.sleep(self._pause)

    def _tell(self) -> None:
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()
