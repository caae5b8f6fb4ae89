from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from jupyter_modelship.desk.polling import Shared


class World:
    """A value, and how often somebody looked at it."""

    def __init__(self) -> None:
        self.value: object = "dark"
        self.looks = 0
        self.looked = asyncio.Event()

    async def look(self) -> object:
        self.looks += 1
        self.looked.set()
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    async def be_seen(self) -> None:
        """Until somebody has looked at what is there now."""
        for _ in range(2):
            self.looked.clear()
            await self.looked.wait()


async def test_a_listener_hears_the_value_and_then_each_change() -> None:
    world = World()
    async with aclosing(Shared(world.look, pause=0.001).follow()) as heard:
        assert await anext(heard) == (1, "dark")
        await world.be_seen()
        world.value = "light"
        assert await anext(heard) == (2, "light")


async def test_many_listeners_are_one_look() -> None:
    world = World()
    shared = Shared(world.look, pause=1000)
    listeners = [shared.follow() for _ in range(50)]
    for listener in listeners:
        assert await anext(listener) == (1, "dark")
    assert world.looks == 1
    for listener in listeners:
        await listener.aclose()


async def test_a_slow_listener_gets_the_last_value_and_not_those_between() -> None:
    world = World()
    async with aclosing(Shared(world.look, pause=0.001).follow()) as slow:
        assert await anext(slow) == (1, "dark")
        for value in range(5):
            world.value = value
            await world.be_seen()
        assert await anext(slow) == (6, 4)


async def test_nobody_looks_while_nobody_listens() -> None:
    world = World()
    shared = Shared(world.look, pause=0.001)
    async with aclosing(shared.follow()) as heard:
        await anext(heard)
    looks = world.looks
    await asyncio.sleep(0.02)
    assert world.looks == looks
    world.value = "light"
    async with aclosing(shared.follow()) as heard:
        assert await anext(heard) == (2, "light"), "and never what was seen the last time"


async def test_a_look_that_fails_is_told_to_all_and_tried_again_for_the_next() -> None:
    world = World()
    shared = Shared(world.look, pause=0.001)
    first, second = shared.follow(), shared.follow()
    await anext(first)
    await anext(second)
    world.value = RuntimeError("no look")
    for listener in (first, second):
        with pytest.raises(RuntimeError, match="no look"):
            await anext(listener)
    world.value = "light"
    async with aclosing(shared.follow()) as heard:
        assert (await anext(heard))[1] == "light"
