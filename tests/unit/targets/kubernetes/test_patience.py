"""What waiting may cure is told and waited for; what it cannot ends the run."""

from __future__ import annotations

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.kubernetes.causes import Cause, addressed, named
from jupyter_modelship.targets.kubernetes.patience import SURE_SECONDS, Patience
from jupyter_modelship.targets.port import silent

CPU = named("no-cpu", "0/1 nodes are available: 1 Insufficient cpu.")
SLOW = named("slow-start", "running for 12 s: /readyz does not answer")
SECRET = addressed(named("secret-missing", 'secret "iris.secrets" not found'), "iris")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_cause_is_told_once_and_again_when_it_is_over(clock: Clock) -> None:
    told: list[str] = []
    patience = Patience(told.append, clock=clock)
    for found in ([CPU], [CPU], [SLOW], []):
        patience.judge(found)
        clock.now += SURE_SECONDS
    assert told == [
        f"{CPU.what}: {CPU.evidence}; {CPU.remedy}",
        f"no longer: {CPU.what}",
        f"{SLOW.what}: {SLOW.evidence}; {SLOW.remedy}",
        f"no longer: {SLOW.what}",
    ]


def test_what_no_waiting_helps_fails_once_it_has_stood_for_a_moment(clock: Clock) -> None:
    patience = Patience(silent, clock=clock)
    patience.judge([SECRET])
    clock.now += SURE_SECONDS - 0.1
    patience.judge([SECRET, SLOW])
    clock.now += 0.1
    with pytest.raises(StageFailed) as caught:
        patience.judge([SECRET, SLOW])
    assert (
        str(caught.value) == 'a Secret is missing, or a key in it: secret "iris.secrets" not found'
    )
    assert caught.value.remedy == (
        "make it: kubectl create secret generic iris.secrets --from-literal=NAME=VALUE"
    )


def test_what_was_over_meanwhile_is_given_its_moment_again(clock: Clock) -> None:
    patience = Patience(silent, clock=clock)
    for found in ([SECRET], [], [SECRET]):
        patience.judge(found)
        clock.now += SURE_SECONDS - 0.1


@pytest.mark.parametrize(
    ("found", "said"),
    [([CPU], "no node has the processor time"), ([], "did not become ready in time")],
)
def test_no_waiting_is_for_ever(clock: Clock, found: list[Cause], said: str) -> None:
    patience = Patience(silent, 60.0, clock)
    clock.now += 60.1
    with pytest.raises(StageFailed, match=said):
        patience.judge(found)
