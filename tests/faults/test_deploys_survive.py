"""A deployment that is killed anywhere leaves one service, the right one, and nothing half-made.

The real pipeline: kernel, environment, bundle, keeper, process. The notebook is small, so that a
strike takes seconds. A few points in every test run, all of them in the campaign.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

import jupyter_modelship

from .harness import Aftermath, Scenario, all_failpoints, strike
from .lines.ship import CHANGED

SHIP = Path(__file__).parent / "lines" / "ship.py"
PACKAGE = Path(jupyter_modelship.__file__).parent
SOURCES = {
    "table": "table = {}\nfor n in range(10):\n    table[n] = n * n",
    "square": f"def square(n: int) -> int:\n    {CHANGED[0]}",
    "example": "square(3)",
}
VERBS = {
    "keeper.bind": "start",
    "keeper.drain": "again",
    "keeper.prune": "again",
    "keeper.start": "start",
    "keeper.stop": "stop",
    "keeper.delete": "delete",
    "keeper.remove": "delete",
    "prune.remove": "prune",
}
"""Points that a first deployment does not pass -> what passes them."""
STUB_ONLY = (
    *("effects.look", "journal.cancel", "journal.forget", "journal.omit", "worker.clean"),
    "stub",
)
"""Passed only by runs that somebody cancels, floods or takes up: struck with the stub pipeline."""
ELSEWHERE = ("buildah.", "tree.", "kubernetes.")
"""Passed by images and clusters alone: struck with their own tests."""
POINTS = tuple(
    point
    for point in all_failpoints(PACKAGE)
    if not point.startswith((*STUB_ONLY, *ELSEWHERE)) and "runtime" not in point
)
ALWAYS = (
    *("journal.intend.after", "effects.do.after", "bundle.rename.before"),
    *("keeper.take.after", "keeper.record.after", "keeper.drain.before"),
)
"""Where most is at stake: struck in every test run."""


def verb(point: str) -> str:
    return VERBS.get(point.rpartition(".")[0], "deploy")


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    cells = [
        {
            "cell_type": "code",
            "id": name,
            "execution_count": number,
            "metadata": {"tags": ["endpoint"]} if name == "square" else {},
            "outputs": [],
            "source": source,
        }
        for number, (name, source) in enumerate(SOURCES.items(), 1)
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "squares.ipynb"
    path.write_text(json.dumps(book), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which environments are made already: what is at stake is elsewhere."""
    return tmp_path_factory.mktemp("warm")


def scenario(notebook: Path, mode: str) -> Scenario:
    command = (sys.executable, str(SHIP), str(notebook), mode)
    return Scenario(command, (*command, "--finish"), {})


async def struck(
    notebook: Path, warm: Path, point: str, story: Scenario | None = None
) -> Aftermath:
    home = notebook.parent / "home"
    kept = warm / "environments"
    if kept.exists() and not point.startswith("environment."):
        shutil.copytree(kept, home / "cache" / "environments", symlinks=True, copy_function=_linked)
    story = story or scenario(notebook, verb(point))
    left = await strike(story, home, point=point)
    if not kept.exists() and (made := home / "cache" / "environments").exists():
        shutil.copytree(made, kept, symlinks=True, copy_function=_linked)
    return left


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def assert_one_right_service(left: Aftermath, *, expected: int) -> None:
    assert left.code == 0, left.output
    assert left.without_worker == ()
    assert left.processes == ()
    found = json.loads(left.output.splitlines()[-1])
    assert found["deployed"] == 0
    assert [service[:2] for service in found["services"]] == [["squares", "running"]]
    assert found["revisions"] == sorted(set(found["revisions"]))
    assert (found["code"], found["half_made"], found["left"]) == (0, [], [])
    assert found["reply"] == expected


@pytest.mark.parametrize("point", ALWAYS)
async def test_killed_where_most_is_at_stake(point: str, notebook: Path, warm: Path) -> None:
    left = await struck(notebook, warm, point)
    assert left.struck, f"{verb(point)} does not pass {point}"
    assert_one_right_service(left, expected=10 if verb(point) == "again" else 9)


@pytest.mark.parametrize(
    "point",
    [pytest.param("rehearsal.examples.after", marks=pytest.mark.campaign), "keeper.spawn.after"],
)
async def test_killed_while_it_only_proves(point: str, notebook: Path, warm: Path) -> None:
    """Nothing goes live, nothing is left over, and who asks again has their proof."""
    command = (sys.executable, str(SHIP.with_name("proof.py")), str(notebook))
    left = await struck(notebook, warm, point, Scenario(command, command, {}))
    assert left.struck
    assert (left.code, left.without_worker, left.processes) == (0, (), ()), left.output
    found = json.loads(left.output.splitlines()[-1])
    assert found == {"state": "succeeded", "services": [], "examples": 1}


@pytest.mark.campaign
@pytest.mark.parametrize("point", sorted(set(POINTS) - set(ALWAYS)))
async def test_killed_at_every_point(point: str, notebook: Path, warm: Path) -> None:
    left = await struck(notebook, warm, point)
    assert left.struck, f"{verb(point)} does not pass {point}"
    assert_one_right_service(left, expected=10 if verb(point) == "again" else 9)


def test_every_point_is_struck_somewhere() -> None:
    assert set(ALWAYS) <= set(POINTS)
