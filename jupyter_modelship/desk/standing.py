"""How each service stands: what its target says of it, beside its newest run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_modelship.errors import NothingThere
from jupyter_modelship.places import Places
from jupyter_modelship.runs import client, services
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Run
from jupyter_modelship.targets.port import Observation, Target

RECENT_SECONDS = 86_400.0
"""That long is a service listed whose first deployment failed, so that somebody sees it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One of both is there, or both are."""

    service: str
    target: str
    seen: Observation | None
    """None while the first run is at work, and where it failed."""
    run: Run | None


async def standings(targets: Mapping[str, Target], places: Places) -> tuple[Standing, ...]:
    """All services by name, with those that a run is making or has just failed to make."""
    found, _ = await services.gathered_of(targets)
    newest = await asyncio.to_thread(_newest, places, frozenset(seen.service for seen in found))
    there = [
        Standing(seen.service, seen.target, seen, newest.pop(seen.service, None)) for seen in found
    ]
    made = [Standing(run.service, run.request.target, None, run) for run in newest.values()]
    return tuple(sorted([*there, *made], key=lambda each: (each.service, each.target)))


async def standing(service: str, places: Places) -> Standing:
    """One service; NothingThere where there is none, with what to do instead."""
    try:
        _, seen = await services.find(service, places)
    except NothingThere:
        run = await asyncio.to_thread(_in_the_making, service, places)
        if run is None:
            raise
        return Standing(service, run.request.target, None, run)
    run = await asyncio.to_thread(client.latest, service, places)
    return Standing(service, seen.target, seen, run)


def _newest(places: Places, there: frozenset[str]) -> dict[str, Run]:
    """The newest run of each service that is there, and those that make one."""
    with Journal.open(places) as journal:
        return {
            run.service: client.as_seen(journal, run)
            for run in journal.newest()
            if run.service in there or _makes(journal, run)
        }


def _in_the_making(service: str, places: Places) -> Run | None:
    with Journal.open(places) as journal:
        runs = journal.list(service=service, limit=1)
        return next((client.as_seen(journal, run) for run in runs if _makes(journal, run)), None)


def _makes(journal: Journal, run: Run) -> bool:
    """Whether a service is still to come from this run, or has just failed to. One that was there
    before is none of these: somebody deleted it. Nor is one that was only rehearsed."""
    if run.request.until:
        return False
    if run.active:
        return True
    recent = run.finished is not None and time.time() - run.finished < RECENT_SECONDS
    return run.state == "failed" and recent and not journal.succeeded(run.service)
