"""Looks at the metrics of services while somebody wants them, and keeps an hour."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from jupyter_modelship.places import Places
from jupyter_modelship.targets.port import Observation

from .metrics import STEP_SECONDS, History, Metrics
from .scraping import scraped

AT_ONCE = 8


@dataclass
class _Watched:
    history: History = field(default_factory=History)
    due: float = 0.0
    metrics: Metrics | None = None


class Meter:
    """For one event loop. `clock` gives seconds."""

    def __init__(self, places: Places, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._places = places
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self.looks: set[asyncio.Task[None]] = set()
        """Those that are under way."""
        self._turnstile = asyncio.Semaphore(AT_ONCE)

    def attend(self, services: Iterable[Observation], *, silent: Collection[str] = ()) -> None:
        """These are all services that there are: look at those whose time has come. The targets
        of those in `silent` do not answer: what is known of them is kept."""
        now = self._clock()
        there = {seen.service: seen for seen in services}
        for name in self._watched.keys() - there.keys():
            del self._watched[name]
        for name, seen in there.items():
            watched = self._watched.setdefault(name, _Watched())
            if seen.state == "running" and name not in silent and now >= watched.due:
                watched.due = now + STEP_SECONDS
                task = asyncio.ensure_future(self._look(seen, watched))
                self.looks.add(task)
                task.add_done_callback(self.looks.discard)

    def of(self, service: str) -> Metrics | None:
        """What is known of its last hour."""
        watched = self._watched.get(service)
        return watched.metrics if watched else None

    async def close(self) -> None:
        """Leave off."""
        for task in tuple(self.looks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _look(self, seen: Observation, watched: _Watched) -> None:
        async with self._turnstile:
            told = await scraped(seen, self._places)
        if told is not None:
            watched.history.add(self._clock(), told)
            watched.metrics = watched.history.metrics()
