"""Runs a program as an ordinary user, with our Python and this checkout within their reach.

Where the tests run as root these may lie in folders of root's that nobody else can enter. In a
mount namespace of its own the program sees, in place of each such folder, an empty one with just
what it needs in it. As a program: `ordinary.py UID GID COMMAND…`, inside of `unshare --mount`.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def prefix(uid: int, gid: int) -> tuple[str, ...]:
    """What to put before a command to run it as that user; nothing where we are no root."""
    if os.geteuid() != 0:
        return ()
    unshare = ("unshare", "--mount", "--propagation", "private")
    return (*unshare, sys.executable, __file__, str(uid), str(gid))


def index() -> dict[str, str]:
    """How the package index is reached here: what another user needs of our environment."""
    prefixes = ("SSL_CERT_", "UV_", "PIP_", "HTTP", "NO_PROXY", "http", "no_proxy")
    ours = ("UV_CACHE_DIR", "PIP_CACHE_DIR")
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(prefixes) and name not in ours
    }


def closed(path: Path) -> Path | None:
    """The topmost folder on the way to `path` that not everybody can enter."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def _needed() -> Iterator[tuple[Path, Path]]:
    """What a test stands on, with the closed folder on the way to it."""
    for path in {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT}:
        folder = closed(path)
        if folder is not None:
            yield path, folder


def _mount(*words: str | Path) -> None:
    subprocess.run(["mount", *map(str, words)], check=True)


def open_up() -> None:
    """Only in a mount namespace of our own."""
    needed = list(_needed())
    aside = {path: Path(tempfile.mkdtemp()) for path, _ in needed}
    for path, place in aside.items():
        _mount("--bind", path, place)
    for folder in {folder for _, folder in needed}:
        _mount("-t", "tmpfs", "-o", "mode=755", "none", folder)
    for path, place in aside.items():
        path.mkdir(parents=True, exist_ok=True)
        _mount("--move", place, path)
        place.rmdir()


def main(uid: str, gid: str, *command: str) -> None:
    open_up()
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))
    os.umask(0o022)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
