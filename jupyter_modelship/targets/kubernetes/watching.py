"""A namespace's objects of one kind, kept up to date: list, then watch from there.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from jupyter_modelship.errors import StageFailed

from .failures import ApiRefused, ApiSilent
from .kinds import Kind, Object

_ROUND_SECONDS = 240
"""The API ends a watch by itself after this, give or take a quarter: not all of them at once."""
_QUIET_SECONDS = 90.0
"""The API tells where it stands (a bookmark) about once a minute. A connection on which nothing
comes may be one that nobody has at its other end any more: it is opened again from there."""
_BEGIN_SECONDS = 20.0
_AT_ONCE_SECONDS = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_GONE = 410


class _Gone(Exception):
    """The version that the watch stood at is too old: list again."""


class Watched(Protocol):
    """What a watch asks of the API."""

    async def list(
        self, kind: Kind, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[Any, str]: ...

    def lines(
        self,
        path: str,
        asked: str,
        *,
        query: Mapping[str, str],
        quiet: float | None = ...,
        accept: str = ...,
    ) -> Any: ...


@dataclass
class Watch:
    """Objects by name. `changes` yields after the first list and after every change."""

    api: Watched
    kind: Kind
    namespace: str
    labels: str = ""
    chance: Callable[[], float] = random.random
    """From 0 to 1; what spreads the calls of many in time."""
    pause: Callable[[float], Any] = asyncio.sleep
    begin: float = _BEGIN_SECONDS
    """For the API to begin an answer."""
    quiet: float = _QUIET_SECONDS
    """For it to tell something."""
    objects: dict[str, Object] = field(default_factory=dict)
    listed: bool = False
    failure: StageFailed | None = None
    """Why the objects may be others by now; a connection that breaks once is none."""
    _version: str = ""
    _failed: int = 0
    """Tries in a row."""

    async def changes(self) -> AsyncGenerator[Mapping[str, Object], None]:
        """For ever; what fails is tried again with longer and longer pauses, but for a refusal
        that trying again cannot change (401, 403), which is raised."""
        while True:
            try:
                async with aclosing(self._round()) as seen:
                    async for objects in seen:
                        self._failed = 0
                        yield objects
                self._failed = 0
            except _Gone:
                self._version = ""
            except StageFailed as error:
                if isinstance(error, ApiRefused) and error.refusal.code in (401, 403):
                    raise
                self._failed += 1
                self.failure = error if self._failed > 1 else None
                await self.pause(self._wait(error))

    def _wait(self, error: StageFailed) -> float:
        asked = error.refusal.retry_after if isinstance(error, ApiRefused) else None
        longest = min(_FIRST_PAUSE * 2 ** (self._failed - 1), _LONGEST_PAUSE)
        return float(max(asked or 0.0, longest * (0.5 + self.chance() / 2)))

    async def _round(self) -> AsyncGenerator[Mapping[str, Object], None]:
        """List where nothing is known, then watch until the API ends it."""
        if not self._version:
            items, self._version = await self.api.list(
                self.kind, self.namespace, labels=self.labels
            )
            self.objects = {str(item["metadata"]["name"]): item for item in items}
            self.listed, self.failure = True, None
            yield self.objects
        async with aclosing(self._events()) as events:
            async for event in events:
                if self._take(event):
                    yield self.objects

    async def _events(self) -> AsyncGenerator[Mapping[str, Any], None]:
        clock = asyncio.get_running_loop().time
        since, heard = clock(), False
        try:
            async with self._opened() as lines:
                self.failure = None
                async for line in lines:
                    since, heard = clock(), True
                    yield json.loads(line)
            self._check_length(clock() - since, heard=heard)
        except ApiRefused as error:
            if error.refusal.code == _GONE:
                raise _Gone from None
            raise
        except ApiSilent:
            if clock() - since < self.quiet:
                raise
        except ValueError as error:  # cut in the middle of a line
            raise ApiSilent(f"the watch of {self.kind.plural} broke off: {error}") from error

    def _check_length(self, seconds: float, *, heard: bool) -> None:
        """Raises ApiSilent for what ends as soon as it begins: it is not tried without a pause."""
        if not heard and seconds < _AT_ONCE_SECONDS:
            raise ApiSilent(f"the watch of {self.kind.plural} ends as soon as it begins")

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[AsyncIterator[bytes]]:
        seconds = round(_ROUND_SECONDS * (0.75 + self.chance() / 2))
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": str(seconds),
            **({"labelSelector": self.labels} if self.labels else {}),
        }
        asked = f"watch {self.kind.plural} in {self.namespace}"
        lines = self.api.lines(
            self.kind.path(self.namespace),
            asked,
            query=query,
            quiet=self.quiet,
            accept=self.kind.accept(),
        )
        async with AsyncExitStack() as inside:
            begun = asyncio.ensure_future(inside.enter_async_context(lines))
            try:
                await asyncio.wait({begun}, timeout=self.begin)  # wait_for may lose a cancellation
                in_time = begun.done()
            finally:
                if not begun.done():
                    begun.cancel()
                    await asyncio.wait({begun})
            if not in_time:
                raise ApiSilent(f"the cluster does not begin to answer, asked to {asked}")
            yield begun.result()

    def _take(self, event: Mapping[str, Any]) -> bool:
        """Whether the objects are others now."""
        kind, each = event["type"], event["object"]
        if kind == "ERROR":
            if each.get("code") == _GONE:
                raise _Gone
            raise ApiSilent(f"the watch of {self.kind.plural} ended: {each.get('message')}")
        self._version = str(each["metadata"]["resourceVersion"])
        name = each["metadata"].get("name")
        if kind == "BOOKMARK":
            return False
        if kind == "DELETED":
            return self.objects.pop(name, None) is not None
        self.objects[name] = each
        return True
