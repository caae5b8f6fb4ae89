"""A small disk, mounted by an ordinary user: in a user namespace, and gone with its process."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_CLONE_NEWNS, _CLONE_NEWUSER, _MS_REMOUNT = 0x00020000, 0x10000000, 0x20
_PR_SET_DUMPABLE = 4
_libc = ctypes.CDLL(None, use_errno=True)


def apart() -> None:
    """Put this process, which has one thread, into namespaces in which it may mount; it stays the
    same user, and what it starts has no rights there (user_namespaces(7))."""
    uid, gid = os.getuid(), os.getgid()
    _call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)  # who has changed its user may not write these
    _call("unshare", _CLONE_NEWUSER | _CLONE_NEWNS)
    Path("/proc/self/setgroups").write_text("deny", encoding="utf-8")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="utf-8")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="utf-8")


def mount(folder: Path, size: int, *, again: bool = False) -> None:
    """A disk of `size` MiB at `folder`, or the one that is there made so big."""
    flags = _MS_REMOUNT if again else 0
    options = f"size={size}m" + ("" if again else ",mode=700")
    _call("mount", b"small", os.fsencode(folder), b"tmpfs", flags, options.encode())


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
