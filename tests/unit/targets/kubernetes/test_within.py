"""A wait that is cancelled ends, also in the moment in which what it waits for comes."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.kubernetes.rollout import News
from jupyter_modelship.targets.kubernetes.within import within

TURNS = range(6)
"""Of the event loop, between the news and the cancellation: the last ones are too late for it."""


async def follow(news: News) -> None:
    while True:
        await news.wait(60)


@pytest.mark.parametrize("turns", TURNS)
async def test_who_waits_for_news_is_cancelled_in_whatever_moment(turns: int) -> None:
    news = News()
    waiting = asyncio.ensure_future(follow(news))
    await asyncio.sleep(0)
    news.tell()
    for _ in range(turns):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting}, timeout=10)
    assert waiting.cancelled()


async def test_news_end_a_wait_and_so_does_its_time() -> None:
    news = News()
    news.tell()
    await news.wait(60)
    await news.wait(0)
    news.failure = StageFailed("the cluster does not answer")
    news.tell()
    with pytest.raises(StageFailed, match="does not answer"):
        await news.wait(60)


async def test_what_is_not_there_in_time_is_cancelled() -> None:
    never = asyncio.get_running_loop().create_future()
    with pytest.raises(asyncio.TimeoutError):
        await within(never, 0)
    assert never.cancelled()
