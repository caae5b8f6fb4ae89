"""Strike a command at every named point, let its user do the same again, look at what is left.

Knows nothing of stubs: a scenario is two commands. `all_failpoints` finds the points by reading
the source; `strike` runs one; what must hold afterwards is the caller's to assert.
"""

from __future__ import annotations

import ast
import asyncio
import os
import signal
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from jupyter_modelship import failpoints, process
from jupyter_modelship.places import HOME_VARIABLE, Places
from jupyter_modelship.runs import liveness
from jupyter_modelship.runs.events import RunEvent
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Run
from tests.processes import ended

MARK = "MODELSHIP_TEST_MARK"
"""Inherited by every process of a strike: how those that are left over are found."""
_DEADLINE_SECONDS = 60.0
_SETTLE_SECONDS = 10.0


@cache
def all_failpoints(package: Path) -> tuple[str, ...]:
    """Names of all failpoints in the sources below `package`, sorted.

    AssertionError for a point that is not named by a literal, or a name that stands twice.
    """
    names: list[str] = []
    for source in sorted(package.rglob("*.py")):
        tree = ast.parse(source.read_text(encoding="utf-8"), str(source))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node.func) == "failpoint":
                argument = node.args[0]
                assert isinstance(argument, ast.Constant), f"{source}:{node.lineno}: not a literal"
                names.append(str(argument.value))
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"one name, two points: {sorted(twice)}"
    return tuple(sorted(names))


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@dataclass(frozen=True, slots=True)
class Scenario:
    """`first` is the command that is struck, `then` what its user does next, undisturbed."""

    first: tuple[str, ...]
    then: tuple[str, ...]
    env: Mapping[str, str]
    """Goes over the environment of both. `home` comes from `strike`."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is there once the second command has returned and everything came to rest."""

    struck: bool
    """Whether the point was passed at all: without it the strike says nothing."""
    code: int
    """Exit code of the second command."""
    output: str
    runs: tuple[Run, ...]
    """All there are, newest first."""
    stories: Mapping[str, tuple[RunEvent, ...]]
    """What each run told, by its id."""
    without_worker: tuple[Run, ...]
    """Runs that are active and that nobody works on."""
    processes: tuple[str, ...]
    """Command lines of processes that are left over."""


Kill = Callable[["asyncio.subprocess.Process", str], Awaitable[None]]
"""Ends processes from outside: gets the first command and the mark of all its descendants."""


async def strike(
    scenario: Scenario,
    home: Path,
    *,
    point: str = "",
    action: str = "kill",
    nth: int = 1,
    kill: Kill | None = None,
) -> Aftermath:
    """Run `first`, struck at `point` (or by `kill`), then `then`; what is left after that."""
    mark, struck = uuid.uuid4().hex, home.parent / "struck"
    env = process.environment(
        {HOME_VARIABLE: str(home), MARK: mark, "PYTHONFAULTHANDLER": "1", **scenario.env}
    )
    fault = {
        failpoints.VARIABLE: f"{point}={action}@{nth}",
        failpoints.STRUCK_VARIABLE: str(struck),
    }
    await _run(scenario.first, {**env, **fault}, mark, kill)
    code, output = await _run(scenario.then, env, mark, None)
    left = await _left_over(mark)
    here = Places(home / "state", home / "cache", home / "run")
    with Journal.open(here) as journal:
        runs = journal.list(limit=-1)
        stories = {run.id: journal.events(run.id) for run in runs}
        lonely = tuple(r for r in runs if r.active and not liveness.alive(here, r.id))
    was_struck = struck.exists() or kill is not None
    return Aftermath(was_struck, code, output, runs, stories, lonely, left)


async def _run(
    argv: tuple[str, ...], env: Mapping[str, str], mark: str, kill: Kill | None
) -> tuple[int, str]:
    child = await asyncio.create_subprocess_exec(
        *argv,
        env=dict(env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    if kill is not None:
        await kill(child, mark)
    talk = asyncio.ensure_future(child.communicate())
    done, _ = await asyncio.wait({talk}, timeout=_DEADLINE_SECONDS)
    if not done:
        raise AssertionError(await _stacks(talk, argv, mark))
    output, _ = talk.result()
    return child.returncode or 0, output.decode()


async def _stacks(
    talk: asyncio.Future[tuple[bytes, bytes]], argv: tuple[str, ...], mark: str
) -> str:
    """What everybody with the mark is doing, in place of a command that does not end."""
    left = marked(mark)
    names = "\n".join(f"{one.pid} {one.status()} {one.cmdline()}" for one in left)
    for one in left:
        one.send_signal(signal.SIGABRT)  # PYTHONFAULTHANDLER has it say where it stands
    await asyncio.wait({talk}, timeout=5)
    told = talk.result()[0].decode() if talk.done() else "(its output is still open)"
    return f"{argv} does not end\n{names}\n{told}"


def marked(mark: str) -> list[psutil.Process]:
    """Living processes that carry the mark."""
    return [one for one in psutil.process_iter() if _carries(one, mark)]


def _carries(one: psutil.Process, mark: str) -> bool:
    try:
        return bool(one.status() != psutil.STATUS_ZOMBIE and one.environ().get(MARK) == mark)
    except psutil.Error:  # gone while we looked, or not ours to look at
        return False


async def _left_over(mark: str) -> tuple[str, ...]:
    """Command lines of those who do not end by themselves; they are ended here."""
    loop = asyncio.get_running_loop()
    staying = await loop.run_in_executor(None, _staying, mark)
    lines = tuple(" ".join(one.cmdline()) for one in staying)
    for one in staying:
        os.kill(one.pid, signal.SIGKILL)
    return lines


def _staying(mark: str) -> list[psutil.Process]:
    """Those who carry the mark and do not end in time, whoever buries them and when."""
    until = time.monotonic() + _SETTLE_SECONDS
    return [
        one
        for one in marked(mark)
        if not ended(one.pid, seconds=max(0.0, until - time.monotonic()))
    ]
