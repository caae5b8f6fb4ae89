"""Requests go on while revisions come and go: every one is answered.

N is stated with the zero: no failure in N trials bounds the share of failures by 3/N (95 %).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.trials import trials

from .dock import Dock
from .happenings import happenings
from .load import Load, report

RATE, PROMISED = 60.0, 50
"""Requests a second, all clients together."""


async def test_no_request_is_lost_while_a_revision_comes_and_goes(
    dock: Dock, capsys: pytest.CaptureFixture[str]
) -> None:
    await _come_and_go(dock, 1, capsys)


@pytest.mark.campaign
@pytest.mark.timeout(900)
async def test_no_request_is_lost_while_five_revisions_come_and_go(
    dock: Dock, capsys: pytest.CaptureFixture[str]
) -> None:
    await _come_and_go(dock, trials(5, capsys, least=1).count, capsys)


async def _come_and_go(dock: Dock, times: int, capsys: pytest.CaptureFixture[str]) -> None:
    """So many rollouts and rollbacks of the real runtime."""
    if dock.images.cluster.place is None:
        pytest.skip("this machine does not reach the addresses of that cluster's services")
    image = dock.images.real()
    await dock.ship(replace(dock.release("0"), image=image))
    address = dock.kubectl("get", "service", "iris", "-o", "jsonpath={.spec.clusterIP}")
    async with happenings(dock) as happened, Load(f"{address}:80", RATE) as load:
        for number in range(1, times + 1):
            load.tell(f"rollout {number}")
            await dock.ship(replace(dock.release(f"{number}"), image=image))
            load.tell(f"rollback {number}")
            await dock.target.rollback("iris")
        load.tell("after the last rollback")
        while len(dock.kubectl("get", "pods", "-o", "name").split()) > 1:
            await asyncio.sleep(0.5)  # the last pods that end are still at it
    assert not load.losses, report(load, happened)
    assert load.answers["wait"] > times
    with capsys.disabled():
        print(f"\n{told(load, times)}")


def told(load: Load, times: int) -> str:
    """N, and how fast: a machine that is busy beside it does not reach the pace."""
    most, slow, pace = load.answered, load.answers["wait"], load.pace
    reached = "reached" if pace.slowest >= PROMISED else "NOT reached on this machine"
    return (
        f"{times} rollouts and {times} rollbacks in {pace.seconds} s: 0 of N = {most} requests "
        f"failed (share below {3 / most:.2%}, 95 %), {slow} of them of 5 s; {pace.mean:.1f} a "
        f"second, {pace.slowest:.1f} in the slowest ten seconds: {PROMISED} {reached}"
    )
