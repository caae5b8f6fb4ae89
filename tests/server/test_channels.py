"""The WebSocket of a real server: who may open it, and that nothing is lost over it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth.authorizer import Authorizer
from tornado.websocket import WebSocketClientConnection

from jupyter_modelship.places import places
from jupyter_modelship.runs import liveness, services
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request, new_id
from jupyter_modelship.server.app import Modelship
from jupyter_modelship.targets.fake import FakeTarget

from .conftest import Ask
from .test_services import run
from .upstream import ship

Connect = Callable[..., Awaitable[WebSocketClientConnection]]
PATH = ("modelship", "api", "v1", "channels")


class Window:
    """The client's side of a socket."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self._socket = socket

    async def say(self, **wish: object) -> None:
        await self._socket.write_message(json.dumps(wish))

    async def subscribe(self, channel: str, after: float = 0) -> None:
        await self.say(do="subscribe", channel=channel, after=after)

    async def hear(self) -> Any:
        text = await self._socket.read_message()
        assert text is not None, "the server closed the connection"
        return json.loads(text)


@asynccontextmanager
async def window(connect: Connect, **options: Any) -> AsyncIterator[Window]:
    socket = await connect(*PATH, **options)
    try:
        yield Window(socket)
    finally:
        await hang_up(socket)


async def hang_up(socket: WebSocketClientConnection) -> None:
    socket.close()
    while await socket.read_message() is not None:
        pass


@pytest.fixture
def connect(jp_ws_fetch: Connect, extension: Modelship) -> Connect:
    return jp_ws_fetch


@contextmanager
def worker(events: int = 0) -> Iterator[tuple[str, Journal]]:
    """A run that somebody works on, with so many lines of log told already."""
    request = Request(new_id(), "iris", "local", "/n.ipynb", "a" * 64, "b" * 64)
    with liveness.hold(places(), request.id) as lock, Journal.open(places()) as journal:
        assert lock is not None
        journal.submit(request)
        journal.transition(request.id, "queued", "running")
        for number in range(events):
            journal.append(request.id, "rehearse", "log", {"lines": [f"line {number}"]})
        yield request.id, journal


def finish(journal: Journal, run: str) -> None:
    result = {"service": "iris", "target": "local", "url": None, "revision": 1}
    journal.transition(run, "running", "succeeded", result=result)


async def heard(socket: Window, channel: str, after: float = 0) -> list[Any]:
    """All frames of the channel up to its end."""
    await socket.subscribe(channel, after)
    frames = [await socket.hear()]
    while frames[-1]["kind"] == "event":
        await socket.say(do="ack", channel=channel, seq=frames[-1]["seq"])
        frames.append(await socket.hear())
    return frames


async def test_a_run_that_has_ended_is_told_from_any_place(connect: Connect) -> None:
    with worker(events=200) as (run, journal):
        finish(journal, run)
        whole = [event.to_json() for event in journal.events(run)]
    async with window(connect) as socket:
        for after in (0, 100, len(whole), len(whole) + 50):
            *events, end = await heard(socket, f"run:{run}", after)
            assert [frame["data"] for frame in events] == json.loads(json.dumps(whole[after:]))
            assert [frame["seq"] for frame in events] == [e["seq"] for e in whole[after:]]
            assert end == {"channel": f"run:{run}", "kind": "end"}


async def test_a_run_is_followed_while_it_goes_on(connect: Connect) -> None:
    with worker() as (run, journal):
        async with window(connect) as socket:
            await socket.subscribe(f"run:{run}")
            states = [(await socket.hear())["data"]["payload"]["state"] for _ in range(2)]
            assert states == ["queued", "running"]
            journal.append(run, "rehearse", "log", {"lines": ["now"]})
            assert (await socket.hear())["data"]["payload"] == {"lines": ["now"]}
            finish(journal, run)
            assert [(await socket.hear())["kind"] for _ in range(3)] == ["event", "event", "end"]


