"""The words behind `%deploy` mean in a cell what they mean on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ask

SAID: dict[str, tuple[list[str], dict[str, Any]]] = {
    "nothing": ([], {"options": {}, "yes": False, "fresh": False, "take_over": False}),
    "yes": (["-y"], {"options": {}, "yes": True, "fresh": False, "take_over": False}),
    "fresh": (["--fresh"], {"options": {}, "yes": False, "fresh": True, "take_over": False}),
    "take over": (
        ["--take-over"],
        {"options": {}, "yes": False, "fresh": False, "take_over": True},
    ),
    "options": (
        ["--name=flowers", "--target", "local", "--endpoint", "f", "--endpoint", "g", "--no-token"],
        {
            "options": {
                "name": "flowers",
                "target": "local",
                "endpoint": ["f", "g"],
                "token": False,
            },
            "yes": False,
            "fresh": False,
            "take_over": False,
        },
    ),
}


@pytest.mark.parametrize("case", SAID)
async def test_flags_become_options(ask: Ask, case: str) -> None:
    flags, meant = SAID[case]
    reply = await ask("POST", "/intents", {"flags": flags})
    assert (reply.code, json.loads(reply.body)) == (200, {"path": None, **meant})


@pytest.mark.parametrize(
    "flags",
    [
        ["--wrokers", "2"],
        ["--target", "moon"],
        ["--name"],
        ["stray"],
        ["--name=; rm -rf /"],
        ["--help"],
        ["--yes=<img src=x onerror=alert(1)>"],
    ],
)
async def test_what_no_flag_is_says_so(ask: Ask, flags: list[str]) -> None:
    reply = await ask("POST", "/intents", {"flags": flags})
    problem = json.loads(reply.body)
    assert (reply.code, problem["code"]) == (400, "usage")
    assert flags[0].split("=")[0].lstrip("-") in problem["message"]
    assert "jupyter modelship deploy" in problem["remedy"]


@pytest.mark.parametrize("flag", ["--detach", "-d"])
async def test_nothing_is_to_be_detached_in_a_cell(ask: Ask, flag: str) -> None:
    reply = await ask("POST", "/intents", {"flags": [flag]})
    problem = json.loads(reply.body)
    assert (reply.code, problem["code"]) == (400, "usage")
    assert "in a cell nothing waits" in problem["message"]
    assert "goes on when the browser is closed" in problem["remedy"]


async def test_a_notebook_is_named_as_the_browser_knows_it(
    ask: Ask, iris: str, jp_root_dir: Path
) -> None:
    for path, known in ((jp_root_dir / iris, iris), (jp_root_dir.parent / "away.ipynb", None)):
        reply = await ask("POST", "/intents", {"flags": [], "notebook": str(path)})
        assert json.loads(reply.body)["path"] == known
