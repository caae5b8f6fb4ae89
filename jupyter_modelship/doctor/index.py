"""Whether the package index answers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.doctor import Answer
from jupyter_modelship.environment.indexes import inherited
from jupyter_modelship.environment.uv import call, find_uv, judge
from jupyter_modelship.places import Places

_ASKED = "packaging"
"""A package that every index of Python packages has."""


async def index(_: Places) -> list[Answer]:
    """Asks for one package, past uv's cache, with the user's own index settings."""
    indexes = inherited(process.index_environment())
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.in"
        wanted.write_text(f"{_ASKED}\n", encoding="utf-8")
        argv = [find_uv(), "pip", "compile", "--no-cache", "--no-header", "--quiet", str(wanted)]
        done = await call(argv, cwd=Path(folder), indexes=indexes)
    if done.code == 0:
        return [Answer("index", "ok", "the package index answers")]
    told = judge(done.errors).index
    if told is not None:
        return [Answer("index", "warn", f"{told.cause}: {told.evidence}", told.remedy)]
    last = next((line for line in reversed(done.errors.splitlines()) if line.strip()), "")
    return [
        Answer(
            "index",
            "warn",
            f"the package index does not answer: {last.strip()}",
            "check the network and UV_INDEX or pip.conf; locks made before go on working",
        )
    ]
