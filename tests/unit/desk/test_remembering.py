"""A target that does not answer keeps its services as they were, and keeps nobody waiting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_modelship.desk.remembering import Remembered, Silence
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Observation
from tests.server.upstream import ship

GONE = StageFailed("the cluster does not answer", remedy="is its network up?")
SILENCE = Silence(100.0, GONE.message, GONE.remedy)


@dataclass
class Far(FakeTarget):
    """Answers, refuses, or says nothing."""

    mood: str = "well"
    asked: int = 0

    async def list(self) -> tuple[Observation, ...]:
        self.asked += 1
        if self.mood == "refuses":
            raise GONE
        if self.mood == "silent":
            await asyncio.Event().wait()
        return await super().list()


@pytest.fixture
async def far() -> Far:
    made = Far(name="far")
    await ship(made, Path("/iris.ipynb"))
    return made


async def test_a_service_is_as_it_was_until_its_target_answers_again(far: Far) -> None:
    now = [100.0]
    remembered = Remembered(clock=lambda: now[0])
    ((seen, silence),) = await remembered.ask({"far": far})
    assert (seen.service, silence) == ("iris", None)
    far.mood = "refuses"
    for _ in range(2):
        assert await remembered.ask({"far": far}) == [(seen, SILENCE)], "since the first look"
        now[0] += 60
    far.mood = "well"
    assert await remembered.ask({"far": far}) == [(seen, None)]
    far.mood = "refuses"
    now[0] = 300.0
    ((_, silence),) = await remembered.ask({"far": far})
    assert silence == Silence(300.0, GONE.message, GONE.remedy), "another silence"
    assert await remembered.ask({}) == [], "there is no such target any more"


async def test_a_target_that_says_nothing_is_not_waited_for_at_each_look(far: Far) -> None:
    ticks = iter(range(1000))
    remembered = Remembered(clock=lambda: float(next(ticks)))
    near = Far(name="near")
    await ship(near, Path("/cities.ipynb"), service="cities")
    both = {"far": far, "near": near}
    await remembered.ask(both)
    far.mood = "silent"
    for _ in range(3):
        told = {
            seen.service: silence for seen, silence in await remembered.ask(both, patience=0.01)
        }
        assert told["cities"] is None
        assert told["iris"] is not None
        assert told["iris"].reason == "the target far has not answered for 0 s"
    assert (near.asked, far.asked) == (4, 2), "not while it took as long as that four times over"
