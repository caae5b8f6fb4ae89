"""Where things live: platformdirs' state, cache and runtime folders, or all in MODELSHIP_HOME."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .errors import ModelshipError

HOME_VARIABLE = "MODELSHIP_HOME"
_SOCKET_LIMIT = 100
"""sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included."""


_SHORT = Path("/tmp")  # noqa: S108 - `private` refuses a folder there that is somebody else's


@dataclass(frozen=True, slots=True)
class Places:
    """Three folders of mode 0700: `state` (journal, services, logs), `cache` (environments,
    rehearsals: may be deleted at any time), `runtime` (sockets)."""

    state: Path
    cache: Path
    runtime: Path

    def socket(self, name: str, *, limit: int = _SOCKET_LIMIT) -> Path:
        """A path for a Unix socket, short enough for sun_path wherever `runtime` lies, or for
        what else allows `limit` bytes."""
        path = self.runtime / name
        if len(os.fsencode(path)) <= limit:
            return path
        digest = hashlib.sha256(os.fsencode(self.runtime)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"modelship-{os.getuid()}-{digest}"
        if len(os.fsencode(folder / name)) > limit:  # TMPDIR itself is long
            folder = _SHORT / folder.name
        return private(folder) / name


def private(folder: Path) -> Path:
    """Make `folder` with mode 0700; refuse one that belongs to somebody else or is a link.

    Raises ModelshipError, also where it cannot be made.
    """
    try:
        with contextlib.suppress(FileExistsError):  # what is there is looked at below
            folder.mkdir(mode=0o700, parents=True)
        facts = folder.lstat()
    except OSError as error:
        raise ModelshipError(
            f"{folder} cannot be made: {error.strerror}",
            remedy=f"set {HOME_VARIABLE} to a folder that you can write to",
        ) from error
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise ModelshipError(
            f"{folder} is not a folder of yours",
            remedy=f"remove it, or set {HOME_VARIABLE} to a folder that is",
        )
    if stat.S_IMODE(facts.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def places() -> Places:
    """The places of this user, made where they are missing."""
    home = os.environ.get(HOME_VARIABLE)
    if home:
        root = Path(home).expanduser().absolute()
        found = Places(root / "state", root / "cache", root / "run")
        private(root)
    else:
        import platformdirs  # only here: MODELSHIP_HOME needs none of it

        state = Path(platformdirs.user_state_dir("modelship"))
        # Without a session's folder platformdirs would take one in /tmp, which is swept at times.
        session = os.environ.get("XDG_RUNTIME_DIR", "").strip()
        found = Places(
            state,
            Path(platformdirs.user_cache_dir("modelship")),
            Path(platformdirs.user_runtime_dir("modelship")) if session else state / "run",
        )
    for folder in (found.state, found.cache, found.runtime):
        private(folder)
    return found
