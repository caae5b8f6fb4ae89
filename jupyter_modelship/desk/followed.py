"""The targets of a server: followed while anybody needs to know how services stand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from jupyter_modelship.places import Places
from jupyter_modelship.runs import services
from jupyter_modelship.targets.port import Target

IDLE_SECONDS = 60.0
"""Nobody has asked for so long: then nobody needs it."""


class Followed:
    """For one event loop. However many ask, each target is followed once."""

    def __init__(self, places: Places, *, idle: float = IDLE_SECONDS) -> None:
        self._places = places
        self._idle = idle
        self._targets: dict[str, Target] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def targets(self) -> Mapping[str, Target]:
        """Those that there are now. They are followed from here on, until nobody has asked for a
        while."""
        # Which there are is read from files, and may import a second's worth: not on the loop.
        opened = await asyncio.to_thread(services.open_targets, self._places)
        now = {name: self._targets.setdefault(name, target) for name, target in opened.items()}
        for name, target in now.items():
            if name not in self._tasks:
                self._tasks[name] = asyncio.ensure_future(_follow(target))
        self._rest()
        return now

    async def close(self) -> None:
        """Follow none of them any more."""
        if self._timer is not None:
            self._timer.cancel()
        tasks, self._tasks = self._tasks, {}
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._idle, self._end)

    def _end(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        self._tasks = {}


async def _follow(target: Target) -> None:
    async with target.followed():
        await asyncio.Event().wait()
