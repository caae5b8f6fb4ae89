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

RATE = 60.0
"""Requests a second; 50 are promised."""


async def test_no_request_is_lost_while_a_revision_comes_and_goes(
    dock: Dock, capsys: pytest.CaptureFixture[str]
) -> None:
    await _come_and_go(dock, 1, capsys)


@pytest.mark.campaign
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
        print(
            f"\n0 of {load.answered} requests failed, {load.answers['wait']} of them of 5 s; "
            f"{load.mean:.0f} a second, {load.slowest:.0f} in the slowest ten seconds"
        )
