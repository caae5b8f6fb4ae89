"""Services that this machine does not reach by their address, as those of a cluster."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tornado.netutil import bind_unix_socket

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.server.app import Modelship
from jupyter_modelship.server.exchange import NoReply
from jupyter_modelship.server.ways import Ways
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Observation, Way

from .conftest import Ask
from .upstream import Upstream, ship

URL = "http://iris.team.svc"


@pytest.fixture
def far(upstream: Upstream, tmp_path: Path) -> FakeTarget:
    """The service iris answers at the end of a socket, and at its address nobody does."""
    door = tmp_path / "door"
    upstream.server.add_socket(bind_unix_socket(str(door)))
    upstream.target.doors["iris"] = Way(URL, "of-the-cluster", door)
    upstream.port = 1
    return upstream.target


async def test_a_request_goes_where_the_target_leads(
    call: Ask, upstream: Upstream, far: FakeTarget
) -> None:
    reply = await call("POST", "/score?x=1", body=b"{}")
    told = {"method": "POST", "uri": "/score?x=1", "sent": 2}
    assert (reply.code, json.loads(reply.body)) == (200, told)
    assert upstream.headers["Host"] == "iris.team.svc"
    assert upstream.headers["Authorization"] == "Bearer of-the-cluster"


async def test_bodies_and_replies_are_passed_on_while_they_come(
    call: Ask, upstream: Upstream, far: FakeTarget
) -> None:
    async def produce(write: object) -> None:
        for _ in range(10):
            await write(b"y" * 100_000)  # type: ignore[operator] # as tornado hands it in

    reply = await call("POST", body=None, body_producer=produce)
    assert json.loads(reply.body)["sent"] == 1_000_000
    pieces: list[bytes] = []

    def came(piece: bytes) -> None:
        pieces.append(piece)
        upstream.go_on.set()

    await call("GET", "/slow", streaming_callback=came)
    assert b"".join(pieces) == b"piece 0;piece 1;piece 2;"
    assert len(pieces) >= 3


async def test_requests_to_one_service_share_a_way(call: Ask, far: FakeTarget) -> None:
    replies = await asyncio.gather(*(call("GET") for _ in range(5)))
    await call("GET")
    assert [reply.code for reply in replies] == [200] * 5
    assert (far.ways, far.open_ways) == (["iris"], ["iris"])


async def test_what_is_not_on_this_machine_the_service_says_of_itself(
    ask: Ask, upstream: Upstream, far: FakeTarget
) -> None:
    reply = await ask("GET", "/services/iris/openapi")
    assert (reply.code, json.loads(reply.body)["uri"]) == (200, "/openapi.json")
    assert upstream.headers["Authorization"] == "Bearer of-the-cluster"


async def test_a_new_revision_is_reached_by_a_way_of_its_own(call: Ask, far: FakeTarget) -> None:
    await call("GET")
    await ship(far, Path("/n.ipynb"))
    await call("GET")
    assert far.ways == ["iris", "iris"]


async def test_a_way_that_nobody_uses_is_closed(
    call: Ask, far: FakeTarget, extension: Modelship
) -> None:
    extension.ways.idle = 0
    assert (await call("GET")).code == 200
    await _until_closed(far)
    assert (await call("GET")).code == 200
    assert far.ways == ["iris", "iris"]


async def test_the_server_ends_its_ways(call: Ask, far: FakeTarget, extension: Modelship) -> None:
    await call("GET")
    await extension.ways.close()
    assert far.open_ways == []


async def test_a_way_that_leads_nowhere_any_more_is_opened_anew(
    call: Ask, far: FakeTarget, tmp_path: Path
) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    door = far.doors["iris"]
    gone = tmp_path / "gone"
    async with await asyncio.start_unix_server(hang_up, gone):
        far.doors["iris"] = Way(URL, "", gone)
        reply = await call("GET")
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (502, "no-reply")
    assert told["remedy"] == "see how it is: jupyter modelship status iris"
    far.doors["iris"] = door
    assert (await call("GET")).code == 200
    await _until_closed(far, but=1)


async def test_what_the_cluster_refuses_is_said_with_its_remedy(call: Ask, far: FakeTarget) -> None:
    far.failures["reach"] = StageFailed("the cluster refuses", remedy="log in again")
    reply = await call("POST", body=b"x" * (2 << 20))
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (502, "no-reply")
    assert (told["message"], told["remedy"]) == ("the cluster refuses", "log in again")
    assert (await call("GET")).code == 200


async def test_nobody_waits_for_a_way_that_does_not_open(
    call: Ask, far: FakeTarget, extension: Modelship, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def never(seen: Observation) -> AsyncIterator[Way]:
        await asyncio.Event().wait()
        yield Way(seen.url)

    monkeypatch.setattr(far, "reach", never)
    extension.ways.patience = 0.01
    reply = await call("GET")
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (502, "no-reply")
    assert told["message"].startswith("iris takes no requests: there was no way to it within")
    assert told["remedy"]


async def test_to_a_service_of_this_machine_each_request_finds_its_own(
    call: Ask, upstream: Upstream
) -> None:
    await call("GET")
    await call("GET")
    assert upstream.target.ways == ["iris", "iris"]
    await _until_closed(upstream.target)


async def test_ways_that_rest_are_bounded_and_the_longest_unused_goes() -> None:
    target, ways = FakeTarget(), Ways(most=2)
    names = ("a", "b", "c")
    for name in names:
        await ship(target, Path("/n.ipynb"), service=name)
        target.doors[name] = Way(URL, "", Path("/nowhere"))
    for name in ("a", "b", "a", "c"):
        async with ways.hold(target, await _seen(target, name)):
            pass
    await _until_closed(target, but=2)
    assert sorted(target.open_ways) == ["a", "c"]
    await ways.close()


async def test_who_leaves_while_a_way_opens_takes_it_from_nobody() -> None:
    target, ways = FakeTarget(), Ways()
    await ship(target, Path("/n.ipynb"))
    target.doors["iris"] = Way(URL, "", Path("/nowhere"))
    seen = await _seen(target, "iris")
    used = asyncio.Event()

    async def use() -> None:
        async with ways.hold(target, seen):
            used.set()
            await asyncio.Event().wait()

    first, second = asyncio.ensure_future(use()), asyncio.ensure_future(use())
    await asyncio.sleep(0)
    first.cancel()
    await used.wait()
    assert target.ways == ["iris"]
    second.cancel()
    await asyncio.wait({first, second})
    await ways.close()
    assert target.open_ways == []


async def test_a_way_that_failed_is_still_held_by_those_who_use_it() -> None:
    target, ways = FakeTarget(), Ways()
    await ship(target, Path("/n.ipynb"))
    target.doors["iris"] = Way(URL, "", Path("/nowhere"))
    seen = await _seen(target, "iris")
    async with ways.hold(target, seen):
        with pytest.raises(NoReply):
            async with ways.hold(target, seen):
                raise NoReply("it broke off")
        assert target.open_ways == ["iris"]
    await _until_closed(target)


async def _seen(target: FakeTarget, service: str) -> Observation:
    seen = await target.observe(service)
    assert seen is not None
    return seen


async def _until_closed(target: FakeTarget, *, but: int = 0) -> None:
    while len(target.open_ways) > but:
        await asyncio.sleep(0)
