"""The node's own namespaces: one first process holds them, and takes all else with it.

`unshare` makes them; `catatonit -P` is the first process of the process namespace and does nothing
but bury the dead. When it is killed, the kernel kills everybody in that namespace (pid_namespaces
(7)), and with the last of them mounts, interfaces and packet rules are gone.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from .place import Place

KINDS = ("net", "mount", "pid")
DETACHED = ("setsid", "--fork")
"""Puts a program into a session of its own, and lets go of it."""
START_SECONDS = 10.0
END_SECONDS = 20.0
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Node:
    """Namespaces that are there."""

    pid: int
    """Of the first process, as this machine counts."""

    def inside(self, argv: Sequence[str | Path], *, network: bool = True) -> list[str]:
        """The command, to be run in the namespaces; without `network`, in ours."""
        kinds = [f"--{kind}" for kind in KINDS if network or kind != "net"]
        return ["nsenter", f"--target={self.pid}", *kinds, "--", *map(str, argv)]

    def run(self, *argv: str | Path) -> str:
        """What the command says; AssertionError where it fails."""
        done = subprocess.run(
            self.inside(argv), capture_output=True, text=True, check=False, env=_environment()
        )
        assert done.returncode == 0, f"{argv} failed: {done.stderr}{done.stdout}"
        return done.stdout

    def start(
        self,
        argv: Sequence[str | Path],
        log: Path,
        *,
        network: bool = True,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Start a program that outlives us, a child of the first process."""
        with log.open("ab") as output:
            subprocess.run(
                self.inside([*DETACHED, *argv], network=network),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**_environment(), **(more or {})},
                check=True,
            )

    def processes(self) -> Iterator[psutil.Process]:
        """Everybody in the process namespace but the dead."""
        for one in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                same = _namespace(one.pid) == _namespace(self.pid)
                if same and one.status() != psutil.STATUS_ZOMBIE:
                    yield one

    def end(self) -> None:
        """Kill the first process; return when it is buried, and so everybody else."""
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.pid)
            try:
                os.kill(self.pid, signal.SIGKILL)
                gone = select.select([descriptor], [], [], END_SECONDS)[0]
            finally:
                os.close(descriptor)
            assert gone, f"process {self.pid} does not end"


def _environment() -> dict[str, str]:
    """Nothing of ours: a proxy or a setting of a client would change what the node does."""
    return {"PATH": _PATH, "HOME": "/root", "LANG": "C.UTF-8"}


def _namespace(pid: int) -> Path:
    return Path(f"/proc/{pid}/ns/pid").readlink()


def begin(place: Place) -> Node:
    """Make the namespaces. The first process is known by its program's place, so that it is found
    again whoever was killed meanwhile."""
    shutil.copy(_program(), place.first)
    kinds = [f"--{kind}" for kind in KINDS]
    holder = subprocess.Popen(
        ["unshare", *kinds, "--fork", "--mount-proc", "--propagation=slave", "--", *_first(place)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        cwd="/",
        start_new_session=True,
    )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and holder.poll() is None:
        made = found(place)  # all is mounted once unshare's child is that program
        if made is not None:
            return made
        time.sleep(0.01)  # nothing tells
    holder.kill()
    raise AssertionError(f"no namespaces: unshare ended with {holder.wait()}")


def _program() -> str:
    program = shutil.which("catatonit")
    assert program is not None, "catatonit is not installed"
    return program


def _first(place: Place) -> list[str]:
    return [str(place.first), "-P"]


def found(place: Place) -> Node | None:
    """The node of that place, where there is one."""
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            if one.cmdline() == _first(place):
                return Node(one.pid)
    return None
