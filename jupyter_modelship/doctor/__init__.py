"""What this machine can do: one small file a check. Reads and tries; changes nothing."""

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


def checks() -> tuple[Check, ...]:
    """Every check, in the order in which people read the answers."""
    from . import disk, index, kernels, machine, services, tools

    return (
        machine.machine,
        tools.tools,
        disk.disk,
        kernels.kernels,
        index.index,
        services.services,
    )


async def examine(places: Places) -> tuple[Answer, ...]:
    """The answers of all checks; one that breaks is an answer too."""
    found = await asyncio.gather(*(_answers(check, places) for check in checks()))
    return tuple(answer for answers in found for answer in answers)


async def _answers(check: Check, places: Places) -> list[Answer]:
    name = sys.modules[check.__module__].__name__.rpartition(".")[2]
    try:
        return await check(places)
    except ModelshipError as error:
        return [Answer(name, "fail", error.message, error.remedy)]
