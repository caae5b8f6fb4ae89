"""The services of namespaces as watches tell them: one a kind and namespace, however many services
there are and whoever looks. They live on one event loop; what they know is read from any thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places

from . import ground, known
from .api import CALL_SECONDS
from .failures import ApiSilent
from .ground import Ground
from .kinds import DEPLOYMENT, POD, REVISION_BRIEF
from .observing import Contents
from .ownership import selector
from .watching import Watch

KINDS = (REVISION_BRIEF, DEPLOYMENT, POD)
AGAIN_SECONDS = 30.0
"""Before a cluster that did not let us is connected anew; until then each look asks it."""


@dataclass
class Space:
    """A namespace that is followed."""

    namespace: str
    watches: Sequence[Watch]
    _told: threading.Event = field(default_factory=threading.Event)
    """Set when each list was read, and when there is nothing to wait for any more."""
    _ended: bool = False

    async def follow(self) -> None:
        """Until it is cancelled. Raises ApiRefused where the cluster does not let us."""
        tasks = [asyncio.ensure_future(self._one(watch)) for watch in self.watches]
        try:
            await asyncio.gather(*tasks)
        finally:
            self._ended = True
            self._told.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, watch: Watch) -> None:
        async with contextlib.aclosing(watch.changes()) as changes:
            async for _ in changes:
                if all(each.listed for each in self.watches):
                    self._told.set()

    async def contents(self) -> Contents | None:
        """What is there, at most a moment ago; None where it is followed no more. Raises
        StageFailed where that is not known."""
        if not self._told.is_set():
            await asyncio.to_thread(self._told.wait, CALL_SECONDS)
        if self._ended:
            return None
        if failure := next((each.failure for each in self.watches if each.failure), None):
            raise failure
        if not self._told.is_set():
            raise ApiSilent(f"the cluster did not list what is in {self.namespace} in time")
        # A copy each, made at once: meanwhile the loop of the watches goes on.
        found = (tuple(watch.objects.copy().values()) for watch in self.watches)
        return Contents(self.namespace, *found)


@dataclass
class _Now:
    """What is followed, and of which cluster."""

    mark: known.Mark
    here: Ground
    spaces: dict[str, Space] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)


class Following:
    """Of one user's services."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._now: _Now | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = asyncio.Event()

    async def contents(self) -> tuple[Contents, ...] | None:
        """Namespaces in which services may be; None where they are not followed. From any thread.

        Raises ModelshipError where it is not known what is there.
        """
        now = self._now
        if now is None or self._loop is None:
            return None
        wanted = known.namespaces(self._places, now.here.home)
        if now.mark != known.mark() or not set(wanted) <= set(now.spaces):
            self._loop.call_soon_threadsafe(self._turn.set)
            return None
        found = [await now.spaces[namespace].contents() for namespace in wanted]
        there = tuple(each for each in found if each is not None)
        return there if len(there) == len(wanted) else None

    async def run(self) -> None:
        """Follow, until it is cancelled."""
        self._loop, self._turn = asyncio.get_running_loop(), asyncio.Event()
        while True:
            try:
                await self._connected()
            except ModelshipError:  # whoever asks hears why
                await self._news(AGAIN_SECONDS)

    async def _connected(self) -> None:
        """Follow one cluster until it is another one, or does not let us."""
        mark = known.mark()
        async with ground.ground() as here:
            now = _Now(mark, here)
            try:
                while mark == known.mark():
                    self._begin(now)
                    self._now = now
                    await self._news()
                    for task in now.tasks.values():
                        if task.done():
                            task.result()
            finally:
                self._now = None
                for task in now.tasks.values():
                    task.cancel()
                await asyncio.gather(*now.tasks.values(), return_exceptions=True)

    def _begin(self, now: _Now) -> None:
        """Follow the namespaces that are not followed yet."""
        for namespace in known.namespaces(self._places, now.here.home):
            if namespace not in now.spaces:
                api, mine = now.here.api, selector()
                space = Space(namespace, [Watch(api, kind, namespace, mine) for kind in KINDS])
                task = asyncio.ensure_future(space.follow())
                task.add_done_callback(lambda _: self._turn.set())
                now.tasks[namespace], now.spaces[namespace] = task, space

    async def _news(self, seconds: float = 0.0) -> None:
        """Return when there is something to do, or after so many seconds; 0: not before."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, self._turn.set) if seconds else None
        try:
            await self._turn.wait()
        finally:
            if timer is not None:
                timer.cancel()
        self._turn.clear()
