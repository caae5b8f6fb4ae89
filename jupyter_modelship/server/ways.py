"""Ways to services, opened when a request first wants one, and shared by those that follow.

To this machine's own a way costs nothing, and is looked up for each request. To a service of a
cluster it is a forwarded port, which takes a second to open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.targets.port import Observation, Target, Way

from .exchange import NoReply

IDLE_SECONDS = 60.0
"""A way that nobody has used for so long is closed."""
OPEN_SECONDS = 15.0
"""For a way to open, before who asked is told that it does not."""
MOST = 16
"""Ways that are kept while nobody uses them."""
_Key = tuple[str, str, int, str]


@dataclass(eq=False, slots=True)
class _Kept:
    """A way with those who use it."""

    key: _Key
    opening: asyncio.Task[Way]
    inside: AsyncExitStack
    users: int = 0
    timer: asyncio.TimerHandle | None = None


@dataclass
class Ways:
    """For one event loop."""

    idle: float = IDLE_SECONDS
    patience: float = OPEN_SECONDS
    most: int = MOST
    _kept: dict[_Key, _Kept] = field(default_factory=dict)
    """In the order of their last use."""
    _closing: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def hold(self, target: Target, seen: Observation) -> AsyncIterator[Way]:
        """The way to the service. Raises NoReply where there is none, with the target's remedy.

        One through which no reply came is used by nobody else: the next request opens its own.
        """
        kept = self._taken(target, seen)
        try:
            way = await asyncio.shield(kept.opening)
            if way.socket is None:
                self._forget(kept)
            yield way
        except NoReply as error:
            self._forget(kept)
            error.remedy = error.remedy or _remedy(seen)
            raise
        finally:
            kept.users -= 1
            self._rest(kept)

    async def close(self) -> None:
        """End all of them, also those in use."""
        for kept in tuple(self._kept.values()):
            self._end(kept)
        while self._closing:
            await asyncio.wait(set(self._closing))

    def _taken(self, target: Target, seen: Observation) -> _Kept:
        key = (target.name, seen.service, seen.revision, seen.url)
        kept = self._kept.pop(key, None)
        if kept is None:
            inside = AsyncExitStack()
            opening = asyncio.ensure_future(self._opened(target, seen, inside))
            opening.add_done_callback(heard)
            kept = _Kept(key, opening, inside)
        if kept.timer is not None:
            kept.timer.cancel()
        kept.users += 1
        self._kept[key] = kept
        return kept

    async def _opened(self, target: Target, seen: Observation, inside: AsyncExitStack) -> Way:
        try:
            return await asyncio.wait_for(
                inside.enter_async_context(target.reach(seen)), self.patience
            )
        except asyncio.TimeoutError:
            raise NoReply(
                f"{seen.service} takes no requests: there was no way to it within "
                f"{self.patience:.0f} s",
                remedy=seen.remedy or _remedy(seen),
                detail=seen.reason,
            ) from None
        except ModelshipError as error:
            raise NoReply(error.message, remedy=error.remedy, detail=error.detail) from error

    def _forget(self, kept: _Kept) -> None:
        """Nobody else is to use it."""
        if self._kept.get(kept.key) is kept:
            del self._kept[kept.key]

    def _rest(self, kept: _Kept) -> None:
        if not _is_open(kept):
            self._forget(kept)
        if kept.users:
            return
        if self._kept.get(kept.key) is not kept:
            self._end(kept)
            return
        kept.timer = asyncio.get_running_loop().call_later(self.idle, self._end, kept)
        resting = [each for each in self._kept.values() if not each.users]
        for each in resting[: max(0, len(resting) - self.most)]:
            self._end(each)

    def _end(self, kept: _Kept) -> None:
        if kept.timer is not None:
            kept.timer.cancel()
        self._forget(kept)
        task = asyncio.ensure_future(_closed(kept))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        task.add_done_callback(heard)


def _is_open(kept: _Kept) -> bool:
    """Whether the way is there, or is still being opened."""
    opening = kept.opening
    return not opening.done() or not (opening.cancelled() or opening.exception())


def _remedy(seen: Observation) -> str:
    return f"see how it is: jupyter modelship status {seen.service}"


async def _closed(kept: _Kept) -> None:
    kept.opening.cancel()
    await asyncio.wait({kept.opening})
    await kept.inside.aclose()


def heard(task: asyncio.Task[Any]) -> None:
    """Somebody who left does not hear what became of it; that is no loss."""
    if not task.cancelled():
        task.exception()
