"""Where services of a cluster are looked for and made: the cluster, and the namespaces in it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from jupyter_modelship.bundle.release.wanted import Size
from jupyter_modelship.plan.cluster import Cluster

from .api import Api
from .connecting import connect
from .known import Mark, mark, most, told

KEPT_SECONDS = 60.0
"""A login that a kubeconfig brings about may last for minutes only."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A cluster, and what the administrator says about it."""

    api: Api
    home: str
    """The namespace of services for which none was chosen."""
    cluster: Cluster
    most: Size
    """What the administrator lets a replica have."""
    context: str = ""
    """Of the kubeconfig; empty inside a pod."""

    def namespace(self, options: Mapping[str, object]) -> str:
        """Where a release with these options goes."""
        return str(options.get("namespace") or self.home)


@asynccontextmanager
async def ground(patience: float = 0.0) -> AsyncIterator[Ground]:
    """The cluster of the policy's context, else of the current one. Where it is silent or busy, it
    is asked again for `patience` seconds. Raises ModelshipError."""
    cluster = told()
    connected = await connect(cluster.context)
    try:
        api = connected.api.patient(patience)
        home = cluster.namespace or connected.namespace
        yield Ground(api, home, cluster, most(), connected.context)
    finally:
        await connected.api.close()


class Grounds:
    """The ground of one task after another: while `kept` is held, on one connection.

    For one event loop. It is opened anew where a kubeconfig or the policy says something else by
    now, and after `KEPT_SECONDS`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._opened: AsyncExitStack | None = None
        self._now: tuple[Ground, Mark, float] | None = None

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Meanwhile `at` gives what it gave before. Who is inside it already shares it."""
        if self._opened is not None:
            yield
            return
        async with AsyncExitStack() as opened:
            self._opened = opened
            try:
                yield
            finally:
                self._opened = self._now = None

    @asynccontextmanager
    async def at(self, patience: float = 0.0) -> AsyncIterator[Ground]:
        """As `ground`."""
        if self._opened is None:
            async with ground(patience) as here:
                yield here
            return
        here = await self._shared(self._opened)
        yield replace(here, api=here.api.patient(patience))

    async def _shared(self, opened: AsyncExitStack) -> Ground:
        marked, clock = mark(), self._clock()
        if self._now is not None:
            here, before, since = self._now
            if before == marked and clock - since < KEPT_SECONDS:
                return here
        here = await opened.enter_async_context(ground())
        self._now = (here, marked, clock)
        return here
