"""Folders that are whole or not there: made aside under a file lock, then renamed into place."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

_PART = ".part"
_LOCK = ".lock"
_TURN_SECONDS = 0.05


@contextlib.asynccontextmanager
async def turn(home: Path) -> AsyncIterator[None]:
    """Be the only one who makes `home`, among all processes; waiting can be cancelled."""
    descriptor = _open(home.name, home.parent)
    try:
        while not _locked(descriptor):
            await asyncio.sleep(_TURN_SECONDS)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def part(home: Path) -> Iterator[Path]:
    """A name beside `home`, for who has the turn: what is not renamed at the end is removed."""
    aside = home.with_name(f"{home.name}.{secrets.token_hex(4)}{_PART}")
    try:
        yield aside
    finally:
        remove(aside)


def sweep(root: Path) -> None:
    """Remove what makers that are gone left half-made: nobody holds the lock of those."""
    for aside in root.glob(f"*{_PART}"):
        descriptor = _open(aside.name.partition(".")[0], root)
        try:
            if _locked(descriptor):
                remove(aside)
        finally:
            os.close(descriptor)


def remove(folder: Path) -> None:
    """Delete a folder of ours with all that is in it, as far as that can be done.

    Folders that nobody may write to or look into are opened first: images hold some, and overlay
    file systems leave one of mode 0 behind.
    """
    for base, names, _ in os.walk(folder):
        for name in (".", *names):
            path = Path(base, name)
            with contextlib.suppress(OSError):
                mode = path.lstat().st_mode
                if stat.S_ISDIR(mode) and mode & stat.S_IRWXU != stat.S_IRWXU:
                    path.chmod(mode | stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


def _open(name: str, root: Path) -> int:
    """The lock of the folder `name`. The file stays: removing it would race."""
    return os.open(root / (name + _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
