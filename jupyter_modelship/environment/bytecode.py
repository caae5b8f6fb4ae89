"""Byte code for a folder of modules that will lie somewhere else: what decides start times."""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.errors import StageFailed

PARTS = 4
"""Processes at once. A constant: another number would give other bytes. As many as a small machine
has cores; two cores lose 0.07 s of 4 s of processor by it (packages of scikit-learn and pandas)."""


async def write_bytecode(folder: Path, prefix: str, *, python: str) -> None:
    """Compile what lies in `folder` by the interpreter `python`, as if it lay in `prefix`.

    The same files give the same bytes, whoever compiles them where and when, with the same
    version of Python. Raises StageFailed when the interpreter cannot do it.
    """
    parts = [[python, "-s", "-S", "-c", _source(), str(folder), prefix, str(part), str(PARTS)]
             for part in range(PARTS)]  # fmt: skip
    env = _environment()
    for done in await asyncio.gather(*(process.run(a, cwd=folder, env=env) for a in parts)):
        if done.code != 0:
            raise StageFailed(
                f"{python} cannot compile the packages",
                remedy="check that this interpreter still works, and that the disk has room",
                detail=done.errors,
            )


@functools.cache
def _source() -> str:
    return Path(__file__).with_name("inside_bytecode.py").read_text("utf-8")


def _environment() -> dict[str, str]:
    """One state of the interpreter for everybody: what it shares shows in the byte code."""
    kept = {k: v for k, v in process.environment().items() if not k.startswith("PYTHON")}
    return {**kept, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "LC_ALL": "C"}
