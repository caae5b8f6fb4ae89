"""Whole processes, measured from outside: seconds on the clock, and seconds of processor."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import process


@dataclass(frozen=True)
class Took:
    """How long a process took. `cpu` is its own, user and system, with children it waited for."""

    seconds: float
    cpu: float
    output: str


def environment(**extra: str) -> dict[str, str]:
    """What a user's shell has: none of this checkout's settings, byte code as Python's default."""
    inherited = process.environment()
    dropped = ("JUPYTER_PATH", "MODELSHIP_HOME", "VIRTUAL_ENV", "FORCE_COLOR")
    return {k: v for k, v in inherited.items() if k not in dropped} | {"NO_COLOR": "1"} | extra


def run(argv: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path) -> Took:
    """Run a process to its end; RuntimeError with what it said where it failed."""
    words = [str(word) for word in argv]
    started = time.perf_counter()
    with subprocess.Popen(
        words, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if child.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {child.returncode}\n{output}")
    return Took(seconds, usage.ru_utime + usage.ru_stime, output)
