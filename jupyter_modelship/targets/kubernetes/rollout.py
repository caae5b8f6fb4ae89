"""Waiting for pods: until one is ready, until all are new, until none is left; or why not."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from jupyter_modelship.bundle.release import naming
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.port import Tell, silent

from .api import Api
from .causes import Cause, Seen, addressed, causes
from .kinds import DEPLOYMENT, EVENT, POD, Object
from .observing import is_ready, of_run
from .ownership import selector
from .patience import Patience
from .watching import Watch
from .within import within

LOOK_SECONDS = 2.0
ROLLOUT_SECONDS = 900.0
END_SECONDS = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.03, 0.4
"""Between two looks: what is over at once is seen at once, and who waits long asks seldom."""
_LOG_LINES = "60"


@dataclass(frozen=True, slots=True)
class Rollout:
    """The pods of one service."""

    api: Api
    namespace: str
    service: str

    async def ready(self, run_label: str, tell: Tell = silent) -> str:
        """The name of a pod of that run that is ready.

        Raises StageFailed with the cause, as soon as it is sure that waiting does not help.
        """
        labels = f"{selector(self.service)},{naming.RUN}={run_label}"
        watch = Watch(self.api, POD, self.namespace, labels)
        patience = Patience(tell)
        async with _followed(watch) as news:
            while True:
                pods = of_run(tuple(watch.objects.values()), run_label)
                for pod in pods:
                    if is_ready(pod):
                        return str(pod["metadata"]["name"])
                patience.judge(await self.causes(pods))
                await news.wait(LOOK_SECONDS)

    async def causes(self, pods: Sequence[Object]) -> tuple[Cause, ...]:
        """What keeps these pods from being ready."""
        return tuple(
            addressed(each, self.service) for each in causes(await self.seen(pods), now=_now())
        )

    async def seen(self, pods: Sequence[Object]) -> Seen:
        """What the cluster shows of these pods; their last words where one ended by itself."""
        deployment, events = await asyncio.gather(
            self.api.get(DEPLOYMENT, self.namespace, self.service),
            self.api.list(EVENT, self.namespace, fields="type=Warning"),
        )
        seen = Seen(deployment, pods, events[0])
        if not any(each.code == "crash" for each in causes(seen, now=_now())):
            return seen
        logs = {str(pod["metadata"]["name"]): await self.last_words(pod) for pod in pods}
        return replace(seen, logs=logs)

    async def last_words(self, pod: Object) -> str:
        """The end of the log of the pod's last process that ended; empty where there is none."""
        statuses = (pod.get("status") or {}).get("containerStatuses") or ()
        again = any((each.get("state") or {}).get("waiting") for each in statuses)
        query = {"tailLines": _LOG_LINES, "previous": "true" if again else "false"}
        path = POD.path(self.namespace, str(pod["metadata"]["name"]), sub="log")
        try:
            async with self.api.lines(path, "read a log", query=query) as lines:
                return "\n".join([line.decode("utf-8", "replace") async for line in lines])
        except StageFailed:
            return ""

    async def complete(self, tell: Tell = silent) -> None:
        """Return when all replicas are of the Deployment's revision, and available.

        Raises StageFailed with the cause where they do not become it.
        """
        patience = Patience(tell, seconds=ROLLOUT_SECONDS)
        judged = time.monotonic()
        for pause in pauses():
            deployment = await self.api.get(DEPLOYMENT, self.namespace, self.service)
            if deployment is None or is_complete(deployment):
                return
            if time.monotonic() - judged >= LOOK_SECONDS:
                pods = await self.pods()
                label = deployment["spec"]["template"]["metadata"]["labels"].get(naming.RUN, "")
                patience.judge(await self.causes(of_run(pods, label)))
                judged = time.monotonic()
            await asyncio.sleep(pause)

    async def serving(self, run_label: str) -> Sequence[Object]:
        """The pods of that run that are ready now."""
        return [pod for pod in of_run(await self.pods(), run_label) if is_ready(pod)]

    async def pods(self) -> Sequence[Object]:
        items, _ = await self.api.list(POD, self.namespace, labels=selector(self.service))
        return items

    async def ended(self, run_label: str) -> None:
        """Return when every pod of that run is told to end. Raises StageFailed where it is not."""
        await self._until(lambda pods: not of_run(pods, run_label), "end the pods that it held")

    async def gone(self) -> None:
        """Return when no pod is left. Raises StageFailed where one is."""
        await self._until(lambda pods: not pods, "end the pods of the service")

    async def _until(self, done: Callable[[Sequence[Object]], bool], asked: str) -> None:
        deadline = time.monotonic() + END_SECONDS
        for pause in pauses():
            if done(await self.pods()):
                return
            if time.monotonic() > deadline:
                raise StageFailed(
                    f"the cluster did not {asked} within {END_SECONDS:.0f} s",
                    remedy=f"see what holds them: kubectl -n {self.namespace} get pods",
                )
            await asyncio.sleep(pause)


def pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_PAUSE)


def _now() -> datetime:
    return datetime.now(timezone.utc)


def is_complete(deployment: Object) -> bool:
    """Whether all replicas are of the newest template, and no older one is left."""
    status = deployment.get("status") or {}
    wanted = int(deployment["spec"].get("replicas", 1))
    return (
        int(status.get("observedGeneration") or 0) >= int(deployment["metadata"]["generation"])
        and int(status.get("updatedReplicas") or 0) >= wanted
        and int(status.get("availableReplicas") or 0) >= wanted
        and int(status.get("replicas") or 0) <= int(status.get("updatedReplicas") or 0)
    )


class News:
    """Set when a watch has seen something, or has failed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.failure: BaseException | None = None

    def tell(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await within(self._event.wait(), seconds)
        self._event.clear()
        if self.failure is not None:
            raise self.failure


@contextlib.asynccontextmanager
async def _followed(watch: Watch) -> AsyncIterator[News]:
    """The watch kept going, and what tells of its news."""
    news = News()

    async def follow() -> None:
        try:
            async with contextlib.aclosing(watch.changes()) as changes:
                async for _ in changes:
                    news.tell()
        except StageFailed as error:
            news.failure = error
            news.tell()

    task = asyncio.create_task(follow())
    try:
        await news.wait(LOOK_SECONDS)
        yield news
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
