"""A look at the free bytes while a build runs: it ends before the disk is full for everybody."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import TypeVar

from jupyter_modelship.errors import StageFailed

RESERVE = 256 << 20
"""Bytes that a build leaves to others on the disk."""
LOOK_SECONDS = 0.5
T = TypeVar("T")


async def guarded(work: Awaitable[T], folders: Sequence[Path], *, reserve: int = RESERVE) -> T:
    """The result of `work`, which is cancelled when a disk of `folders` has less than `reserve`
    bytes left. Raises StageFailed then, with the folder and what to do; 0 looks at nothing."""
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(_short(folders, reserve))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise watch.result()
    finally:
        for one in (task, watch):
            one.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await one


async def _short(folders: Sequence[Path], reserve: int) -> StageFailed:
    """Comes back when there is too little."""
    while True:
        for folder in folders:
            free = free_bytes(folder)
            if free < reserve:
                return StageFailed(
                    f"the disk of {folder} is nearly full: {free >> 20} MiB are left",
                    remedy="free some space (`jupyter modelship prune` removes what is cached), "
                    "or set MODELSHIP_HOME to a folder on another disk, then run it again",
                )
        await asyncio.sleep(LOOK_SECONDS)


def free_bytes(folder: Path) -> int:
    """What an ordinary user may still write on the folder's disk."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
