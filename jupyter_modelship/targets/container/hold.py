"""Holding a container by the podman that stands for it: ending it, and what its end means."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.targets.keeping.child import exit_reason

from .tidy import Tidy

KILL_SECONDS = 5.0
"""For podman to tell of a container's end, before it is ended itself."""
_SIGNALLED = 128


class Hold:
    """Of one container. `end` and `reason` are for its Child."""

    def __init__(self, name: str, private: Path, tidy: Tidy) -> None:
        self.name = name
        self.private = private
        self.pid_file = private.with_name(f"{private.name}.pid")
        self._tidy = tidy
        self._last_resort: asyncio.TimerHandle | None = None

    def end(self, pid: int) -> None:
        """Kill the first process of the container, and with it, by the kernel, all the others.

        podman, whose process id is `pid`, then tells so; where it does not, or there is no such
        process yet, podman is killed and another one clears away behind it.
        """
        if self._last_resort is not None:
            return
        loop = asyncio.get_running_loop()
        wait = KILL_SECONDS if self._kill_first() else 0.0
        self._last_resort = loop.call_later(wait, process.signal_group, pid, signal.SIGKILL)

    def let_go(self, ended: asyncio.Future[int]) -> None:
        """podman has ended: for a `Future`'s callback."""
        if self._last_resort is not None:
            self._last_resort.cancel()
        for path in (self.private, self.pid_file):
            path.unlink(missing_ok=True)
        self._tidy.container(self.name, ended.result())

    def reason(self, code: int) -> str:
        """What podman's exit code means (podman-run(1), Exit Status)."""
        if code < 0:
            return f"podman, which ran it: {exit_reason(code)}"
        if code > _SIGNALLED:
            return exit_reason(_SIGNALLED - code)
        if code in (125, 126, 127):
            return f"podman could not start the container (exit code {code})"
        return exit_reason(code)

    def _kill_first(self) -> bool:
        with suppress(OSError, ValueError):
            os.kill(int(self.pid_file.read_text()), signal.SIGKILL)
            return True
        return False
