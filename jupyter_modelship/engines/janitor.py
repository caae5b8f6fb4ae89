"""What jobs left that were killed: found by locks that nobody holds any more, and deleted.

Their processes and mounts are gone already: they were in namespaces that went with them.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_modelship import aside

from . import scratch
from .buildah import floors


def clear(jobs: Path, cache: Path) -> tuple[str, ...]:
    """Delete it, also while other jobs run; the names of what is gone.

    `jobs` has the scratch folders, `cache` is the jobs' cache. For each start, and for the doctor.
    """
    half = floors.folder(cache)
    before = {path.name for path in half.glob("*.part")}
    aside.sweep(half)
    left = {path.name for path in half.glob("*.part")}
    return (*scratch.sweep(jobs), *sorted(before - left))
