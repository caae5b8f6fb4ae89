"""Targets are followed while anybody asks how services stand, once for all who ask."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_modelship.desk.followed import Followed
from jupyter_modelship.places import Places
from jupyter_modelship.runs import services
from jupyter_modelship.targets.fake import FakeTarget


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> FakeTarget:
    made = FakeTarget()
    monkeypatch.setattr(services, "open_targets", lambda _: {"fake": made})
    return made


async def test_however_many_ask_a_target_is_followed_once(target: FakeTarget, here: Places) -> None:
    followed = Followed(here)
    for asked in await asyncio.gather(*(followed.targets() for _ in range(5))):
        assert asked == {"fake": target}
    await asyncio.sleep(0)
    assert target.followers == 1
    await followed.close()
    assert target.followers == 0


async def test_when_nobody_has_asked_for_a_while_it_ends_until_somebody_does(
    target: FakeTarget, here: Places
) -> None:
    followed = Followed(here, idle=0.0)
    for _ in range(2):
        await followed.targets()
        while target.followers != 1:
            await asyncio.sleep(0)
        while target.followers:
            await asyncio.sleep(0)
    await followed.close()


async def test_a_target_that_comes_later_is_followed_too(
    target: FakeTarget, here: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = Followed(here)
    await followed.targets()
    later = FakeTarget(name="later")
    monkeypatch.setattr(services, "open_targets", lambda _: {"fake": FakeTarget(), "later": later})
    assert await followed.targets() == {"fake": target, "later": later}, "who was there is kept"
    await asyncio.sleep(0)
    assert (target.followers, later.followers) == (1, 1)
    await followed.close()
