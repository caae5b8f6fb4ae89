"""One connection's channels, without a web: windows, hostile frames, what a slow peer costs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from jupyter_modelship.errors import NothingThere
from jupyter_modelship.server.session import CHANNELS, WINDOW, Frame, Gone, Session


class Peer:
    """What went out, and a switch that lets it go."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.asked = 0
        """Frames that the feed was asked for."""
        self.feeds = 0
        self.gone = False
        self.takes = asyncio.Event()
        self.takes.set()
        self.session = Session(self.feed, self.send)

    async def send(self, text: str) -> None:
        if self.gone:
            raise Gone
        await self.takes.wait()
        self.frames.append(json.loads(text))

    async def feed(self, channel: str, after: float) -> AsyncGenerator[Frame, None]:
        """Numbers up to 1,000; `none` has nothing, `bad` fails, `bug` is one."""
        self.feeds += 1
        try:
            if channel == "none":
                raise NothingThere("there is no such channel")
            if channel == "bug":
                raise ZeroDivisionError
            for number in range(int(after) + 1, 1001):
                self.asked += 1
                yield Frame(number, json.dumps({"of": channel}))
        finally:
            self.feeds -= 1

    async def hear(self, **wish: object) -> None:
        await self.session.hear(json.dumps(wish))

    async def settle(self) -> None:
        """Until nothing moves any more."""
        for _ in range(2 * WINDOW + 50):
            await asyncio.sleep(0)

    def of(self, channel: str) -> list[Any]:
        return [frame for frame in self.frames if frame["channel"] == channel]


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    yield peer
    peer.takes.set()
    await peer.session.close()
    assert peer.feeds == 0, "a feed outlived its session"


async def test_frames_come_in_order_and_stop_at_the_window(peer: Peer) -> None:
    await peer.hear(do="subscribe", channel="run:1", after=0)
    await peer.settle()
    assert [frame["seq"] for frame in peer.frames] == list(range(1, WINDOW + 1))
    assert peer.asked == WINDOW, "what is not sent is not made either"
    assert peer.frames[0] == {
        "channel": "run:1",
        "kind": "event",
        "seq": 1,
        "data": {"of": "run:1"},
    }


async def test_an_ack_frees_the_frames_up_to_its_number(peer: Peer) -> None:
    await peer.hear(do="subscribe", channel="run:1", after=0)
    await peer.settle()
    await peer.hear(do="ack", channel="run:1", seq=10)
    await peer.settle()
    assert len(peer.frames) == WINDOW + 10
    await peer.hear(do="ack", channel="run:1", seq=10)
    await peer.hear(do="ack", channel="run:2", seq=10)
    await peer.settle()
    assert len(peer.frames) == WINDOW + 10, "the same again, or another channel, frees nothing"


async def test_channels_do_not_wait_for_each_other(peer: Peer) -> None:
    await peer.hear(do="subscribe", channel="a", after=0)
    await peer.settle()
    await peer.hear(do="subscribe", channel="b", after=990)
    await peer.settle()
    assert [frame.get("seq") for frame in peer.of("b")] == [*range(991, 1001), None]
    assert peer.of("b")[-1] == {"channel": "b", "kind": "end"}


async def test_who_subscribes_again_goes_on_from_there(peer: Peer) -> None:
    await peer.hear(do="subscribe", channel="a", after=0)
    await peer.settle()
    await peer.hear(do="subscribe", channel="a", after=998)
    await peer.settle()
    assert [frame.get("seq") for frame in peer.frames[WINDOW:]] == [999, 1000, None]
    assert peer.feeds == 0


async def test_a_channel_that_was_left_says_no_more(peer: Peer) -> None:
    await peer.hear(do="subscribe", channel="a", after=0)
    await peer.hear(do="unsubscribe", channel="a")
    await peer.hear(do="unsubscribe", channel="a")
    await peer.settle()
    assert (peer.frames, peer.feeds) == ([], 0)


async def test_a_peer_that_takes_nothing_holds_one_frame_a_channel(peer: Peer) -> None:
    peer.takes.clear()
    for number in range(20):
        await peer.hear(do="subscribe", channel=f"run:{number}", after=0)
    await peer.settle()
    assert (peer.asked, peer.frames) == (20, [])


async def test_acks_without_end_do_not_open_the_window_of_a_peer_that_takes_nothing(
    peer: Peer,
) -> None:
    peer.takes.clear()
    await peer.hear(do="subscribe", channel="a", after=0)
    for _ in range(100):
        await peer.hear(do="ack", channel="a", seq=2**53)
        await peer.settle()
    assert peer.asked == 1


