"""What this machine can do: one small file a check. It tries, and clears what is left over."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check found. `remedy` is there whenever `state` is not ok."""

    name: str
    state: State
    said: str
    remedy: str = ""


Check = Callable[[Places], Awaitable[list[Answer]]]


def checks(*, build: bool = False, policies: bool = False) -> tuple[Check, ...]:
    """Every check, in the order in which people read the answers. `build`: a tiny image too;
    `policies`: two pods of a cluster too, to see whether it enforces network policies."""
    from . import (
        builds,
        cluster,
        containers,
        disk,
        engines,
        images,
        index,
        kernels,
        machine,
        network,
        registry,
        services,
        tools,
    )

    return (
        machine.machine,
        tools.tools,
        disk.disk,
        kernels.kernels,
        index.index,
        engines.engines,
        containers.containers,
        registry.registry,
        cluster.cluster,
        builds.builds,
        *((images.images,) if build else ()),
        *((network.network,) if policies else ()),
        services.services,
    )


async def examine(
    places: Places, *, build: bool = False, policies: bool = False
) -> tuple[Answer, ...]:
    """The answers of all checks; one that breaks is an answer too."""
    wanted = checks(build=build, policies=policies)
    found = await asyncio.gather(*(_answers(check, places) for check in wanted))
    return tuple(answer for answers in found for answer in answers)


async def _answers(check: Check, places: Places) -> list[Answer]:
    name = sys.modules[check.__module__].__name__.rpartition(".")[2]
    try:
        return await check(places)
    except ModelshipError as error:
        return [Answer(name, "fail", error.message, error.remedy)]
