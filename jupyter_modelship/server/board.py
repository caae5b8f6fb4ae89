"""The services as they stand, looked at once for all windows while any of them looks."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.desk.followed import Followed
from jupyter_modelship.desk.meter import Meter
from jupyter_modelship.desk.metrics import Metrics
from jupyter_modelship.desk.polling import Shared
from jupyter_modelship.desk.remembering import Remembered
from jupyter_modelship.desk.standing import Standing, standing, standings
from jupyter_modelship.desk.telling import metrics_data, services_data
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.places import Places
from jupyter_modelship.targets.port import Target

from .session import Frame

PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All services, as JSON, and the metrics of those that have any."""

    text: str
    metrics: Mapping[str, Metrics]
    names: frozenset[str]


class Board:
    """For one event loop. `root` gives the folder that the contents API shows, if it shows one."""

    def __init__(
        self, places: Places, *, followed: Followed, root: Callable[[], Path | None]
    ) -> None:
        self._places = places
        self._followed = followed
        self._root = root
        self._meter = Meter(places)
        self._remembered = Remembered()
        # Counted from a number that no earlier server can have come to.
        first = int(time.time() * 1000)
        self._shared = Shared(self._look, pause=PAUSE_SECONDS, first=first)

    async def services(self) -> AsyncGenerator[Frame, None]:
        """A frame with all services, as they are now and whenever they have changed."""
        text = ""
        async with aclosing(self._shared.follow()) as snapshots:
            async for seq, snapshot in snapshots:
                if snapshot.text != text:
                    text = snapshot.text
                    yield Frame(seq, text)

    async def metrics(self, service: str) -> AsyncGenerator[Frame, None]:
        """A frame with the metrics of a service, whenever there are newer ones, until it is
        deleted. Raises NothingThere."""
        told: Metrics | None = None
        known = False
        async with aclosing(self._shared.follow()) as snapshots:
            async for seq, snapshot in snapshots:
                if service not in snapshot.names:
                    if known:
                        return
                    raise NothingThere(f"there is no service {service!r}")
                known = True
                now = snapshot.metrics.get(service)
                if now is not None and now != told:
                    told = now
                    yield Frame(seq, json.dumps(metrics_data(now)))

    async def all(self) -> str:
        """All services as JSON text, looked at now."""
        return (await self._look()).text

    async def one(self, service: str) -> dict[str, object]:
        """One service, looked at now. Raises NothingThere."""
        return await asyncio.to_thread(self._one, service, self._metrics([service]))

    async def close(self) -> None:
        await self._shared.close()
        await self._meter.close()

    async def _look(self) -> Snapshot:
        # Decoding what a target tells of a thousand services takes its time: not on the loop.
        targets = await self._followed.targets()
        found = await asyncio.to_thread(_standings, targets, self._places, self._remembered)
        self._meter.attend(
            (each.seen for each in found if each.seen is not None),
            silent={each.service for each in found if each.silent is not None},
        )
        names = frozenset(each.service for each in found)
        metrics = self._metrics(names)
        text = await asyncio.to_thread(self._text, found, metrics)
        return Snapshot(text, metrics, names)

    def _metrics(self, names: frozenset[str] | list[str]) -> dict[str, Metrics]:
        known = ((name, self._meter.of(name)) for name in names)
        return {name: metrics for name, metrics in known if metrics is not None}

    def _text(self, found: tuple[Standing, ...], metrics: dict[str, Metrics]) -> str:
        data = services_data(found, places=self._places, root=self._root(), metrics=metrics)
        return json.dumps(data, allow_nan=False)

    def _one(self, service: str, metrics: dict[str, Metrics]) -> dict[str, object]:
        found = asyncio.run(standing(service, self._places))
        (data,) = services_data([found], places=self._places, root=self._root(), metrics=metrics)
        return data


def _standings(
    targets: Mapping[str, Target], places: Places, remembered: Remembered
) -> tuple[Standing, ...]:
    return asyncio.run(standings(targets, places, remembered))
