"""Clears away what containers leave: those that nobody keeps, images that no revision needs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.targets.keeping.child import Children

from . import images, podman
from .command import LABEL
from .podman import Podman

TIDY_SECONDS = 60.0
TRIES = 4
TRY_SECONDS = 10.0
"""A revision that finishes its requests has its image in use for as long."""


class Tidy:
    """Runs podman for this alone, in the background, as children of the keeper."""

    def __init__(self, how: Podman, children: Children) -> None:
        self._podman = how
        self._children = children
        self._working: set[asyncio.Task[None]] = set()

    async def after_a_crash(self) -> None:
        """Remove the containers of a keeper that was killed: they may hold ports of services."""
        podman.after_a_boot(self._podman)
        await self._run("rm", "--force", "--time", "0", "--filter", f"label={LABEL}")

    def container(self, name: str, code: int) -> None:
        """A container's podman has ended. One that ended by itself has removed it."""
        if code < 0:
            self.later(self._run("rm", "--force", "--time", "0", "--ignore", name))

    async def images(self, gone: Iterable[str]) -> None:
        """Remove images, waiting for containers that are about to end."""
        for name in gone:
            for _ in range(TRIES):
                if await self._run(*images.removal(name)) == 0:
                    images.forget(self._podman, name)
                    break
                await asyncio.sleep(TRY_SECONDS)

    def later(self, work: Coroutine[None, None, object]) -> None:
        task = asyncio.get_running_loop().create_task(_done(work))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def close(self) -> None:
        """See what was begun done, and end the process that holds podman's user namespace."""
        if self._working:
            await asyncio.wait(set(self._working), timeout=TIDY_SECONDS)
        _end_pause(self._podman.run / "t" / "pause.pid")

    async def _run(self, *words: str) -> int:
        """The exit code of podman; what it says goes to the keeper's log."""
        started = process.start(
            self._podman.argv(*words),
            output=sys.stderr.fileno(),
            cwd=self._podman.root,
            env=podman.environment(),
        )
        ended = self._children.add(started)
        await asyncio.wait({ended}, timeout=TIDY_SECONDS)
        if not ended.done():
            process.signal_group(started.pid, signal.SIGKILL)
        return await ended


async def _done(work: Coroutine[None, None, object]) -> None:
    await work


def _end_pause(file: Path) -> None:
    """podman leaves it for commands to come; nobody but us uses this one."""
    with suppress(OSError, ValueError):
        pid = int(file.read_text())
        if b"podman" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
        file.unlink()
