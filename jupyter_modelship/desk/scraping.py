"""What the metrics of a service say now: of each of its processes, wherever it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places
from jupyter_modelship.runs import services
from jupyter_modelship.runs.http import request
from jupyter_modelship.targets.port import Observation, Way

from .metrics import Counts, parse

TIMEOUT_SECONDS = 2.0
_REPLY_BYTES = 1 << 20


async def scraped(seen: Observation, places: Places) -> Mapping[str, Counts] | None:
    """Counts by process. None where there are none, or one of them does not tell them: a sum
    without it would be no sum, and the next look may find more."""
    # Which targets there are is read from files: not on the loop.
    target = (await asyncio.to_thread(services.open_targets, places)).get(seen.target)
    if target is None:
        return None
    try:
        async with target.reach_metrics(seen) as ways:
            told = await asyncio.gather(*map(_counts, ways.values()))
    except ModelshipError:
        return None
    counts = {name: one for name, one in zip(ways, told, strict=True) if one is not None}
    return counts if counts and len(counts) == len(ways) else None


async def _counts(way: Way) -> Counts | None:
    """None where nobody answers, or it is no answer."""
    path = urlsplit(way.url).path or "/metrics"
    try:
        reply = await request(way.url, "GET", path, timeout=TIMEOUT_SECONDS, unix=way.socket)
    except OSError:
        return None
    if reply.status != 200:
        return None
    return parse(reply.body[:_REPLY_BYTES].decode("utf-8", "replace"))
