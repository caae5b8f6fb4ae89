"""Events of runs for many listeners, with one look at the journal for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from jupyter_modelship.places import Places
from jupyter_modelship.runs import liveness
from jupyter_modelship.runs.events import RunEvent, interrupted
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import canonical

from .polling import Shared

POLL_SECONDS = 0.05
BATCH = 64
"""Events that a listener holds at most; the others wait in the journal."""

Answer = TypeVar("Answer")


class Told(NamedTuple):
    """An event at its place in what a run tells."""

    place: float
    event: RunEvent


class RunWatch:
    """For one event loop."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._desk: _Desk | None = None

    async def follow(self, run: str, *, after: float = 0) -> AsyncGenerator[Told, None]:
        """What the run tells after that place, as it comes, until its end.

        Where its worker goes without a word an event `interrupted` is made here. It is in no
        journal, so its place is half a step after the event before it. Following goes on: somebody
        may take the run up again. Raises NothingThere, UsageError, ModelshipError. Close it when
        it is left.
        """
        run = canonical(run)
        async with self._listening(run) as desk, contextlib.aclosing(desk.changes()) as changes:
            async for _ in changes:
                seen = await desk.ask(_look, run, after)
                while seen.events:
                    for event in seen.events:
                        after = event.seq
                        yield Told(after, event)
                    seen = await desk.ask(_look, run, after)
                if not seen.active:
                    return
                if seen.lost and after == int(after):
                    event = interrupted(run, int(after))
                    after += 0.5
                    yield Told(after, event)

    @contextlib.asynccontextmanager
    async def _listening(self, run: str) -> AsyncIterator[_Desk]:
        desk = self._desk = self._desk or _Desk(self._places)
        desk.runs[run] += 1
        try:
            yield desk
        finally:
            desk.runs -= Counter([run])
            if not desk.runs:
                if self._desk is desk:
                    self._desk = None
                await desk.close()


class _Seen(NamedTuple):
    events: tuple[RunEvent, ...]
    active: bool
    lost: bool
    """Its worker is gone, and nobody has written that down."""


class _Desk:
    """One thread with one connection to the journal, which all questions go to. It lives while
    anybody listens."""

    def __init__(self, places: Places) -> None:
        self.runs: Counter[str] = Counter()
        """Listeners by run."""
        self._places = places
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="modelship-journal")
        self._journal: Journal | None = None
        self._state = Shared(lambda: self.ask(_state, tuple(self.runs)), pause=POLL_SECONDS)

    def changes(self) -> AsyncGenerator[object, None]:
        """An item whenever there may be something new."""
        return self._state.follow()

    async def ask(self, question: Callable[..., Answer], *about: object) -> Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: question(self._opened(), *about))

    async def close(self) -> None:
        await self._state.close()
        self._thread.submit(self._shut)
        await asyncio.to_thread(self._thread.shutdown)

    def _opened(self) -> Journal:
        if self._journal is None:
            self._journal = Journal.open(self._places)
        return self._journal

    def _shut(self) -> None:
        if self._journal is not None:
            self._journal.close()


def _look(journal: Journal, run: str, after: float) -> _Seen:
    # Asked first: what a worker wrote before it went is then read below.
    alive = liveness.alive(journal.places, run)
    found = journal.get(run)
    lost = found.active and not alive and found.state != "interrupted"
    return _Seen(journal.events(run, after=after, limit=BATCH), found.active, lost)


def _state(journal: Journal, runs: tuple[str, ...]) -> tuple[int, dict[str, bool]]:
    return journal.version(), {run: liveness.alive(journal.places, run) for run in runs}