async def test_a_channel_that_there_is_not_is_answered_and_forgotten(peer: Peer) -> None:
    await peer.hear(do="subscribe", channel="none", after=0)
    await peer.settle()
    (frame,) = peer.frames
    assert (frame["channel"], frame["kind"]) == ("none", "error")
    assert frame["problem"]["code"] == "nothing-there"
    await peer.hear(do="subscribe", channel="none", after=0)
    await peer.settle()
    assert len(peer.frames) == 2


async def test_a_mistake_of_ours_ends_one_channel_and_is_logged(
    peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    await peer.hear(do="subscribe", channel="a", after=999)
    await peer.hear(do="subscribe", channel="bug", after=0)
    await peer.settle()
    assert peer.of("bug")[0]["problem"]["code"] == "internal"
    assert peer.of("a")[-1]["kind"] == "end"
    assert "ZeroDivisionError" in caplog.text


async def test_a_peer_that_leaves_ends_its_feeds_without_a_word(
    peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    peer.gone = True
    await peer.hear(do="subscribe", channel="a", after=0)
    await peer.hear(do="subscribe", channel="none", after=0)
    await peer.settle()
    assert (peer.feeds, caplog.text) == (0, "")
    with pytest.raises(Gone):
        await peer.session.hear("{")


async def test_the_number_of_channels_is_limited(peer: Peer) -> None:
    peer.takes.clear()
    for number in range(CHANNELS):
        await peer.hear(do="subscribe", channel=f"{number}", after=0)
    task = asyncio.ensure_future(peer.hear(do="subscribe", channel=f"{CHANNELS}", after=0))
    peer.takes.set()
    await task
    assert [f["channel"] for f in peer.frames if f["kind"] == "error"] == [f"{CHANNELS}"]


HOSTILE = [
    "",
    "{",
    "null",
    "[]",
    "[" * 4000,
    '{"do":"subscribe"}',
    '{"do":"subscribe","channel":"a"}',
    '{"do":"subscribe","channel":"a","after":-1}',
    '{"do":"subscribe","channel":"a","after":"1"}',
    '{"do":"subscribe","channel":"a","after":true}',
    '{"do":"subscribe","channel":"a","after":NaN}',
    '{"do":"subscribe","channel":"a","after":1e400}',
    '{"do":"subscribe","channel":"a","after":9007199254740993}',
    '{"do":"subscribe","channel":7,"after":0}',
    '{"do":"subscribe","channel":null,"after":0}',
    '{"do":"subscribe","channel":"' + "a" * 300 + '","after":0}',
    '{"do":"ack","channel":"a","seq":{}}',
    '{"do":"drop","channel":"a"}',
    '{"do":["ack"],"channel":"a"}',
    '{"do":"ack","channel":"\ud800"}',
    '{"do":"ack","channel":"\\ud800"}',
    " " * 5000,
    "9" * 4000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_frame_is_answered_by_an_error(peer: Peer, text: str) -> None:
    await peer.session.hear(text)
    (frame,) = peer.frames
    assert (frame["kind"], frame["problem"]["code"]) == ("error", "bad-frame")
    assert frame["problem"]["remedy"]


async def test_bytes_are_no_frame(peer: Peer) -> None:
    await peer.session.hear(b'{"do":"unsubscribe","channel":"a"}')
    assert peer.frames[0]["problem"]["code"] == "bad-frame"


json_values = some.recursive(
    some.none() | some.booleans() | some.floats() | some.integers() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=10,
)
wishes = some.fixed_dictionaries(
    {},
    optional={
        "do": some.sampled_from(["subscribe", "unsubscribe", "ack"]) | json_values,
        "channel": some.sampled_from(["a", "none", "bug"]) | json_values,
        "after": json_values,
        "seq": json_values,
    },
)


@given(some.lists(wishes | json_values, max_size=8))
def test_no_frame_brings_a_session_down(frames: list[object]) -> None:
    async def tried() -> None:
        peer = Peer()
        for frame in frames:
            await peer.session.hear(json.dumps(frame))
        await peer.settle()
        await peer.hear(do="subscribe", channel="last", after=999)
        await peer.settle()
        assert [frame["kind"] for frame in peer.of("last")] == ["event", "end"]
        await peer.session.close()

    asyncio.run(tried())
