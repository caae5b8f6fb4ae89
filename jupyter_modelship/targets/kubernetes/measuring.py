"""How much memory the processes of pods took at most, as they say among their metrics."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import aiohttp

from jupyter_modelship.bundle.emit_containerfile import METRICS_PORT
from jupyter_modelship.bundle.release.wanted import Measured
from jupyter_modelship.places import Places

from .forwarding import always, forwarded
from .history import Kept
from .kinds import Object
from .rollout import Rollout

_LINE = re.compile(rb"^modelship_peak_memory_bytes (\S+)$", re.MULTILINE)
_TIMEOUT = aiohttp.ClientTimeout(total=3.0)
_LOOKED_AT = 8
"""Replicas; more of them would tell the same."""
_REPLY_BYTES = 1 << 20


async def measured(
    rollout: Rollout, live: Kept | None, run: str, places: Places
) -> Measured | None:
    """Most that a process of the live revision took, in its proof or since; None where nothing
    says."""
    if live is None:
        return None
    now = await peak(rollout, await rollout.serving(run), places)
    most = max(live.measured, now)
    return Measured(most) if most else None


async def peak(rollout: Rollout, pods: Sequence[Object], places: Places) -> int:
    """Bytes, the most of any of these pods; 0 where none of them says."""
    names = [str(pod["metadata"]["name"]) for pod in pods[:_LOOKED_AT]]
    return max(await asyncio.gather(*(_of(rollout, name, places) for name in names)), default=0)


async def _of(rollout: Rollout, pod: str, places: Places) -> int:
    async with forwarded(rollout, always(pod), METRICS_PORT, places) as socket:
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(str(socket)), timeout=_TIMEOUT
                ) as session,
                session.get("http://pod/metrics") as reply,
            ):
                return told(await reply.content.read(_REPLY_BYTES))
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            return 0


def told(metrics: bytes) -> int:
    """What metrics in Prometheus' format say of it; 0 where they do not."""
    match = _LINE.search(metrics)
    try:
        return int(float(match[1])) if match else 0
    except (ValueError, OverflowError):
        return 0
