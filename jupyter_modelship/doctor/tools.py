"""The programs that the line calls."""

from __future__ import annotations

from jupyter_modelship import process
from jupyter_modelship.doctor import Answer
from jupyter_modelship.environment.uv import find_uv
from jupyter_modelship.places import Places


async def tools(_: Places) -> list[Answer]:
    """uv is there and starts."""
    done = await process.run([find_uv(), "--version"], timeout=20)
    if done.code != 0:
        return [Answer("uv", "fail", done.errors.strip(), "python -m pip install --upgrade uv")]
    return [Answer("uv", "ok", done.output.strip().removeprefix("uv "))]
