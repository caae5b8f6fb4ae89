"""A run that is killed anywhere comes, without help, to exactly one right end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import sys
from pathlib import Path

import psutil
import pytest

import jupyter_modelship
from jupyter_modelship.runs.events import RunEvent
from jupyter_modelship.runs.run import ALLOWED, Run, new_id
from jupyter_modelship.runs.worker import PIPELINE_VARIABLE

from .harness import Aftermath, Scenario, all_failpoints, marked, strike

LINES = Path(__file__).parent / "lines"
PACKAGE = Path(jupyter_modelship.__file__).parent

OWN = ("client.", "effects.", "journal.", "stub.", "worker.")
"""Points of the machinery of runs; those of the stages are struck with the real pipeline."""
POINTS = tuple(
    point
    for point in (*all_failpoints(PACKAGE / "runs"), *all_failpoints(LINES))
    if point.startswith(OWN)
)
ELSEWHERE = {
    "effects.look.after": "resume",
    "effects.look.before": "resume",
    "journal.cancel.after": "cancel",
    "journal.cancel.before": "cancel",
    "journal.forget.after": "cancel",
    "journal.forget.before": "cancel",
    "journal.omit.after": "flood",
    "journal.omit.before": "flood",
    "stub.clean": "cancel",
    "worker.clean.after": "supersede",
    "worker.clean.before": "supersede",
}
"""Points that a plain deploy does not pass -> the scenario that does."""
SCENARIOS = ("deploy", "cancel", "flood", "reboot", "resume", "supersede")


def scenario(verb: str, world: Path, **body: object) -> Scenario:
    """A small person does `verb` with the stub pipeline, and once more after the fault."""
    mode = {"cancel": "wait", "reboot": "wait", "flood": "flood"}.get(verb, "")
    request = {
        "id": new_id(),
        "service": "iris",
        "target": "local",
        "notebook": "/iris.ipynb",
        "notebook_digest": "0" * 64,
        "plan_digest": "1" * 64,
        "body": {"pipeline": "stub:line", "world": str(world), "mode": mode, **body},
    }
    command = (sys.executable, str(LINES / "drive.py"), verb, json.dumps(request))
    return Scenario(command, (*command, "--until-ended"), {PIPELINE_VARIABLE: str(LINES)})


def assert_one_right_outcome(left: Aftermath, world: Path) -> None:
    """One service or none, that of the run that succeeded; nothing half-made; nobody left."""
    assert left.processes == ()
    assert left.without_worker == ()
    assert left.code == 0, left.output
    for run in left.runs:
        assert_a_story_that_can_be(run, left.stories[run.id])
    last = left.runs[0]
    assert [run.state for run in left.runs[1:]] in ([], ["cancelled"])
    if last.state == "succeeded":
        assert [path.name for path in world.iterdir()] == ["service"]
        assert (world / "service" / "run").read_text() == last.id
    else:
        assert last.state in ("cancelled", "failed")
        assert list(world.iterdir()) == []


def assert_a_story_that_can_be(run: Run, story: tuple[RunEvent, ...]) -> None:
    """Row and events agree, no state follows one that it cannot follow, nothing after the end."""
    told = [str(event.payload["state"]) for event in story if event.kind == "run"]
    assert (told[0], told[-1]) == ("queued", run.state)
    steps = {(came_from, to) for came_from, following in ALLOWED.items() for to in following}
    assert set(itertools.pairwise(told)) <= steps
    assert [event.last for event in story] == [False] * (len(story) - 1) + [True]
    assert (run.result is not None) == (run.state == "succeeded")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """The folder that stands for the world outside: effects are folders in it."""
    folder = tmp_path / "world"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("verb", SCENARIOS)
async def test_left_alone_each_scenario_comes_to_its_end(
    verb: str, tmp_path: Path, world: Path
) -> None:
    left = await strike(scenario(verb, world), tmp_path / "home")
    assert_one_right_outcome(left, world)
    assert left.runs[0].state == ("cancelled" if verb == "cancel" else "succeeded")


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_a_point_a_run_comes_to_one_right_outcome(
    point: str, tmp_path: Path, world: Path
) -> None:
    verb = ELSEWHERE.get(point, "deploy")
    left = await strike(scenario(verb, world), tmp_path / "home", point=point)
    assert left.struck, f"{verb} does not pass {point}"
    assert_one_right_outcome(left, world)
    if verb != "cancel":
        assert left.runs[0].state == "succeeded"


@pytest.mark.campaign
@pytest.mark.parametrize("action", ["kill", "raise"])
@pytest.mark.parametrize("verb", SCENARIOS)
@pytest.mark.parametrize("point", POINTS)
async def test_struck_at_every_pass_of_every_scenario(
    point: str, verb: str, action: str, tmp_path: Path
) -> None:
    if (point, action) == ("stub.clean", "raise"):
        return  # a clean-up that fails waits for the next run of the service: test_attempt
    for nth in range(1, 10):
        trial = tmp_path / str(nth)
        (world := trial / "world").mkdir(parents=True)
        plan = scenario(verb, world)
        left = await strike(plan, trial / "home", point=point, action=action, nth=nth)
        if not left.struck:
            return
        assert_one_right_outcome(left, world)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
async def test_killed_at_any_time_a_run_comes_to_one_right_outcome(tmp_path: Path) -> None:
    seed = int(os.environ.get("MODELSHIP_SEED", random.SystemRandom().randrange(1 << 32)))
    kills = int(os.environ.get("MODELSHIP_KILLS", "300"))
    print(f"MODELSHIP_SEED={seed} MODELSHIP_KILLS={kills}")
    dice = random.Random(seed)
    hits = 0
    for trial in range(kills):
        folder = tmp_path / str(trial)
        (world := folder / "world").mkdir(parents=True)
        plan = scenario(dice.choice(SCENARIOS), world, seconds=0.1)
        aim = _Aim(dice.uniform(0.0, 0.8), dice.choice(["client", "worker", "all"]))
        left = await strike(plan, folder / "home", kill=aim)
        assert_one_right_outcome(left, world)
        hits += aim.hits
    print(f"{kills} trials, {hits} processes killed")
    assert hits > kills // 3, "most kills came too late to say anything"


class _Aim:
    """Kills a victim's processes, and those alone, some seconds after the start."""

    def __init__(self, delay: float, victim: str) -> None:
        self.delay, self.victim, self.hits = delay, victim, 0

    async def __call__(self, first: asyncio.subprocess.Process, mark: str) -> None:
        await asyncio.sleep(self.delay)
        for candidate in marked(mark):
            is_client = candidate.pid == first.pid
            if self.victim == "all" or is_client == (self.victim == "client"):
                with contextlib.suppress(psutil.NoSuchProcess):
                    candidate.kill()
                    self.hits += 1


def test_no_point_is_without_a_scenario_and_no_scenario_without_a_point() -> None:
    assert set(ELSEWHERE) <= set(POINTS)
    assert set(ELSEWHERE.values()) <= set(SCENARIOS)
    assert len(POINTS) >= 30
