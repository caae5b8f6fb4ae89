"""A terminal where a run failed: made by the server, with what it says and nobody else."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
from traitlets.config import Config

from jupyter_modelship.places import places
from jupyter_modelship.runs import workplace
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request, Run
from jupyter_modelship.runs.workplace import Workplace

from .conftest import Ask


@pytest.fixture
def jp_server_config(home: object) -> Config:
    names = {"jupyter_modelship": True, "jupyter_server_terminals": True}
    return Config({"ServerApp": {"jpserver_extensions": names}})


@pytest.fixture
def run(home: object, tmp_path: Any) -> Run:
    """One that failed in the rehearsal."""
    request = Request(str(uuid.uuid4()), "iris", "local", "/iris.ipynb", "a" * 64, "b" * 64)
    with Journal.open(places()) as journal:
        journal.submit(request)
        journal.transition(request.id, "queued", "running")
        error = {"code": "stage-failed", "message": "cell 2: KeyError", "remedy": ""}
        return journal.transition(request.id, "running", "failed", error=error)


async def test_a_terminal_is_opened_in_which_debug_runs(
    ask: Ask, run: Run, tmp_path: Any, jp_serverapp: Any
) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    workplace.keep(places(), run.id, Workplace("rehearse", str(folder), "/kernel/bin/python"))
    reply = await ask("POST", f"/runs/{run.id}/terminal", {"command": ["touch", "taken"]})
    assert reply.code == 201
    manager = jp_serverapp.web_app.settings["terminal_manager"]
    terminal = manager.terminals[json.loads(reply.body)["name"]]
    while "Leave the shell" not in (said := "".join(terminal.read_buffer)):
        await asyncio.sleep(0.05)
    assert f"run {run.id[:8]} of iris: failed, stage rehearse" in said
    assert "cell 2: KeyError" in said
    assert str(folder) in said
    await manager.terminate_all()


async def test_what_left_nothing_has_no_terminal(ask: Ask, run: Run) -> None:
    reply = await ask("POST", f"/runs/{run.id}/terminal", {})
    assert (reply.code, json.loads(reply.body)["code"]) == (404, "nothing-there")


async def test_a_server_without_terminals_says_what_to_type(
    ask: Ask, run: Run, jp_serverapp: Any
) -> None:
    jp_serverapp.web_app.settings["terminals_available"] = False
    reply = await ask("POST", f"/runs/{run.id}/terminal", {})
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (400, "no-terminals")
    assert f"jupyter modelship debug {run.id[:8]}" in told["remedy"]
