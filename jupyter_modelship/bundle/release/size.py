"""What a replica may take: what was asked for, else what the proof measured, else a guess."""

from __future__ import annotations

from typing import Any

from .wanted import Measured, Size

_MIB = 1 << 20
_STEP = 64 * _MIB
_LEAST = 256 * _MIB
_GUESS = 1024 * _MIB
_CPU_MILLI = 1000
_CPU_REQUEST_MILLI = 100
_ANY = Size()


def resources(size: Size, measured: Measured | None, most: Size = _ANY) -> dict[str, Any]:
    """Requests and limits of the container; `most` bounds what nobody asked for.

    Memory is requested as it is limited: a replica that got less would end when it needs it.
    """
    memory = f"{memory_limit(size, measured, most) // _MIB}Mi"
    milli = round(size.cpu * 1000)
    bound = round(most.cpu * 1000) or _CPU_MILLI
    return {
        "requests": {
            "cpu": f"{milli or min(_CPU_REQUEST_MILLI, bound)}m",
            "memory": memory,
            "ephemeral-storage": "64Mi",
        },
        "limits": {
            "cpu": f"{milli or min(_CPU_MILLI, bound)}m",
            "memory": memory,
            "ephemeral-storage": "1Gi",
        },
    }


def memory_limit(size: Size, measured: Measured | None, most: Size = _ANY) -> int:
    """Bytes, in whole MiB: as asked for; else twice what was measured, in steps of 64 MiB, and no
    more than `most`."""
    if size.memory:
        return -(-size.memory // _MIB) * _MIB
    wanted = _GUESS if measured is None else _with_head_room(measured)
    return min(wanted, most.memory // _MIB * _MIB) if most.memory else wanted


def _with_head_room(measured: Measured) -> int:
    return max(_LEAST, -(-2 * measured.memory // _STEP) * _STEP)
