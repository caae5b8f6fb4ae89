"""Watching a run: its events become the lines of the terminal, and its end an outcome."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_modelship.cli.ink import Ink
from jupyter_modelship.cli.progress import Progress
from jupyter_modelship.errors import Cancelled, Interrupted, ModelshipError
from jupyter_modelship.places import Places
from jupyter_modelship.runs import client, failure
from jupyter_modelship.runs.events import RunEvent

_TICK_SECONDS = 0.1


@dataclass(slots=True)
class Outcome:
    """What a run came to: a result or an error."""

    run: str
    result: Mapping[str, object] = field(default_factory=dict)
    error: ModelshipError | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    """By stage."""

    def data(self) -> dict[str, object]:
        """The outcome as JSON."""
        from jupyter_modelship.cli.report import error_data

        data: dict[str, object] = {"run": self.run, **self.result, "seconds": dict(self.seconds)}
        if self.error is not None:
            data["error"] = error_data(self.error)
        return data


async def watch(run: str, places: Places, *, service: str, quiet: bool = False) -> Outcome:
    """Follow the run to its end. Ctrl-C leaves it running and says how to end it."""
    live = sys.stdout.isatty() and not quiet
    progress = Progress(sys.stdout, Ink.of(sys.stdout), live=live)
    outcome = Outcome(run)
    ticking = asyncio.ensure_future(_tick(progress))
    try:
        async for event in client.follow(run, places):
            _take(event, outcome)
            if not quiet:
                _show(event, progress)
    except asyncio.CancelledError:
        progress.clear()
        sys.stderr.write(
            "\nThe run goes on.\n"
            f"watch it:  jupyter modelship logs {service} --build -f\n"
            f"end it:    jupyter modelship cancel {run[:8]}\n"
        )
        raise
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        progress.clear()
    return outcome


async def _tick(progress: Progress) -> None:
    while True:
        progress.tick()
        await asyncio.sleep(_TICK_SECONDS)


def _take(event: RunEvent, outcome: Outcome) -> None:
    """Remember what ends the run, and how long its stages took."""
    payload = event.payload
    if event.kind == "stage" and payload.get("seconds") is not None:
        outcome.seconds[event.stage] = float(str(payload["seconds"]))
    if event.kind == "result":
        outcome.result = payload
    if event.kind == "run":  # one that was interrupted may have been taken up since
        outcome.error = _error(payload)


def _error(payload: Mapping[str, object]) -> ModelshipError | None:
    """Why a run that is in this state has not succeeded; None where it goes on, or has."""
    error = payload.get("error")
    if isinstance(error, Mapping):
        return failure.restore(error)
    if payload["state"] == "cancelled":
        reason = str(payload.get("reason") or "it was asked to end")
        return Cancelled(f"the run was cancelled: {reason}")
    if payload["state"] == "interrupted":
        return Interrupted(
            f"the run was interrupted: {payload.get('reason', '')}", remedy="deploy again"
        )
    return None


def _show(event: RunEvent, progress: Progress) -> None:
    payload = event.payload
    if event.kind == "stage":
        progress.stage(event.stage, payload)
    elif event.kind == "cell" and payload["state"] == "running":
        progress.doing(f"cell {payload['number']} ({payload['first']})")
    elif event.kind == "progress":
        percent = payload["percent"]
        part = f" {percent:.0f} %" if isinstance(percent, int | float) else ""
        progress.doing(f"{payload['step']}{part}")
