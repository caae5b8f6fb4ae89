"""The one place that starts child processes: argument lists, no shell, own process group.

A child that is waited for dies with its group when the wait is cancelled or times out, and (on
Linux) when this process dies. A detached child outlives us by intent.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import ModelshipError

GRACE_SECONDS = 5.0
_NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")
"""Byte code decides start times; the other three would let this process's Python into theirs."""
_OF_THE_SERVER = ("CONFIGPROXY_AUTH_TOKEN", "JPY_API_TOKEN", "JUPYTER_TOKEN")
"""Tokens with which a Jupyter server is entered: nobody whom we start has to."""
_HUB = "JUPYTERHUB_API_TOKEN"
_INDEX_LOGIN = re.compile(
    r"(?:UV|PIP|POETRY|PDM|TWINE|HATCH)_\w*(?:USERNAME|PASSWORD|TOKEN|AUTH)\w*"
)
_TOLD_INDEX = ("UV_", "PIP_")
_PR_SET_PDEATHSIG = 1
_FIRST = 3
"""The first descriptor after the standard streams."""
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Completed:
    argv: tuple[str, ...]
    code: int
    output: str
    """Standard output."""
    errors: str
    """Standard error."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a child: ours without what Python children must not inherit, and without
    the logins that we were given for package indexes, the Jupyter server and its hub."""
    inherited = {
        name: value
        for name, value in entrusted_environment().items()
        if name != _HUB and not _holds_index_login(name, value)
    }
    return {**inherited, **(extra or {})}


def entrusted_environment() -> dict[str, str]:
    """For who acts in the user's place: with their logins, but for the Jupyter server's tokens."""
    left_out = (*_NOT_INHERITED, *_OF_THE_SERVER)
    return {name: value for name, value in os.environ.items() if name not in left_out}


def kernel_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """For a kernel, whose code may ask the hub for things (a Dask cluster, say) as it may in
    JupyterLab."""
    hub = {_HUB: os.environ[_HUB]} if _HUB in os.environ else {}
    return {**environment(hub), **(extra or {})}


def index_environment() -> dict[str, str]:
    """For who fetches packages: with the logins of package indexes."""
    entrusted = entrusted_environment().items()
    return environment({n: value for n, value in entrusted if _holds_index_login(n, value)})


def _holds_index_login(name: str, value: str) -> bool:
    in_url = name.startswith(_TOLD_INDEX) and re.search(r"//[^/\s]*@", value)
    return bool(in_url or _INDEX_LOGIN.fullmatch(name))


def die_with_parent() -> None:
    """For `preexec_fn`: the kernel kills this child when the thread that made it dies (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


async def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 600.0,
    on_line: Callable[[str], None] | None = None,
    grace: float = GRACE_SECONDS,
) -> Completed:
    """Run a child to its end. Lines of standard error go to `on_line` as they come.

    A child that has to go before is asked to; `grace` seconds later it is killed (0: at once).

    Raises ModelshipError when it cannot be started or exceeds `timeout` seconds; the exit code is
    the caller's to judge.
    """
    words = tuple(str(word) for word in argv)
    try:
        child = await asyncio.create_subprocess_exec(
            *words,
            cwd=cwd,
            env=dict(env) if env is not None else environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            preexec_fn=die_with_parent,
            limit=1 << 20,
        )
    except OSError as error:
        raise ModelshipError(f"cannot start {words[0]}: {error.strerror or error}") from error
    try:
        output, errors, _ = await asyncio.wait_for(
            asyncio.gather(_read(child.stdout, None), _read(child.stderr, on_line), child.wait()),
            timeout,
        )
    except asyncio.TimeoutError as error:
        raise ModelshipError(f"{Path(words[0]).name} took longer than {timeout:.0f} s") from error
    finally:
        await _end(child, grace)
    return Completed(words, child.returncode or 0, output, errors)


async def _read(stream: asyncio.StreamReader | None, on_line: Callable[[str], None] | None) -> str:
    lines: list[str] = []
    while stream is not None and (raw := await _line(stream)):
        line = raw.decode("utf-8", "replace")
        lines.append(line)
        if on_line is not None:
            on_line(line.rstrip("\n"))
    return "".join(lines)


async def _line(stream: asyncio.StreamReader) -> bytes:
    """The next line with its end, however long (`readline` would lose one beyond the limit)."""
    pieces: list[bytes] = []
    while True:
        try:
            pieces.append(await stream.readuntil())
        except asyncio.IncompleteReadError as error:
            pieces.append(error.partial)
        except asyncio.LimitOverrunError as error:
            pieces.append(await stream.readexactly(error.consumed))
            continue
        return b"".join(pieces)


async def _end(child: asyncio.subprocess.Process, grace: float) -> None:
    """Leave nobody of the child's group behind, also when we are being cancelled."""
    if child.returncode is None and grace:
        signal_group(child.pid, signal.SIGTERM)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(child.wait()), grace)
    signal_group(child.pid, signal.SIGKILL)
    if child.returncode is None:
        await child.wait()


