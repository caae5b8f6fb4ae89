"""How user code is called: on the loop, or on a thread of its own, and never without an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

SWEEP_SECONDS = 0.25
HUNG_FACTOR = 5
"""A call that holds the thread for this many time limits makes the process not live."""


class Deadlines:
    """Cancels tasks that stay longer than `seconds`, looking four times a second.

    One periodic look costs a request two dictionary operations; a timer each would cost more than
    the rest of a small request.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._entered: dict[asyncio.Task[Any], float] = {}
        self._expired: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, task: asyncio.Task[Any]) -> None:
        """The clock runs for `task` from now on."""
        self._entered[task] = time.monotonic()
        if self._timer is None:
            self._wait(task.get_loop())

    def leave(self, task: asyncio.Task[Any]) -> bool:
        """The clock stops. True when it had run out, so the task's cancellation is ours."""
        if self._entered.pop(task, None) is not None:
            return False
        self._expired.discard(task)
        if hasattr(task, "uncancel"):  # Python 3.11
            task.uncancel()
        return True

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        pause = min(SWEEP_SECONDS, self.seconds / 4)
        self._timer = loop.call_later(pause, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        oldest_allowed = time.monotonic() - self.seconds
        late = []
        for task, since in self._entered.items():  # in order of entry
            if since > oldest_allowed:
                break
            late.append(task)
        for task in late:
            del self._entered[task]
            self._expired.add(task)
            task.cancel()
        self._timer = None
        if self._entered:
            self._wait(loop)


class OutOfTime(Exception):
    """The call did not end within the time limit."""


class Calls:
    """Calls with a time limit in seconds. Blocking code runs on one thread, one call at a time.

    Python cannot stop a thread: a blocking call that runs out of time keeps it. It is counted in
    `hung` until it ends; meanwhile the service is not ready.
    """

    def __init__(self, time_limit: float) -> None:
        self.time_limit = time_limit
        self.hung = 0
        self._hung_since = 0.0
        self._deadlines = Deadlines(time_limit)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="endpoint")

    @property
    def stuck(self) -> bool:
        """Whether the thread has been held for so long that only a restart helps."""
        held = time.monotonic() - self._hung_since
        return self.hung > 0 and held > HUNG_FACTOR * self.time_limit

    async def on_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Raises OutOfTime, or what the function raises."""
        future = self._thread.submit(function, *arguments)
        try:
            return await self.within(asyncio.wrap_future(future))
        except OutOfTime:
            if not future.cancel() and not future.done():
                self._hold(future)
            raise

    async def within(self, awaitable: Any) -> Any:
        """Await with the time limit; raises OutOfTime."""
        task = asyncio.current_task()
        assert task is not None
        self._deadlines.enter(task)
        try:
            result = await awaitable
        except asyncio.CancelledError:
            if self._deadlines.leave(task):
                raise OutOfTime from None
            raise
        except BaseException:
            self._deadlines.leave(task)
            raise
        self._deadlines.leave(task)
        return result

    def close(self) -> None:
        """No more calls; the thread is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _hold(self, future: Future[Any]) -> None:
        loop = asyncio.get_running_loop()
        self.hung += 1
        self._hung_since = time.monotonic() - self.time_limit
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._release))

    def _release(self) -> None:
        self.hung -= 1
