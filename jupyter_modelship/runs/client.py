"""The door for faces: ask for a run, follow it, end it, take up what was left lying.

Writes (`submit_and_start`, `cancel`, `resume_all`) may start workers; reads only report. All but
`follow` and `wait` take milliseconds and block for as long; each opens the journal for itself.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

from jupyter_modelship import process
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.places import Places

from . import liveness
from .events import RunEvent, interrupted
from .journal import Journal
from .run import Request, Run, canonical

POLL_SECONDS = 0.05


def submit_and_start(request: Request, places: Places) -> Run:
    """The run of this request, with a worker at it while there is something to do.

    The same request again gives the same run. Runs of other services that were interrupted are
    taken up again too. Raises KeyReused, RunActive (journal.submit).
    """
    with Journal.open(places) as journal:
        # The lock comes first: from its first moment on the run is seen to have an owner.
        with liveness.hold(places, request.id) as lock:
            run = journal.submit(request)
            failpoint("client.submitted")
            _start(places, run, lock)
        _resume_all(journal)
    return run


def resume_all(places: Places) -> tuple[Run, ...]:
    """Start workers for active runs that have none; those runs. For a server's start and before
    a write: never for a read."""
    with Journal.open(places) as journal:
        return _resume_all(journal)


def cancel(run: str, places: Places) -> Run:
    """Ask for a run's end and see to it that somebody cleans up. An ended run stays as it is."""
    with Journal.open(places) as journal:
        found = journal.request_cancel(canonical(run))
        _resume(journal, found.id)
        return found


def get(run: str, places: Places) -> Run:
    """The run as it is now: an active one that nobody works on reads as interrupted."""
    with Journal.open(places) as journal:
        return as_seen(journal, journal.get(run))


def runs(places: Places, *, service: str | None = None, limit: int = 100) -> tuple[Run, ...]:
    """Runs as they are now, newest first."""
    with Journal.open(places) as journal:
        return tuple(as_seen(journal, run) for run in journal.list(service=service, limit=limit))


def find(run: str, places: Places) -> Run | None:
    """The run as it is now; None where nobody has asked for it yet. Raises UsageError."""
    try:
        return get(run, places)
    except NothingThere:
        return None


def latest(service: str, places: Places) -> Run | None:
    """The newest run of a service as it is now; None where there was none."""
    return next(iter(runs(places, service=service, limit=1)), None)


async def follow(
    run: str, places: Places, *, after: int = 0, wait: bool = True
) -> AsyncIterator[RunEvent]:
    """The run's events with a greater `seq` than `after`, as they come, until it has ended; with
    `wait=False` those that there are.

    Where its worker goes without a word the last event is a `run` event `interrupted`, made here:
    it has the `seq` of the event before it and is in no journal, so that following can go on
    from there once the run is resumed.
    """
    run = canonical(run)
    version = last = None
    with Journal.open(places) as journal:
        while True:
            # Asked first: what a worker wrote before it went is then read below.
            alive = liveness.alive(places, run)
            if (now := journal.version()) != version or not alive:
                version = now
                found = journal.get(run)
                for last in journal.events(run, after=after):
                    after = last.seq
                    yield last
                if not (found.active and wait):
                    return
                if not alive:
                    if last is None or last.payload.get("state") != "interrupted":
                        yield interrupted(run, after)
                    return
            await asyncio.sleep(POLL_SECONDS)


async def wait(run: str, places: Places) -> Run:
    """The run once it has ended, or is interrupted."""
    async for _ in follow(run, places):
        pass
    return get(run, places)


def as_seen(journal: Journal, run: Run) -> Run:
    """The run, as interrupted where it is active and nobody works on it."""
    if run.active and not liveness.alive(journal.places, run.id):
        # It may have ended between the two questions: then the journal knows better.
        now = journal.get(run.id)
        return replace(now, state="interrupted") if now.active else now
    return run


def _resume_all(journal: Journal) -> tuple[Run, ...]:
    return tuple(run for run in journal.abandoned() if _resume(journal, run.id))


def _resume(journal: Journal, run: str) -> bool:
    with liveness.hold(journal.places, run) as lock:
        return _start(journal.places, journal.get(run), lock)


def _start(places: Places, run: Run, lock: int | None) -> bool:
    """Start a worker that inherits `lock`; not where somebody else has the lock, or nothing is
    left to do."""
    if lock is None or not run.active:
        return False
    folder = liveness.folder(places)
    failpoint("client.start.before")
    with suppress(ChildProcessError):  # killed: to who follows the run it is interrupted
        process.detach(
            [
                *(sys.executable, "-m", "jupyter_modelship.runs.worker", run.id),
                *("--lock", str(lock)),
                *("--places", places.state, places.cache, places.runtime),
            ],
            log=folder / f"{run.id}.log",
            cwd=folder,  # of ours: `-m` puts it first on the module path
            env=process.entrusted_environment(),
            pass_fds=(lock,),
        )
    failpoint("client.start.after")
    return True
