"""Looks at the metrics of services while somebody wants them, and keeps an hour."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from jupyter_modelship.runs.http import request
from jupyter_modelship.targets.port import Observation

from .metrics import STEP_SECONDS, Counts, History, Metrics, parse

TIMEOUT_SECONDS = 2.0
AT_ONCE = 8
_REPLY_BYTES = 1 << 20


@dataclass
class _Watched:
    history: History = field(default_factory=History)
    due: float = 0.0
    metrics: Metrics | None = None


class Meter:
    """For one event loop. `clock` gives seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turnstile = asyncio.Semaphore(AT_ONCE)

    def attend(self, services: Iterable[Observation]) -> None:
        """These are all services that there are: look at those whose time has come."""
        now = self._clock()
        there = {seen.service: seen for seen in services}
        for name in self._watched.keys() - there.keys():
            del self._watched[name]
        for name, seen in there.items():
            watched = self._watched.setdefault(name, _Watched())
            if seen.metrics_url and seen.state == "running" and now >= watched.due:
                watched.due = now + STEP_SECONDS
                task = asyncio.ensure_future(self._look(seen, watched))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def of(self, service: str) -> Metrics | None:
        """What is known of its last hour."""
        watched = self._watched.get(service)
        return watched.metrics if watched else None

    async def close(self) -> None:
        """Leave off."""
        for task in tuple(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _look(self, seen: Observation, watched: _Watched) -> None:
        async with self._turnstile:
            counts = await _counts(seen.metrics_url)
        if counts is not None:
            process = f"{seen.metrics_url} {seen.revision} {seen.restarts}"
            watched.history.add(self._clock(), counts, process=process)
            watched.metrics = watched.history.metrics()


async def _counts(url: str) -> Counts | None:
    """None where nobody answers, or it is no answer: the next look may find more."""
    path = urlsplit(url).path or "/metrics"
    try:
        reply = await request(url, "GET", path, timeout=TIMEOUT_SECONDS)
    except OSError:
        return None
    if reply.status != 200:
        return None
    return parse(reply.body[:_REPLY_BYTES].decode("utf-8", "replace"))
