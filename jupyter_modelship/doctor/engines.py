"""Which engines make images here, and why the others do not."""

from __future__ import annotations

import asyncio

from jupyter_modelship.doctor import Answer
from jupyter_modelship.engines.choosing import engines as all_engines
from jupyter_modelship.engines.port import Engine
from jupyter_modelship.places import Places, private
from jupyter_modelship.runs.ground import CACHE


async def engines(places: Places) -> list[Answer]:
    """Every engine's own trial: one that works is enough."""
    found = all_engines(private(places.cache / CACHE))
    return list(await asyncio.gather(*(_answer(engine) for engine in found.values())))


async def _answer(engine: Engine) -> Answer:
    probe = await engine.probe()
    name = f"engine {engine.name}"
    if probe.works:
        return Answer(name, "ok", probe.how)
    return Answer(name, "warn", probe.reason, probe.remedy or "choose another engine")
