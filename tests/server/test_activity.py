"""A server's start and its idleness, with real runs."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse

from jupyter_modelship.places import places
from jupyter_modelship.runs import client
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request, new_id
from jupyter_modelship.runs.worker import PIPELINE_VARIABLE
from jupyter_modelship.server.activity import NAME, Activity
from jupyter_modelship.server.app import Modelship

from .conftest import Ask
from .test_channels import worker

LINES = Path(__file__).parents[1] / "faults" / "lines"
NOON = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)


@pytest.fixture
def left_lying(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run that somebody asked for, and that nobody works on; before the server starts."""
    monkeypatch.setenv(PIPELINE_VARIABLE, str(LINES))
    (world := tmp_path / "world").mkdir()
    body = {"pipeline": "stub:line", "world": str(world)}
    request = Request(new_id(), "iris", "local", "/n.ipynb", "a" * 64, "b" * 64, body)
    with Journal.open(places()) as journal:
        journal.submit(request)
        journal.transition(request.id, "queued", "running")
    return request.id


@pytest.fixture
async def started(extension: Modelship, jp_serverapp: Any) -> Modelship:
    """The extension once the server's loop runs, which pytest-jupyter's does not tell it."""
    await jp_serverapp.extension_manager.start_all_extensions()
    assert extension.activity is not None
    return extension


async def test_a_server_takes_up_what_was_left_lying(left_lying: str, started: Modelship) -> None:
    ended = await client.wait(left_lying, places())
    assert (ended.state, ended.attempts) == ("succeeded", 2)


def activity(times: dict[str, datetime]) -> Activity:
    return Activity(places(), times, logging.getLogger("test"), clock=lambda: NOON)


async def test_a_run_at_work_is_activity(home: Path) -> None:
    times: dict[str, datetime] = {}
    with worker():
        await activity(times).look()
    assert times == {NAME: NOON}


async def test_nothing_at_work_is_none(home: Path) -> None:
    times: dict[str, datetime] = {}
    await activity(times).look()
    with worker() as (_, journal):
        pass
    await activity(times).look()
    assert times == {}, "a run that nobody works on holds no server"
    assert journal is not None


async def test_a_culler_sees_it(started: Modelship, jp_serverapp: Any, jp_fetch: Ask) -> None:
    assert started.activity is not None
    assert not jp_serverapp.extension_manager.any_activity()
    with worker():
        await started.activity.look()
    settings = jp_serverapp.web_app.settings
    noted = settings["last_activity_times"][NAME]
    settings["started"] = settings["api_last_activity"] = NOON.replace(year=2020)
    assert jp_serverapp.web_app.last_activity() == noted
    assert jp_serverapp.extension_manager.any_activity()
    await started.activity.look()
    assert not jp_serverapp.extension_manager.any_activity(), "and nobody works on it any more"
    reply: HTTPResponse = await jp_fetch("api", "status")
    assert b'"last_activity"' in reply.body


async def test_a_journal_that_is_damaged_keeps_no_server_from_starting(
    damaged: Path, started: Modelship, jp_fetch: Ask
) -> None:
    assert damaged.exists()
    assert (await jp_fetch("api", "status")).code == 200


@pytest.fixture
def damaged(home: Path) -> Path:
    path = places().state / "journal.sqlite"
    path.write_bytes(b"no database" * 100)
    path.chmod(0o600)
    return path
