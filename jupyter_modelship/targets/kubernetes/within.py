"""Waiting for so long, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


async def within(waited: Awaitable[Result], seconds: float) -> Result:
    """What it comes to. Raises asyncio.TimeoutError after so long; it is cancelled then.

    A cancellation always ends it, also one in the moment in which the result comes: before Python
    3.12 asyncio.wait_for returns the result then, and who waits in a loop goes on for ever
    (https://github.com/python/cpython/issues/86296).
    """
    task = asyncio.ensure_future(waited)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        raise asyncio.TimeoutError
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
