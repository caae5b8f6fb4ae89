"""An ordinary user of this machine, with ranges of subordinate ids, to try as what is rootless."""

from __future__ import annotations

import fcntl
import getpass
import itertools
import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_NUMBERS = itertools.count(1)
_LOCK = Path(tempfile.gettempdir()) / f"modelship-tests-{os.getuid()}.users"


@dataclass(frozen=True)
class User:
    name: str
    uid: int
    gid: int
    home: Path
    """Theirs, on local disk, mode 0700."""
    runtime: Path
    """Their XDG_RUNTIME_DIR."""

    @property
    def environment(self) -> dict[str, str]:
        """What a login would give them, and no more."""
        return {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "LOGNAME": self.name,
            "PATH": os.environ["PATH"],
            "TMPDIR": str(self.home / "tmp"),
            "USER": self.name,
            "XDG_RUNTIME_DIR": str(self.runtime),
        }

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        timeout: float = 120.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as them, in their home; the exit code is the caller's to judge."""
        return subprocess.run(
            [str(word) for word in argv],
            cwd=self.home,
            env={**self.environment, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            umask=0o022,
            user=self.uid if os.geteuid() == 0 else None,
            group=self.gid if os.geteuid() == 0 else None,
            extra_groups=() if os.geteuid() == 0 else None,
        )

    def own(self, folder: Path) -> None:
        """Give them a folder, and all that is in it."""
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


@contextmanager
def ordinary_user() -> Iterator[User]:
    """Ourselves; where we are root, a new user, who is gone again after the block."""
    if os.geteuid() != 0:
        runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.mkdtemp())
        home = Path(tempfile.mkdtemp())
        (home / "tmp").mkdir()
        yield User(getpass.getuser(), os.getuid(), os.getgid(), home, runtime)
        return
    name = f"modelship-t{os.getpid()}-{next(_NUMBERS)}"
    _change("useradd", "--create-home", "--shell", "/bin/sh", name)
    try:
        yield _at_home(name)
    finally:
        _end_all(pwd.getpwnam(name).pw_uid)
        _change("userdel", "--remove", "--force", name)


def _at_home(name: str) -> User:
    found = pwd.getpwnam(name)
    home = Path(found.pw_dir)
    home.chmod(0o700)
    for folder in (home / "tmp", home / "run"):
        folder.mkdir(mode=0o700)
        os.chown(folder, found.pw_uid, found.pw_gid)
    return User(name, found.pw_uid, found.pw_gid, home, home / "run")


def _change(*argv: str) -> None:
    """One at a time: the tools give up where another has the password file."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stderr}"


def _end_all(uid: int) -> None:
    """Whatever still runs as the user that we have made is ours."""
    theirs = [one for one in psutil.process_iter(["uids"]) if _runs_as(one, uid)]
    for process in theirs:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(theirs, 10)


def _runs_as(process: psutil.Process, uid: int) -> bool:
    uids = process.info["uids"]
    return uids is not None and uids.real == uid
