"""When a live revision has failed by its own doing, and when it has not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from jupyter_modelship.targets.kubernetes.cause_texts import CODES
from jupyter_modelship.targets.kubernetes.causes import named
from jupyter_modelship.targets.kubernetes.lasting import LOST_SECONDS, OWN, Watch
from jupyter_modelship.targets.kubernetes.patience import SURE_SECONDS


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def judged(code: str, *, after: float, ready: int) -> str | None:
    """The code of the failure, where that cause has stood for so long."""
    clock = Clock()
    watch = Watch(clock)
    assert watch.judge([named(code, "evidence")], ready=ready) is None
    clock.now = after
    cause = watch.judge([named(code, "evidence")], ready=ready)
    return cause.code if cause else None


def test_a_process_that_ends_again_and_again_has_failed_whatever_others_do() -> None:
    assert judged("crash", after=SURE_SECONDS, ready=2) == "crash"
    assert judged("crash", after=SURE_SECONDS - 1, ready=0) is None


def test_a_process_that_ended_once_and_is_up_again_has_not() -> None:
    clock = Clock()
    watch = Watch(clock)
    for clock.now, found in ((0, [named("crash", "evidence")]), (2, []), (9, [])):
        assert watch.judge(found, ready=1) is None
    clock.now = 10
    assert watch.judge([named("crash", "evidence")], ready=0) is None, "counted from anew"


def test_that_no_pod_is_ready_counts_after_a_while_and_only_where_none_is() -> None:
    assert judged("never-ready", after=LOST_SECONDS, ready=0) == "never-ready"
    assert judged("never-ready", after=LOST_SECONDS, ready=1) is None
    assert judged("never-ready", after=LOST_SECONDS - 1, ready=0) is None


@pytest.mark.parametrize("code", sorted(CODES.keys() - OWN))
def test_what_the_cluster_does_is_no_failure_of_the_revision(code: str) -> None:
    assert judged(code, after=1000, ready=0) is None