FRAME = struct.Struct(">QQ")
"""Before each message of a conversation: how long its two parts are."""


class Conversation:
    """A child that is asked again and again. A message has two parts, both ways: see `FRAME`.

    One question at a time. Who does not hear the answer out has to `end` it.
    """

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.returncode is None

    async def ask(self, head: bytes, body: Sequence[bytes]) -> tuple[bytes, bytes]:
        """The child's answer to a head and a body, which comes in pieces so that nobody has to
        copy a large one; ModelshipError where it goes without an answer."""
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None, "made with pipes"
        assert stdout is not None, "made with pipes"
        try:
            stdin.write(FRAME.pack(len(head), sum(map(len, body))) + head)
            for piece in body:
                stdin.write(piece)
                await stdin.drain()
            sizes = FRAME.unpack(await stdout.readexactly(FRAME.size))
            return await stdout.readexactly(sizes[0]), await stdout.readexactly(sizes[1])
        except (OSError, asyncio.IncompleteReadError) as error:
            await self.end()
            raise ModelshipError("a process that was asked has ended without an answer") from error

    async def end(self) -> None:
        """Leave nobody of it behind."""
        if self._child.stdin is not None:
            self._child.stdin.close()
        signal_group(self._child.pid, signal.SIGKILL)
        await self._child.wait()


async def converse(argv: Sequence[str | Path], *, cwd: Path) -> Conversation:
    """Start a child to be asked; it dies with us, and its errors go where ours go.

    Raises ModelshipError when it cannot be started.
    """
    words = tuple(str(word) for word in argv)
    try:
        child = await asyncio.create_subprocess_exec(
            *words,
            cwd=cwd,
            env=environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
            preexec_fn=die_with_parent,
            limit=1 << 20,
        )
    except OSError as error:
        raise ModelshipError(f"cannot start {words[0]}: {error.strerror or error}") from error
    return Conversation(child)


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to a process group; nobody there is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def start(
    argv: Sequence[str | Path],
    *,
    output: int,
    cwd: Path,
    env: Mapping[str, str],
    keep: Sequence[int] = (),
    lowest: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child that dies with us and return at once; whoever calls it waits for it.

    Both its outputs go to the descriptor `output`. It inherits the descriptors in `keep` under
    their numbers, or those in `lowest` as 3, 4, 5, … (one or the other). Call it from the main
    thread of a process that has no other. Raises OSError when it cannot be started.
    """
    places = tuple(range(_FIRST, _FIRST + len(lowest)))
    with _reserved(places), contextlib.ExitStack() as stack:
        high = [_above(one, places, stack) for one in lowest]

        def before_exec() -> None:
            die_with_parent()
            for one, place in zip(high, places, strict=True):
                os.dup2(one, place)

        return subprocess.Popen(
            [str(word) for word in argv],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(*keep, *places),
            start_new_session=True,
            preexec_fn=before_exec,
        )


@contextlib.contextmanager
def _reserved(places: Sequence[int]) -> Iterator[None]:
    """No number in `places` is free meanwhile, so that what Popen opens is none of them."""
    with contextlib.ExitStack() as stack:
        last = -1
        while last < max(places, default=-1):
            last = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            stack.callback(os.close, last)
        yield


def _above(descriptor: int, places: Sequence[int], stack: contextlib.ExitStack) -> int:
    """A copy of the descriptor whose number is beyond `places`, until the stack unwinds."""
    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, max(places) + 1)
    stack.callback(os.close, copy)
    return copy


def detach(
    argv: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> int:
    """Start a child that outlives us, in its own session, its output appended to `log` (0600).

    It inherits the descriptors in `pass_fds` under the same numbers, and no others. Its pid is
    returned; it is a grandchild that nobody here waits for, so that a server that starts many
    keeps no zombies. Raises OSError when it cannot be started.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    told, tell = os.pipe()
    try:
        between = subprocess.Popen(
            [str(word) for word in argv],
            cwd=cwd,
            env=dict(env) if env is not None else environment(),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            close_fds=True,
            pass_fds=pass_fds,
            preexec_fn=lambda: _leave(tell),
        )
        between.wait()  # it has gone already: Popen returns when the grandchild has begun
        os.close(tell)
        tell = -1
        if not (said := os.read(told, 32)):  # the end of the pipe: nobody is left to say anything
            raise ChildProcessError(f"{argv[0]} was killed before it had begun")
        return int(said)
    finally:
        for one in (descriptor, told, tell):
            if one >= 0:
                os.close(one)


def _leave(tell: int) -> None:
    """For `preexec_fn`: a grandchild goes on in a session of its own, and tells `tell` its pid."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os.write(tell, str(os.getpid()).encode())


def take_over(argv: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> int:
    """Give this terminal to a child and wait for it; its exit code."""
    child = subprocess.run([str(word) for word in argv], cwd=cwd, env=dict(env), check=False)
    return child.returncode
