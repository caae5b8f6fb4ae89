"""Where one job works: a folder that is gone after it, whatever happened to its maker."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jupyter_modelship.aside import remove

_FORM = ".job"


@contextlib.contextmanager
def scratch(root: Path, job: str) -> Iterator[Path]:
    """An empty folder in `root`, mode 0700, ours for as long as the block runs.

    `job` is safe in a path. Who is killed leaves the folder behind, and not the lock on it: `sweep`
    finds it by that.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder, descriptor = _new(root, job)
    try:
        yield folder
    finally:
        remove(folder)
        os.close(descriptor)


def sweep(root: Path) -> tuple[str, ...]:
    """Delete the folders of jobs that are gone; their names."""
    gone = []
    for folder in sorted(root.glob(f"*{_FORM}")):
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(folder)
                gone.append(folder.name)
            finally:
                os.close(descriptor)
    return tuple(gone)


def _new(root: Path, job: str) -> tuple[Path, int]:
    """A locked folder; one that a sweep took between its making and its lock is made again."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{job}.", suffix=_FORM, dir=root))
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if folder.exists():
            return folder, descriptor
        os.close(descriptor)
