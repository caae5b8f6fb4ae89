"""A deploy to a cluster whose worker is killed anywhere leaves one service, the right one, with one
set of objects: the whole line, by the command line, at every step that the journal writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import jupyter_modelship
from tests.faults import harness
from tests.faults.harness import Scenario, all_failpoints, strike

from .dock import Dock
from .person import base_reference
from .test_kept_whole import OWN

NAMES = ("client.", "effects.", "journal.", "kubernetes.", "worker.")
NOT_PASSED = (
    *("effects.look", "journal.cancel", "journal.forget", "journal.omit", "worker.clean"),
    "kubernetes.token",
)
"""Only by runs that somebody cancels, floods or takes up: struck with the stub pipeline; and by
the first run with a token: struck in test_interrupted.py."""
POINTS = tuple(
    point
    for point in all_failpoints(Path(jupyter_modelship.__file__).parent)
    if point.startswith(NAMES) and not point.startswith(NOT_PASSED)
)
FIRST, SECOND = "return n * n", "return n * n + 1"
pytestmark = [pytest.mark.campaign, pytest.mark.timeout(600)]


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    source = f"# modelship: endpoint\ndef square(n: int) -> int:\n    {FIRST}"
    example = {"id": "example", "source": "square(3)"}
    cells = [{"id": "square", "source": source}, example]
    whole: list[dict[str, object]] = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], **cell}
        for cell in cells
    ]
    book = {"cells": whole, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "iris.ipynb"
    path.write_text(json.dumps(book), encoding="utf-8")
    return path


def deploying(dock: Dock, notebook: Path, *, token: bool = False) -> Scenario:
    dock.images.base()
    registry = dock.images.cluster.registry
    image = ("--base", base_reference(registry), "--repository", f"{registry}/{dock.namespace}/s")
    command = (
        *(sys.executable, "-m", "jupyter_modelship.cli", "deploy", str(notebook), "--yes"),
        *(
            "--target",
            "kubernetes",
            "--engine",
            "oci",
            "--token" if token else "--no-token",
            "--grace",
            "0",
            *image,
            "--json",
        ),
    )
    return Scenario(command, command, {"KUBECONFIG": str(dock.kubeconfig)})


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_every_point(
    dock: Dock, notebook: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness, "_DEADLINE_SECONDS", 240.0)  # a pod starts in each of them
    home = dock.home / "line"
    story = deploying(dock, notebook)
    first = await strike(story, home)
    assert first.code == 0, first.output
    notebook.write_text(notebook.read_text().replace(FIRST, SECOND))
    left = await strike(story, home, point=point)
    assert left.struck, f"a deploy does not pass {point}"
    assert (left.code, left.without_worker, left.processes) == (0, (), ()), left.output
    assert json.loads(left.output)["revision"] == 2
    seen = await dock.target.observe("iris")
    assert seen is not None
    assert (seen.state, [each.number for each in seen.revisions]) == ("running", [1, 2])
    maps = {name for name in dock.names() if name.startswith("configmap/")}
    assert len(maps) == 1, "lines are where they were: both revisions have the same map of them"
    assert dock.names() - maps == OWN | {
        "controllerrevision/iris.1",
        "controllerrevision/iris.2",
    }


GIVEN_UP = (
    ("kubernetes.hold.after", 4),
    ("kubernetes.claim.after", 1),
    ("kubernetes.let-through.after", 2),
    ("kubernetes.let-through.after", 5),
    ("journal.accomplish.after", 2),
)
"""Before it has its number, while it takes over, and live already."""


def giving_up(story: Scenario) -> Scenario:
    cancel = (sys.executable, "-m", "jupyter_modelship.cli", "cancel", "iris", "--json")
    return Scenario(story.first, cancel, story.env)


@pytest.mark.parametrize(("point", "nth"), [("kubernetes.token.after", 1), *GIVEN_UP])
async def test_a_first_deploy_killed_and_given_up_leaves_nothing(
    dock: Dock, notebook: Path, point: str, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness, "_DEADLINE_SECONDS", 240.0)
    story = giving_up(deploying(dock, notebook, token=True))
    left = await strike(story, dock.home / "line", point=point, nth=nth)
    assert left.struck, f"a deploy does not pass {point} {nth} times"
    assert (left.code, left.without_worker, left.processes) == (0, (), ()), left.output
    assert [run.state for run in left.runs] == ["cancelled"]
    assert dock.names() == set()


@pytest.mark.parametrize(("point", "nth"), GIVEN_UP)
async def test_a_deploy_killed_and_given_up_leaves_the_revision_before(
    dock: Dock, notebook: Path, point: str, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness, "_DEADLINE_SECONDS", 240.0)
    home, story = dock.home / "line", deploying(dock, notebook)
    await strike(story, home)
    before = await dock.target.observe("iris")
    names = dock.names()
    notebook.write_text(notebook.read_text().replace(FIRST, SECOND))
    left = await strike(giving_up(story), home, point=point, nth=nth)
    assert left.struck, f"a deploy does not pass {point} {nth} times"
    assert (left.code, left.without_worker, left.processes) == (0, (), ()), left.output
    assert [run.state for run in left.runs] == ["cancelled", "succeeded"]
    seen = await dock.target.observe("iris")
    assert before is not None
    assert seen is not None
    if point.startswith("journal."):  # it was live: its number is taken, and the way back is told
        assert [each.origin for each in seen.revisions] == [None, None, 1]
        assert seen.plan_digest == before.plan_digest
    else:
        assert seen == before
        assert dock.names() == names
