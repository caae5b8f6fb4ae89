"""Folders of jobs, what is left of them, and the free bytes on their disk."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from jupyter_modelship.engines import janitor, space
from jupyter_modelship.engines.buildah.tool import Tool
from jupyter_modelship.engines.scratch import scratch, sweep
from jupyter_modelship.engines.space import guarded
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.storage import Storage
from tests.acting import start


def _held(root: Path) -> None:
    with scratch(root, "held") as folder:
        (folder / "half").write_text("made")
        signal.pause()


def test_the_folder_of_a_job_that_was_killed_goes_and_those_of_others_stay(tmp_path: Path) -> None:
    killed = start(lambda: _held(tmp_path), uid=0, gid=0, environ={"HOME": str(tmp_path)})
    while not list(tmp_path.glob("held.*/half")):
        os.sched_yield()
    with scratch(tmp_path, "mine") as mine:
        swept = sweep(tmp_path)
        killed.kill()
        killed.wait()
        assert swept == ()
        (gone,) = sweep(tmp_path)
        assert gone.startswith("held.")
        assert list(tmp_path.iterdir()) == [mine]
        assert mine.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == []


def test_what_was_half_made_is_cleared_and_what_is_whole_is_kept(tmp_path: Path) -> None:
    floors = tmp_path / "cache" / "floors"
    (floors / "abc.0000.part" / "root").mkdir(parents=True)
    (floors / "def").mkdir()
    assert janitor.clear(tmp_path / "jobs", tmp_path / "cache") == ("abc.0000.part",)
    assert sorted(path.name for path in floors.iterdir()) == ["abc.lock", "def"]
    assert janitor.clear(tmp_path / "jobs", tmp_path / "cache") == ()


async def test_work_goes_on_while_there_is_room(tmp_path: Path) -> None:
    async def work() -> str:
        return "done"

    assert await guarded(work(), (tmp_path,), reserve=0) == "done"


async def test_work_is_cancelled_when_room_gets_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()
    free = iter([10 << 20, 4 << 20])
    monkeypatch.setattr(space, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(space, "free_bytes", lambda folder: next(free))

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(StageFailed, match="nearly full: 4 MiB are left"):
        await guarded(work(), (tmp_path,), reserve=5 << 20)
    assert ended.is_set()


async def test_who_cancels_the_guarded_work_cancels_the_work(tmp_path: Path) -> None:
    ended = asyncio.Event()
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.ensure_future(guarded(work(), (tmp_path,), reserve=0))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_a_tool_gets_a_store_of_its_own_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_USER", "hush")
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\nenv; echo "uid $(id -u) args $*"\n')
    program.chmod(0o755)
    place = tmp_path / "place"
    place.mkdir()
    tool = Tool(str(program), Storage("overlay", ""), place, (tmp_path / "below",))
    tool.begin()
    told = (await tool.call("from", "--name", "a b")).splitlines()
    assert told[-1] == "uid 0 args from --name a b"
    assert {line.partition("=")[0] for line in told[:-1]} - {"PWD", "SHLVL", "_", "OLDPWD"} == {
        *("BUILDAH_ISOLATION", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF"),
        *("HOME", "LANG", "PATH", "TMPDIR"),
    }
    assert (place / "storage.conf").read_text() == (
        "[storage]\n"
        'driver = "overlay"\n'
        f'graphroot = "{place}/root"\n'
        f'runroot = "{place}/run"\n'
        "[storage.options]\n"
        f'additionalimagestores = ["{tmp_path}/below"]\n'
        "[storage.options.overlay]\n"
        'ignore_chown_errors = "true"\n'
    )


async def test_a_tool_that_the_kernel_ended_is_told_as_out_of_memory(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nkill -9 $PPID\n")
    program.chmod(0o755)
    place = tmp_path / "place"
    place.mkdir()
    tool = Tool(str(program), Storage("vfs", ""), place)
    tool.begin()
    with pytest.raises(StageFailed, match="memory ran out"):
        await tool.call("commit")


@pytest.mark.parametrize("how", ["cancelled", "killed"])
def test_what_a_tool_starts_goes_with_it_from_whatever_session(tmp_path: Path, how: str) -> None:
    program = tmp_path / "program"
    mark = f"{tmp_path.name}-{os.getpid()}"
    program.write_text(
        f"#!/bin/sh\nsetsid sh -c 'sleep 1000; : {mark}' </dev/null >/dev/null 2>&1 &\n"
        "touch started\nwait\n"
    )
    program.chmod(0o755)
    place = tmp_path / "place"
    place.mkdir()
    tool = Tool(str(program), Storage("vfs", ""), place)
    tool.begin()

    async def called() -> None:
        task = asyncio.ensure_future(tool.call("wait"))
        while not _running(mark):
            await asyncio.sleep(0.01)
        (place / "seen").touch()
        if how == "killed":
            await task
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    actor = start(lambda: asyncio.run(called()), uid=0, gid=0, environ=dict(os.environ))
    if how == "killed":
        while not (place / "seen").exists():
            time.sleep(0.01)
        actor.kill()
        actor.wait()
    else:
        actor.result()
    deadline = time.monotonic() + 30.0
    while _running(mark) and time.monotonic() < deadline:
        time.sleep(0.01)
    left = _running(mark)
    for one in left:
        one.kill()
    assert left == []


def _running(mark: str) -> list[psutil.Process]:
    return [
        one
        for one in psutil.process_iter(["cmdline"])
        if any(mark in word and "sleep" in word for word in one.info["cmdline"] or ())
    ]
