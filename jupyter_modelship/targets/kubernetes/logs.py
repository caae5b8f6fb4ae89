"""Log lines of all replicas of a service, the process before a restart included.

Each names its replica: which of them there are differs from time to time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, NamedTuple

from jupyter_modelship.errors import StageFailed

from .kinds import POD, Object
from .within import within

if TYPE_CHECKING:
    from .takeover import Takeover

LOOK_SECONDS = 2.0


class Line(NamedTuple):
    """A line as the node has kept it. They sort by time."""

    time: str
    text: str
    replica: str

    @classmethod
    def of(cls, stamped: str, replica: str) -> Line:
        """`stamped`: a time, a blank, what was written."""
        time, _, text = stamped.partition(" ")
        return cls(time, text, replica)

    def named(self) -> str:
        """The replica is a fact of a line that is JSON, else it stands before the line. It is the
        last fact: one that the service wrote itself does not stand for it."""
        if self.text.startswith('{"') and self.text.endswith("}"):
            return f'{self.text[:-1]}, "replica": {json.dumps(self.replica)}}}'
        return f"{self.replica}  {self.text}"


async def read(takeover: Takeover, *, follow: bool, last: int | None) -> AsyncGenerator[str, None]:
    """Lines without their ends, oldest first over all replicas. `follow` goes on with those of
    replicas that come later, until the service has no Deployment any more."""
    pods = await takeover.rollout.pods()
    kept = sorted([line for pod in pods for line in await _kept(takeover, pod)])
    for line in kept if last is None else kept[max(0, len(kept) - last) :]:
        yield line.named()
    if follow:
        after = max((line.time for line in kept), default="")
        async with contextlib.aclosing(_followed(takeover, after)) as lines:
            async for line in lines:
                yield line.named()


async def _kept(takeover: Takeover, pod: Object) -> list[Line]:
    """What the node has kept of a pod's log, with times: of this process and the one before."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    restarted = any(each.get("restartCount") for each in statuses)
    found: list[Line] = []
    for previous in ("true", "false") if restarted else ("false",):
        with contextlib.suppress(StageFailed):  # it has not started yet, or is gone by now
            query = {"timestamps": "true", "previous": previous}
            async with _lines(takeover, pod, query) as lines:
                found += [line async for line in lines]
    return found


async def _followed(takeover: Takeover, after: str) -> AsyncGenerator[Line, None]:
    queue: asyncio.Queue[Line] = asyncio.Queue(maxsize=1000)
    tasks: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            pods = {str(pod["metadata"]["name"]): pod for pod in await takeover.rollout.pods()}
            for name, pod in pods.items():
                if name not in tasks or tasks[name].done():
                    tasks[name] = asyncio.create_task(_follow(takeover, pod, after, queue))
            if not pods and queue.empty() and not await takeover.revisions():
                return
            with contextlib.suppress(asyncio.TimeoutError):
                while True:
                    line = await within(queue.get(), LOOK_SECONDS)
                    after = max(after, line.time)
                    yield line
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


async def _follow(takeover: Takeover, pod: Object, after: str, queue: asyncio.Queue[Line]) -> None:
    """Pass on the lines of a pod that are later than `after`."""
    query = {"timestamps": "true", "follow": "true", **({"sinceTime": after} if after else {})}
    with contextlib.suppress(StageFailed):
        async with _lines(takeover, pod, query, quiet=None) as lines:
            async for line in lines:
                if line.time > after:
                    await queue.put(line)


@contextlib.asynccontextmanager
async def _lines(
    takeover: Takeover, pod: Object, query: dict[str, str], quiet: float | None = 30.0
) -> AsyncIterator[AsyncIterator[Line]]:
    name = str(pod["metadata"]["name"])
    path = POD.path(takeover.namespace, name, sub="log")
    async with takeover.api.lines(path, f"read the log of {name}", query=query, quiet=quiet) as raw:
        yield (Line.of(line.decode("utf-8", "replace"), name) async for line in raw)
