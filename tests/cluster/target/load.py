"""Requests that go on while something happens, and what became of those that were lost."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .asking import Pace, clock

__all__ = ["Load", "clock", "report"]

ROOT = Path(__file__).parents[3]
MOST = 40
"""Losses that are told one by one."""


@dataclass
class Load:
    """Clients that ask at a steady pace: half over connections that are kept, half over new ones;
    two of them for what takes 5 s. They begin with the service's first answer."""

    address: str
    """`host:port`."""
    rate: float
    """Requests a second, all together."""
    answers: Mapping[str, int] = field(default_factory=dict)
    """By endpoint; known at the end, as is the pace."""
    pace: Pace = field(default_factory=lambda: Pace(0, 0.0, 0.0))
    losses: list[str] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _reading: asyncio.Task[None] | None = None
    _begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Load:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.cluster.target.asking", self.address, str(self.rate)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read())
        await asyncio.wait_for(self._begun.wait(), 60)
        return self

    async def __aexit__(self, *_: object) -> None:
        process, reading = self._process, self._reading
        assert process is not None
        assert process.stdin is not None
        assert reading is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(reading, 60)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    @property
    def answered(self) -> int:
        return sum(self.answers.values())

    def tell(self, phase: str) -> None:
        """What goes on from now on: named with what is lost meanwhile."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{phase}\n".encode())

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "first" in told:
                self._begun.set()
            if "lost" in told:
                self.losses.append(told["lost"])
            if "sum" in told:
                self.answers = told["sum"]["answers"]
                self.pace = Pace(**told["sum"]["pace"])


def report(load: Load, happened: Sequence[str]) -> str:
    """For an assertion: what was lost, and what the cluster did meanwhile."""
    lost = [f"{len(load.losses)} lost, {load.answered} answered", *load.losses[:MOST]]
    if len(load.losses) > MOST:
        lost.append(f"and {len(load.losses) - MOST} more, the last: {load.losses[-1]}")
    return "\n".join([*lost, "the cluster meanwhile:", *happened])
