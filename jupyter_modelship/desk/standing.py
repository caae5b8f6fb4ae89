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

from .remembering import Remembered, Silence

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
    silent: Silence | None = None
    """Its target does not answer: `seen` is how it stood before."""


async def standings(
    targets: Mapping[str, Target], places: Places, remembered: Remembered
) -> tuple[Standing, ...]:
    """All services by name, with those that a run is making or has just failed to make. Those of a
    target that does not answer are as they were when it last did.

    Runs are read first: one that ends meanwhile has made its service, which is then found. The
    other way round a service would be missing from one look.
    """
    newest = await asyncio.to_thread(_newest, places)
    there = [
        Standing(seen.service, seen.target, seen, newest.pop(seen.service, _NONE).run, silence)
        for seen, silence in await remembered.ask(targets)
    ]
    made = [
        Standing(each.run.service, each.run.request.target, None, each.run)
        for each in newest.values()
        if each.run is not None and each.makes
    ]
    return tuple(sorted([*there, *made], key=lambda each: (each.service, each.target)))


async def standing(service: str, places: Places) -> Standing:
    """One service, looked at in the same order; NothingThere where there is none, with what to do
    instead."""
    newest = await asyncio.to_thread(_newest_of, service, places)
    try:
        _, seen = await services.find(service, places)
    except NothingThere:
        if newest.run is None or not newest.makes:
            raise
        return Standing(service, newest.run.request.target, None, newest.run)
    return Standing(service, seen.target, seen, newest.run)


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest run of a service, if there is one, and whether it makes the service."""

    run: Run | None
    makes: bool


_NONE = _Newest(None, False)


def _newest(places: Places) -> dict[str, _Newest]:
    with Journal.open(places) as journal:
        return {run.service: _of(journal, run) for run in journal.newest()}


def _newest_of(service: str, places: Places) -> _Newest:
    with Journal.open(places) as journal:
        return next((_of(journal, run) for run in journal.list(service=service, limit=1)), _NONE)


def _of(journal: Journal, run: Run) -> _Newest:
    return _Newest(client.as_seen(journal, run), _makes(journal, run))


def _makes(journal: Journal, run: Run) -> bool:
    """Whether a service is still to come from this run, or has just failed to. One that was there
    before is none of these: somebody deleted it. Nor is one that was only rehearsed."""
    if run.request.until:
        return False
    if run.active:
        return True
    recent = run.finished is not None and time.time() - run.finished < RECENT_SECONDS
    return run.state == "failed" and recent and not journal.succeeded(run.service)
