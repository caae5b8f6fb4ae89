"""Which data files the cells open for reading: recorded by an audit hook (PEP 578).

Seen: everything that goes through Python's own `open`. Not seen: libraries that open files in C
(pyarrow, HDF5), databases, the network.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import site
import stat
import sys
from pathlib import Path
from typing import Any

_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr/share")


class Reads:
    """Files read while `active`: path -> (size, mtime in ns) when it was first opened."""

    def __init__(self, excluded: tuple[str, ...]) -> None:
        self.active = False
        self.found: dict[str, tuple[int, int]] = {}
        self._written: set[str] = set()
        self._excluded = tuple(_folder(path) for path in (*_interpreter(), *_SYSTEM, *excluded))

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """The audit hook; never raises, because what it raises would hit the user's code."""
        if event == "open" and self.active:
            with contextlib.suppress(Exception):  # what we cannot name we do not record
                self._opened(*arguments[:3])

    def _opened(self, path: Any, mode: Any, flags: int) -> None:
        if isinstance(path, int):
            return
        name = _absolute(os.fsdecode(path))
        if name.endswith(".pyc"):
            name = importlib.util.source_from_cache(name)
        if name in self.found or name in self._written or name.startswith(self._excluded):
            return
        if not _reads(mode, flags):
            self._written.add(name)
            return
        facts = Path(name).stat()
        if stat.S_ISREG(facts.st_mode):
            self.found[name] = (facts.st_size, facts.st_mtime_ns)

    def listing(self) -> list[list[Any]]:
        """`[path, size, mtime in ns]` of every file, by path."""
        return [[path, size, moment] for path, (size, moment) in sorted(self.found.items())]


def _reads(mode: Any, flags: int) -> bool:
    """Whether the content that was there before is read."""
    if isinstance(mode, str):
        return "r" in mode or mode.startswith("a+")
    if flags & os.O_TRUNC:
        return False
    return flags & (os.O_WRONLY | os.O_RDWR) != os.O_WRONLY


def _interpreter() -> tuple[str, ...]:
    places = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    places.add(str(Path(os.__file__).parent))
    places.update(getattr(site, "PREFIXES", []))
    user = site.getusersitepackages() if site.ENABLE_USER_SITE else ""
    return tuple(place for place in (*places, user) if place and place != "/")


def _folder(path: str) -> str:
    return _absolute(path) + os.sep


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - links must stay: a name is what was opened
