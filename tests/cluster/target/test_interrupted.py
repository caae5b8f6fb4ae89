"""Killed at any step: who takes the run up again ends it, who gives it up leaves what was there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_modelship import failpoints
from jupyter_modelship.failpoints import VARIABLE
from jupyter_modelship.targets import kubernetes
from jupyter_modelship.targets.port import Staged

from . import shipping
from .dock import Dock
from .test_kept_whole import OWN

ROOT = Path(__file__).parents[3]
TOKEN = "kubernetes.token.after"
STAGING = ["kubernetes.pin.after", *(f"kubernetes.hold.after@{nth}" for nth in (1, 2, 3))]
TAKING = [
    "kubernetes.claim.after",
    *(f"kubernetes.let-through.after@{nth}" for nth in (1, 2, 3, 4)),
]
NOW = {"kubernetes.pin.after", "kubernetes.hold.after@3", "kubernetes.claim.after",
       "kubernetes.let-through.after@3"}  # fmt: skip
STEPS = [
    pytest.param(step, marks=() if step in NOW else pytest.mark.campaign)
    for step in (*STAGING, *TAKING)
]


def killed(dock: Dock, answer: str, step: str, *, token: bool = False) -> None:
    """A worker ships that answer, and dies at that step."""
    point, _, nth = step.partition("@")
    words = [str(dock.home), dock.images.image(answer), answer, "90", *(["token"] * token)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.cluster.target.shipping", *words],
        cwd=ROOT,
        env={**os.environ, VARIABLE: f"{point}=kill" + (f"@{nth}" if nth else "")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("step", STEPS)
async def test_a_run_that_was_killed_is_taken_up_again(dock: Dock, step: str) -> None:
    one = await dock.ship(dock.release("one"))
    killed(dock, "two", step)
    assert await dock.ask(one) in (
        {"answer": "one", "region": None},
        {"answer": "two", "region": None},
    )
    two = await dock.ship(shipping.release(dock.home, dock.images.image("two"), "two"))
    assert (two.state, two.revision, [each.run for each in two.revisions]) == (
        "running",
        2,
        ["run-one", "run-two"],
    )
    assert await dock.ask(two) == {"answer": "two", "region": None}
    assert dock.names() == OWN | {"controllerrevision/iris.1", "controllerrevision/iris.2"}


def given_up(*steps: str, now: str) -> list[object]:
    return [pytest.param(one, marks=() if one == now else pytest.mark.campaign) for one in steps]


@pytest.mark.parametrize("step", given_up(TOKEN, *STAGING, now="kubernetes.hold.after@2"))
async def test_a_run_that_was_killed_and_given_up_leaves_the_live_revision(
    dock: Dock, step: str
) -> None:
    one = await dock.ship(dock.release("one"))
    before = dock.state()
    killed(dock, "two", step, token=True)
    await dock.target.discard(Staged("run-two", "iris", Path()))
    assert await dock.target.observe("iris") == one
    assert await dock.ask(one) == {"answer": "one", "region": None}
    assert dock.names() == OWN | {"controllerrevision/iris.1"}
    assert dock.runs("serviceaccounts") == {"run-one"}
    after = dock.state()
    changed = {name for name in before if after[name] != before[name]}
    assert changed <= {"Deployment iris", "Service iris"}, "its generation; kept to the live pods"


@pytest.mark.parametrize("step", given_up(TOKEN, *STAGING[1:], now="kubernetes.hold.after@3"))
async def test_the_first_run_of_a_service_killed_and_given_up_leaves_nothing(
    dock: Dock, step: str
) -> None:
    killed(dock, "one", step, token=True)
    assert dock.names() != set()
    assert await dock.target.observe("iris") is None
    await dock.target.discard(Staged("run-one", "iris", Path()))
    assert dock.names() == set()


@pytest.mark.parametrize("step", given_up(*TAKING, now="kubernetes.let-through.after@4"))
async def test_a_run_that_was_killed_while_it_took_over_gives_back_where_it_is_given_up(
    dock: Dock, step: str
) -> None:
    one = await dock.ship(dock.release("one"))
    killed(dock, "two", step, token=True)
    await dock.target.discard(Staged("run-two", "iris", Path()))
    assert dock.names() == OWN | {"controllerrevision/iris.1"}
    assert dock.runs("deployments,services,serviceaccounts,networkpolicies") == {"run-one"}
    assert await dock.target.observe("iris") == one
    assert await dock.ask(one) == {"answer": "one", "region": None}
    three = await dock.ship(dock.release("three"))
    assert [each.run for each in three.revisions] == ["run-one", "run-three"]
    assert await dock.ask(three) == {"answer": "three", "region": None}


@pytest.mark.parametrize("step", given_up(*TAKING, now="kubernetes.claim.after"))
async def test_the_first_run_of_a_service_killed_while_it_took_over_leaves_nothing(
    dock: Dock, step: str
) -> None:
    killed(dock, "one", step, token=True)
    assert "controllerrevision/iris.1" in dock.names()
    await dock.target.discard(Staged("run-one", "iris", Path()))
    assert dock.names() == set()


@pytest.mark.campaign
@pytest.mark.parametrize("step", TAKING)
async def test_what_was_stopped_is_stopped_again_where_the_next_run_is_given_up(
    dock: Dock, step: str
) -> None:
    await dock.ship(dock.release("one"))
    stopped = await dock.target.stop("iris")
    killed(dock, "two", step)
    await dock.target.discard(Staged("run-two", "iris", Path()))
    assert await dock.target.observe("iris") == stopped
    assert dock.names() == OWN | {"controllerrevision/iris.1"}


@pytest.mark.campaign
async def test_a_rollback_that_was_ended_while_it_took_over_is_taken_up_again(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer in ("one", "two"):
        await dock.ship(dock.release(answer))
    monkeypatch.setattr(failpoints, "_passes", {})
    monkeypatch.setenv(VARIABLE, "kubernetes.claim.after=raise")
    with pytest.raises(OSError, match="claim"):
        await dock.target.rollback("iris", run="back")
    monkeypatch.delenv(VARIABLE)
    back = await dock.target.rollback("iris", run="back")
    assert (back.revision, [each.run for each in back.revisions][2:]) == (3, ["back"])
    assert await dock.ask(back) == {"answer": "one", "region": None}


async def test_what_another_run_goes_on_with_is_left_to_it(dock: Dock) -> None:
    killed(dock, "one", "kubernetes.hold.after@2", token=True)
    killed(dock, "two", "kubernetes.hold.after@1", token=True)
    both = {"serviceaccount/iris", "secret/iris.token"}
    await dock.target.discard(Staged("run-one", "iris", Path()))
    assert dock.names() == both
    await dock.target.discard(Staged("run-two", "iris", Path()))
    assert dock.names() == set()


@pytest.mark.campaign
async def test_what_another_run_has_brought_live_stays(dock: Dock) -> None:
    killed(dock, "one", "kubernetes.hold.after@2", token=True)
    two = await dock.ship(dock.release("two", token=True))
    before = dock.state()
    await dock.target.discard(Staged("run-one", "iris", Path()))
    assert dock.state() == before
    assert await dock.ask(two) == {"answer": "two", "region": None}
    assert dock.names() == OWN | {"controllerrevision/iris.1", "secret/iris.token"}


@pytest.mark.campaign
async def test_what_is_somebody_elses_is_never_taken(dock: Dock) -> None:
    killed(dock, "one", "kubernetes.hold.after@2")
    dock.kubectl(
        "label", "serviceaccount", "iris", "app.kubernetes.io/managed-by=ada", "--overwrite"
    )
    await dock.target.discard(Staged("run-one", "iris", Path()))
    assert dock.kubectl("get", "serviceaccount", "iris", "-o", "name").split() == [
        "serviceaccount/iris"
    ]
    assert dock.names() == set()


async def test_the_next_run_ends_what_another_one_has_half_done(dock: Dock) -> None:
    await dock.ship(dock.release("one"))
    killed(dock, "two", "kubernetes.claim.after")
    three = await dock.ship(dock.release("three"))
    assert [each.run for each in three.revisions] == ["run-one", "run-two", "run-three"]
    assert await dock.ask(three) == {"answer": "three", "region": None}


def test_every_step_is_struck_here() -> None:
    folder = Path(kubernetes.__file__).parent
    source = "".join(path.read_text() for path in folder.rglob("*.py"))
    named = set(re.findall(r'failpoint\("([^"]+)"\)', source))
    assert len(re.findall(r"\bfailpoint\(", source)) == len(named)
    assert {step.partition("@")[0] for step in (TOKEN, *STAGING, *TAKING)} == named
