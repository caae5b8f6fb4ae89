"""Runs and the server's life: what was interrupted is taken up at its start, and while a run is
at work the server counts as active, so that whoever ends idle ones waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, MutableMapping
from datetime import datetime, timezone
from logging import Logger

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places
from jupyter_modelship.runs import client, liveness
from jupyter_modelship.runs.journal import Journal

NAME = "modelship"
PAUSE_SECONDS = 30.0
"""Cullers count in minutes."""


class Activity:
    """Keeps `times[NAME]` at the last moment at which a run was at work.

    `times` is a Jupyter server's `last_activity_times`, which its shutdown of idle servers reads
    and what it tells of itself at /api/status, for a Hub's culler.
    """

    def __init__(
        self,
        places: Places,
        times: MutableMapping[str, datetime],
        log: Logger,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._places = places
        self._times = times
        self._log = log
        self._clock = clock
        self.at_work = False
        """Whether anybody worked on a run at the last look."""
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up interrupted runs, then watch."""
        try:
            for run in await asyncio.to_thread(client.resume_all, self._places):
                self._log.info("run %s of %s is taken up again", run.id, run.service)
        except ModelshipError as error:  # the rest of the server is none the worse for it
            self._log.warning("runs cannot be taken up: %s", error.message)
        self._task = asyncio.ensure_future(self._watch())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def look(self) -> None:
        """Note the time if anybody works on a run."""
        try:
            self.at_work = await asyncio.to_thread(_at_work, self._places)
        except ModelshipError as error:
            self._log.warning("whether runs are at work cannot be told: %s", error.message)
            return
        if self.at_work:
            self._times[NAME] = self._clock()

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(PAUSE_SECONDS)


def _at_work(places: Places) -> bool:
    with Journal.open(places) as journal:
        active = journal.list(active=True, limit=-1)
    return any(liveness.alive(places, run.id) for run in active)