async def test_a_worker_that_vanishes_is_told_once_and_its_successor_is_followed(
    connect: Connect,
) -> None:
    with worker() as (run, journal):
        pass
    async with window(connect) as socket:
        await socket.subscribe(f"run:{run}")
        *_, lost = [await socket.hear() for _ in range(3)]
        assert (lost["seq"], lost["data"]["seq"]) == (2.5, 2)
        assert lost["data"]["payload"]["state"] == "interrupted"
    async with window(connect) as socket:
        await socket.subscribe(f"run:{run}", lost["seq"])
        with liveness.hold(places(), run), Journal.open(places()) as journal:
            journal.append(run, "", "log", {"lines": ["taken up"]})
            assert (await socket.hear())["data"]["seq"] == 3, "and nothing is told again"
            finish(journal, run)


async def test_a_hundred_reconnects_at_random_points_give_the_same_log(
    connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("MODELSHIP_SEED", random.SystemRandom().randrange(1 << 32)))
    with capsys.disabled():
        print(f"\nMODELSHIP_SEED={seed}", flush=True)
    dice = random.Random(seed)
    go_on = threading.Event()

    def work(run: str) -> None:
        """Tells in bursts, while the window comes and goes."""
        with Journal.open(places()) as journal:
            written = 0
            while not go_on.is_set() or written < 300:
                for _ in range(dice.randrange(1, 12)):
                    written += 1
                    text = f"{written} " + "ä" * dice.randrange(60)
                    journal.append(run, "rehearse", "log", {"lines": [text]})
                go_on.wait(dice.random() * 0.02)
            finish(journal, run)

    log, last, reconnects, ended = list[str](), 0.0, 0, False
    with worker() as (run, journal):
        working = asyncio.ensure_future(asyncio.to_thread(work, run))
        while not ended:
            async with window(connect) as socket:
                await socket.subscribe(f"run:{run}", last)
                for _ in range(dice.randrange(0, 9) if reconnects < 100 else 10**6):
                    frame = await socket.hear()
                    if frame["kind"] == "end":
                        ended = True
                        break
                    log.append(json.dumps(frame["data"]))
                    last = frame["seq"]
                    if dice.random() < 0.7:
                        await socket.say(do="ack", channel=f"run:{run}", seq=last)
            reconnects += 1
            if reconnects == 100:
                go_on.set()
        await working
        whole = [json.dumps(event.to_json()) for event in journal.events(run)]
    assert reconnects > 100
    assert len(whole) > 300
    assert "\n".join(log).encode() == "\n".join(whole).encode()


