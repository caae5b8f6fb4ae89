"""What the processes of a service have counted, and how many requests they answer just now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from jupyter_modelship.cli.ink import count
from jupyter_modelship.desk.metrics import Counts, History, quantile, together
from jupyter_modelship.desk.scraping import scraped
from jupyter_modelship.places import Places
from jupyter_modelship.targets.port import Observation

APART_SECONDS = 1.0
"""Between the two looks that a rate is made of."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Of all processes together. Times in seconds."""

    processes: int
    rate: float
    """Requests a second, at the time of asking."""
    requests: float
    """Since each process began; so are all that follow."""
    errors: float
    p50: float | None
    p99: float | None


async def counted(
    seen: Observation,
    places: Places,
    *,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> Counted | None:
    """None where the service does not run, or its metrics cannot be had. Takes APART_SECONDS where
    it was ever asked anything."""
    if seen.state != "running":
        return None
    history, told = History(), await scraped(seen, places)
    if told and together(told.values()).requests:
        history.add(clock(), told)
        await wait(APART_SECONDS)
        told = await scraped(seen, places)
        history.add(clock(), told or {})
    measured = history.metrics()
    return _counted(told, measured.rate if measured else 0.0) if told else None


def _counted(told: Mapping[str, Counts], rate: float) -> Counted:
    counts = together(told.values())
    buckets = dict(counts.buckets)
    return Counted(
        processes=len(told),
        rate=rate,
        requests=counts.requests,
        errors=counts.errors,
        p50=quantile(buckets, 0.5),
        p99=quantile(buckets, 0.99),
    )


def counted_lines(counted: Counted | None) -> list[str]:
    """The same for a person."""
    if counted is None:
        return []
    times = [
        f"{name} {seconds * 1000:.1f} ms"
        for name, seconds in (("p50", counted.p50), ("p99", counted.p99))
        if seconds is not None
    ]
    parts = [
        f"{_rate(counted.rate)} now",
        f"{counted.requests:.0f} so far",
        f"{counted.errors:.0f} failed",
        *times,
    ]
    return [
        f"  requests   {', '.join(parts)}, by {count(counted.processes, 'process', 'processes')}"
    ]


def _rate(rate: float) -> str:
    return f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s" if rate else "0/s"
