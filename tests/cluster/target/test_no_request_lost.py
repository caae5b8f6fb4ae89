"""Requests go on while revisions come and go: every one is answered.

N is stated with the zero: no failure in N trials bounds the share of failures by 3/N (95 %).
"""

from __future__ import annotations

import asyncio

import pytest

from tests.trials import trials

from .dock import Dock
from .happenings import happenings
from .load import Load, report
from .person import Person


@pytest.mark.campaign
async def test_no_request_is_lost_while_revisions_come_and_go(
    dock: Dock, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    """5 rollouts and 5 rollbacks by the command line, of the real runtime."""
    if dock.images.cluster.place is None:
        pytest.skip("this machine does not reach the addresses of that cluster's services")
    run = trials(5, capsys, least=1)
    code, told = await asyncio.to_thread(person.deploy, wait=0, flags=("--no-token",))
    assert code == 0, told
    address = dock.kubectl("get", "service", "iris", "-o", "jsonpath={.spec.clusterIP}")
    async with happenings(dock) as happened, Load(f"http://{address}", rate=60.0) as load:
        for number in range(1, run.count + 1):
            load.phase = f"rollout {number}"
            code, told = await asyncio.to_thread(person.deploy, wait=number, flags=("--no-token",))
            assert code == 0, told
            load.phase = f"rollback {number}"
            code, told = await asyncio.to_thread(person.modelship, "rollback", "iris")
            assert code == 0, told
        load.phase = "after the last rollback"
        await asyncio.sleep(15)  # the last pod that ends is still at it
    assert not load.losses, report(load, happened)
    assert load.answers["wait"] > run.count
    with capsys.disabled():
        slow = load.answers["wait"]
        print(f"\n0 of {load.answered} requests failed, {slow} of them of 5 s")
