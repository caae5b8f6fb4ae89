"""The operating system and the Python that the tool runs on."""

from __future__ import annotations

import platform
import sys

from jupyter_modelship import __version__
from jupyter_modelship.doctor import Answer
from jupyter_modelship.places import Places


async def machine(_: Places) -> list[Answer]:
    """Linux in full, macOS with the local target, Windows through WSL 2."""
    python = platform.python_version()
    said = f"{platform.system()} {platform.release()} on {platform.machine()}"
    known = sys.platform in ("linux", "darwin")
    return [
        Answer("modelship", "ok", f"{__version__} on Python {python}"),
        Answer(
            "system",
            "ok" if known else "fail",
            said,
            "" if known else "on Windows, use it inside WSL 2",
        ),
    ]
