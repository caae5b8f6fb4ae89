"""A look: what a notebook would ship, read in another process, from below the root only."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_modelship.server.app import Modelship
from tests.processes import ended

from .conftest import IRIS, Ask

Record = Callable[[str, object], None]


async def test_a_look_says_what_ships(ask: Ask, iris: str, record: Record) -> None:
    reply = await ask("POST", "/look", {"path": iris, "options": {}})
    look = json.loads(reply.body)
    record("look", look)
    assert reply.code == 200
    assert look["path"] == iris
    assert look["digest"] == hashlib.sha256(IRIS.read_bytes()).hexdigest()
    assert (look["service"], look["target"], look["live"]) == ("iris", "local", None)
    assert [one["function"] for one in look["endpoints"]] == ["predict"]
    assert look["computed"] == ["model"]
    assert {cell["verdict"] for cell in look["cells"]} >= {"endpoint", "rehearsal", "stays"}


async def test_an_edited_notebook_is_looked_at_without_its_file(
    ask: Ask, iris: str, record: Record
) -> None:
    notebook = json.loads(IRIS.read_bytes())
    for cell in notebook["cells"]:
        cell["metadata"].pop("tags", None)
        cell.pop("outputs", None)
    reply = await ask("POST", "/look", {"path": iris, "options": {}, "notebook": notebook})
    look = json.loads(reply.body)
    record("look-untagged", look)
    assert look["digest"] == ""
    assert look["endpoints"] == []
    assert "predict" in [one["function"] for one in look["candidates"]]


@pytest.mark.parametrize("edited", [False, True])
async def test_what_is_wrong_with_an_option_is_said_of_the_review(
    ask: Ask, iris: str, edited: bool
) -> None:
    """Nobody was at a command line."""
    notebook = {"notebook": json.loads(IRIS.read_bytes())} if edited else {}
    body = {"path": iris, "options": {"body_limit": "much"}, **notebook}
    look = json.loads((await ask("POST", "/look", body)).body)
    (found,) = [each for each in look["findings"] if each["code"] == "option-invalid"]
    assert found["message"] == "option body_limit (in the options of the review) is 'much'"


async def test_looks_are_read_by_a_child(ask: Ask, iris: str, extension: Modelship) -> None:
    assert extension.readers.pids == frozenset()
    await ask("POST", "/look", {"path": iris, "options": {}})
    (child,) = extension.readers.pids
    await ask("POST", "/look", {"path": iris, "options": {}})
    assert extension.readers.pids == {child}


async def test_paths_stay_below_the_root(ask: Ask, iris: str, jp_root_dir: Path) -> None:
    outside = jp_root_dir.parent / "secret.ipynb"
    outside.write_bytes(IRIS.read_bytes())
    (jp_root_dir / "away.ipynb").symlink_to(outside)
    (jp_root_dir / "up").symlink_to(jp_root_dir.parent)
    (jp_root_dir / "inside.ipynb").symlink_to(jp_root_dir / iris)
    for path in ("../secret.ipynb", str(outside), "away.ipynb", "up/secret.ipynb", "", "a\0b"):
        reply = await ask("POST", "/look", {"path": path})
        assert (reply.code, json.loads(reply.body)["code"]) == (403, "outside-root"), path
    assert (await ask("POST", "/look", {"path": "inside.ipynb"})).code == 200


async def test_hidden_and_missing_notebooks_are_not_there(
    ask: Ask, iris: str, jp_root_dir: Path
) -> None:
    (jp_root_dir / ".hidden.ipynb").write_bytes(IRIS.read_bytes())
    for path in (".hidden.ipynb", "demo/none.ipynb"):
        reply = await ask("POST", "/look", {"path": path})
        assert (reply.code, json.loads(reply.body)["code"]) == (404, "nothing-there")


async def test_a_request_that_is_none_says_what_is_wrong(ask: Ask, iris: str) -> None:
    for body, says in (
        (b"{", "not JSON"),
        ([], "not a JSON object"),
        ({}, "has no path"),
        ({"path": 1}, "path must be a string"),
        ({"path": iris, "verbose": True}, "nobody reads: 'verbose'"),
    ):
        reply = await ask("POST", "/look", body)
        told = json.loads(reply.body)
        assert (reply.code, told["code"]) == (400, "bad-request")
        assert says in told["message"]


async def test_no_notebook_is_read_on_the_server_s_loop(
    ask: Ask, iris: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decoding one holds the interpreter: what must not happen here fails here."""

    def refused(*_: object) -> None:
        raise AssertionError("read in the server's own process")

    for place in (
        "runs.review.read",
        "runs.review.extract",
        "runs.review.look",
        "desk.looking.look_data",
        "desk.asked.read",
    ):
        monkeypatch.setattr(f"jupyter_modelship.{place}", refused)
    digest = hashlib.sha256(IRIS.read_bytes()).hexdigest()
    wish = {"path": iris, "digest": digest}
    ship = {**wish, "id": str(uuid.uuid4()), "plan_digest": "none"}
    asked = (("/look", {"path": iris}, 200), ("/review", wish, 200), ("/runs", ship, 400))
    for path, body, status in asked:
        assert (await ask("POST", path, body)).code == status


async def test_a_server_without_files_says_so(
    ask: Ask, iris: str, extension: Modelship, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extension, "root", lambda: None)
    reply = await ask("POST", "/look", {"path": iris})
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (501, "no-files")
    assert "keeps notebooks in" in told["message"]


async def test_a_reader_that_dies_is_replaced(ask: Ask, iris: str, extension: Modelship) -> None:
    await ask("POST", "/look", {"path": iris})
    (child,) = extension.readers.pids
    os.kill(child, signal.SIGKILL)
    assert (await ask("POST", "/look", {"path": iris})).code == 200
    assert child not in extension.readers.pids


async def test_readers_end_with_the_server(ask: Ask, iris: str, extension: Modelship) -> None:
    await ask("POST", "/look", {"path": iris})
    (child,) = extension.readers.pids
    await extension.stop_extension()
    assert ended(child)


async def test_what_this_installation_is_and_may_choose(ask: Ask, record: Record) -> None:
    for name in ("about", "options"):
        record(name, json.loads((await ask("GET", f"/{name}")).body))
    found = json.loads((await ask("GET", "/findings")).body)
    assert found["no-endpoint"]["severity"] == "block"