async def test_many_windows_are_one_look_at_the_journal(
    connect: Connect, extension: Modelship, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    open_journal = Journal.open
    with worker(events=5) as (run, journal):

        def counted(*arguments: Any, **options: Any) -> Journal:
            opened.append(arguments)
            return open_journal(*arguments, **options)

        monkeypatch.setattr(Journal, "open", counted)
        sockets = [await connect(*PATH) for _ in range(10)]
        for socket in map(Window, sockets):
            await socket.subscribe(f"run:{run}")
            for _ in range(7):
                await socket.hear()
        assert len(opened) == 1
        finish(journal, run)
        for socket in map(Window, sockets):
            assert [(await socket.hear())["kind"] for _ in range(3)] == ["event", "event", "end"]
        for connection in sockets:
            await hang_up(connection)


async def test_a_reader_that_does_not_acknowledge_gets_a_window_and_no_more(
    connect: Connect,
) -> None:
    with worker(events=500) as (run, journal):
        finish(journal, run)
        async with window(connect) as socket:
            await socket.subscribe(f"run:{run}")
            frames = [await socket.hear() for _ in range(64)]
            await socket.subscribe("nonsense")
            assert (await socket.hear())["channel"] == "nonsense", "others go on meanwhile"
            await socket.say(do="ack", channel=f"run:{run}", seq=frames[0]["seq"])
            assert (await socket.hear())["seq"] == 65


async def test_services_come_at_once_and_when_they_change(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = FakeTarget()
    monkeypatch.setattr(services, "open_targets", lambda places: {"fake": target})
    async with window(connect) as socket, window(connect) as other:
        await socket.subscribe("services")
        first = await socket.hear()
        assert first["data"] == []
        await ship(target, Path("/n.ipynb"))
        second = await socket.hear()
        assert [one["service"] for one in second["data"]] == ["iris"]
        assert second["seq"] > first["seq"]
        await other.subscribe("services", second["seq"])
        assert (await other.hear())["data"] == second["data"], "also to who has seen it"
        run("running")
        assert (await socket.hear())["data"][0]["run"]["state"] in ("running", "interrupted")


async def test_a_log_is_told_from_its_end_on(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = FakeTarget()
    monkeypatch.setattr(services, "open_targets", lambda places: {"fake": target})
    await ship(target, Path("/n.ipynb"))
    for number in range(2100):
        target.say("iris", f"{number}")
    async with window(connect) as socket:
        *events, end = await heard(socket, "logs:iris")
        lines = [line for frame in events for line in frame["data"]["lines"]]
        assert lines == [f"{number}" for number in range(100, 2100)]
        assert [frame["data"]["reset"] for frame in events] == [True] + [False] * (len(events) - 1)
        assert end["kind"] == "end"


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("nothing", "nothing-there"),
        ("run:", "nothing-there"),
        ("run:../../etc", "usage"),
        ("run:00000000-0000-4000-8000-000000000009", "nothing-there"),
        ("logs:none", "nothing-there"),
        ("logs:../x", "usage"),
        ("logs:<img onerror=x>\u202e", "usage"),
        ("metrics:none", "nothing-there"),
        ("services:all", "nothing-there"),
    ],
)
async def test_channels_that_there_are_not(connect: Connect, channel: str, code: str) -> None:
    async with window(connect) as socket:
        await socket.subscribe(channel)
        frame = await socket.hear()
        assert (frame["channel"], frame["kind"]) == (channel, "error")
        assert frame["problem"]["code"] == code
        await socket.subscribe("services")
        assert (await socket.hear())["kind"] == "event", "the socket goes on"


async def test_a_frame_that_is_too_long_ends_the_connection_and_not_the_server(
    connect: Connect,
) -> None:
    socket = await connect(*PATH)
    await socket.write_message("x" * (1 << 17))
    await hang_up(socket)
    async with window(connect) as again:
        await again.subscribe("services")
        assert (await again.hear())["kind"] == "event"


async def test_a_window_that_leaves_takes_its_work_with_it(
    connect: Connect, extension: Modelship
) -> None:
    with worker(events=3) as (run, _):
        async with window(connect) as socket:
            await socket.subscribe(f"run:{run}")
            await socket.subscribe("services")
            for _ in range(6):
                await socket.hear()
            names = {thread.name for thread in threading.enumerate()}
            assert any(name.startswith("modelship-journal") for name in names)
        while any(t.name.startswith("modelship-journal") for t in threading.enumerate()):
            await asyncio.sleep(0.01)  # until the journal is not being looked at any more


class Nobody(Authorizer):
    """Lets nobody read."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return resource != "modelship"


async def refusal(fetch: Ask, **headers: str) -> int:
    """What a handshake with these headers is answered."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    return (await fetch(*PATH, headers={**upgrade, **headers}, raise_error=False)).code


async def test_without_a_token_there_is_no_socket(jp_fetch: Ask, extension: Modelship) -> None:
    assert await refusal(jp_fetch, Authorization="") == 403
    assert await refusal(jp_fetch, Authorization="token wrong") == 403


async def test_another_origin_gets_no_socket(jp_fetch: Ask, extension: Modelship) -> None:
    """By its cookie: who has the token may come from anywhere, as with all of Jupyter."""
    login = await jp_fetch("api", "status")
    cookie = "; ".join(c.partition(";")[0] for c in login.headers.get_list("Set-Cookie"))
    by_cookie = {"Authorization": "", "Cookie": cookie}
    assert (await jp_fetch("api", "status", headers=by_cookie)).code == 200
    assert await refusal(jp_fetch, **by_cookie, Origin="http://evil.example") == 403


async def test_who_may_not_read_gets_no_socket(
    jp_fetch: Ask, extension: Modelship, jp_serverapp: Any
) -> None:
    jp_serverapp.web_app.settings["authorizer"] = Nobody(parent=jp_serverapp)
    assert await refusal(jp_fetch) == 403
