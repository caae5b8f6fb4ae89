"""A service that is stopped: every process is gone when that is said, also one that dies slowly."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jupyter_modelship import process
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.keeping.child import Child, Children, spawn
from jupyter_modelship.targets.keeping.hidden import Hidden
from jupyter_modelship.targets.keeping.launcher import Given
from jupyter_modelship.targets.keeping.listener import bind_first, port_of
from jupyter_modelship.targets.keeping.service import Service, Surroundings
from jupyter_modelship.targets.keeping.serving import Process
from jupyter_modelship.targets.keeping.state import Folder, Record, Revision, now
from jupyter_modelship.targets.port import Release


@dataclass
class Launcher:
    """Its processes never say anything, and take a moment to go, as a container does."""

    children: list[Child] = field(default_factory=list)

    async def restore(self, needed: frozenset[str], children: Children) -> None:
        return

    async def let_go(self, images: frozenset[str]) -> None:
        return

    async def close(self) -> None:
        return

    def launch(self, release: Release, given: Given) -> Process:
        child = spawn(
            lambda output: process.start(
                ["sleep", "600"], output=output, cwd=given.place.path, env=dict(os.environ)
            ),
            children=given.children,
            control=socket.socketpair(),
            log=given.log,
            hidden=Hidden(),
            remedy="",
            end=_in_a_moment,
        )
        self.children.append(child)
        return Process(child, given.place.path / "private", release)

    async def started(self) -> None:
        while not self.children:
            await asyncio.sleep(0)


def _in_a_moment(pid: int) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(0.2, process.signal_group, pid, signal.SIGKILL)


@pytest.fixture
def launcher() -> Launcher:
    return Launcher()


@pytest.fixture
async def service(tmp_path: Path, launcher: Launcher) -> AsyncIterator[Service]:
    children = Children()
    around = Surroundings(children, tmp_path.joinpath, lambda: None, {"local": launcher})
    place = Folder(tmp_path)
    with closing(bind_first(tmp_path)) as bound:
        port = port_of(bound)
    revision = Revision(1, now(), _release(tmp_path))
    record = Record("iris", "/books/iris.ipynb", port, "running", 1, (revision,))
    service = Service("iris", place=place, record=record, around=around)
    yield service
    await service.shut()
    children.close()


def _release(folder: Path) -> Release:
    return Release("iris", "plan", "bundle", folder, Path(sys.executable), "/books/iris.ipynb", "1")


async def test_what_was_being_started_is_gone_once_a_service_is_said_to_be_stopped(
    service: Service, launcher: Launcher
) -> None:
    await service.restore()
    await launcher.started()
    assert (await service.stop()).state == "stopped"
    assert [child.alive for child in launcher.children] == [False]


async def test_what_was_staged_is_gone_once_a_service_is_said_to_be_stopped(
    service: Service, launcher: Launcher, tmp_path: Path
) -> None:
    staging = asyncio.create_task(service.stage(_release(tmp_path)))
    await launcher.started()
    assert (await service.stop()).state == "stopped"
    assert [child.alive for child in launcher.children] == [False]
    with pytest.raises(StageFailed, match="ended by SIGKILL"):
        await staging
