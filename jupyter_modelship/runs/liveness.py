"""Whether anybody works on a run: a lock on a file that the worker holds for its whole life.

Not a pid: those come again, and mean nothing on another host. flock(2) and not lockf (POSIX
record locks), because a POSIX lock is lost as soon as *any* descriptor of the file is closed in
the holder's process, asking from within that process always answers "free", and it cannot be
handed to a child; a flock belongs to the open file, so the one who starts a worker takes the lock
and the worker inherits it: there is no moment in which a started run has no owner. On NFS Linux
turns flock into a lock at the server (since 2.6.12), for which the file must be open for writing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import HOME_VARIABLE, Places, private

_PATIENCE_SECONDS = 0.5
"""Somebody who asks `alive` holds the lock for an instant: that long is it tried again."""


def folder(places: Places) -> Path:
    """Where locks and workers' logs are: one pair of files per run."""
    return private(places.state / "runs")


def alive(places: Places, run: str) -> bool:
    """Whether a process holds the run's lock. Changes nothing, also on disk."""
    try:
        descriptor = os.open(_path(places, run), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def hold(places: Places, run: str) -> Iterator[int | None]:
    """Hold the run's lock within the block: its descriptor, or None when somebody else has it.

    A child that inherits the descriptor goes on holding the lock after the block.
    """
    folder(places)
    descriptor = os.open(_path(places, run), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor if _insist(descriptor) else None
    finally:
        os.close(descriptor)


def _path(places: Places, run: str) -> Path:
    return places.state / "runs" / f"{run}.lock"


def _insist(descriptor: int) -> bool:
    """Take the lock; give up at once for an owner, after a while for those who only ask."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _try(descriptor, fcntl.LOCK_EX):
        if not _try(descriptor, fcntl.LOCK_SH) or time.monotonic() > deadline:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        time.sleep(random.uniform(0.001, 0.01))  # noqa: S311 - only so that two do not keep step
    return True


def _try(descriptor: int, mode: int) -> bool:
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            raise ModelshipError(
                f"the file system of the state folder has no locks: {error.strerror}",
                remedy=f"set {HOME_VARIABLE} to a folder on a local disk",
            ) from error
        raise
    return True
