"""Run a piece of a test as another user: in a fork, since their Python may not see our files."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Actor:
    """A process that runs as somebody else; its result comes through a pipe."""

    pid: int
    descriptor: int

    def result(self) -> Any:
        """What the function returned, or its exception; EOFError where it was killed."""
        with os.fdopen(self.descriptor, "rb") as pipe:
            try:
                good, value = pickle.load(pipe)
            finally:
                os.waitpid(self.pid, 0)
        if good:
            return value
        raise value

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        os.kill(self.pid, number)

    def wait(self) -> None:
        """Wait for its end without asking for a result."""
        os.close(self.descriptor)
        os.waitpid(self.pid, 0)


def start(function: Callable[[], T], *, uid: int, gid: int, environ: dict[str, str]) -> Actor:
    """Begin `function` as that user, in a session of its own; all it imports must be loaded.

    Where we are not root, it runs as ourselves.
    """
    readable, writable = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        os.close(writable)
        return Actor(pid, readable)
    code = 1
    try:
        os.close(readable)
        os.setsid()
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
        os.umask(0o022)
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(environ["HOME"])
        _tell(writable, function)
        code = 0
    finally:
        os._exit(code)


def _tell(writable: int, function: Callable[[], object]) -> None:
    try:
        told = pickle.dumps((True, function()))
    except BaseException as error:
        traceback.print_exc()
        print(getattr(error, "detail", ""), file=sys.stderr)
        told = pickle.dumps((False, _portable(error)))
    with os.fdopen(writable, "wb") as pipe:
        pipe.write(told)


def _portable(error: BaseException) -> BaseException:
    """The exception itself, where it passes through a pipe with all it says."""
    try:
        if vars(pickle.loads(pickle.dumps(error))) == vars(error):
            return error
    except Exception:
        pass
    return AssertionError("".join(traceback.format_exception(error)))


def act(function: Callable[[], T], *, uid: int, gid: int, environ: dict[str, str]) -> T:
    """What `function` returns when that user runs it."""
    found: T = start(function, uid=uid, gid=gid, environ=environ).result()
    return found
