"""How long a call of user code may take, where it runs meanwhile, and how many run at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jupyter_modelship.runtime.app import App
from jupyter_modelship.runtime.core import JSON, Core, Reply
from jupyter_modelship.runtime.log import Log

from .whole import ask, served

CoreOf = Callable[[App], Core]
Logged = tuple[Log, Callable[[], list[dict[str, Any]]]]


async def test_async_functions_are_awaited(core_of: CoreOf) -> None:
    async def later(x: int) -> int:
        await asyncio.sleep(0)
        return x

    assert await ask(core_of(served(later, {"x": int})), b'{"x": 1}') == b"1"


async def test_an_async_call_beyond_its_time_is_ended(core_of: CoreOf) -> None:
    ended = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    core = core_of(served(forever, {}, time_limit=0.05))
    reply = await ask(core, b"")
    assert isinstance(reply, Reply)
    assert (reply.status, ended.is_set(), core.hung) == (504, True, 0)


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What blocking calls wait for; set in the end, for a thread would outlive the tests."""
    event = threading.Event()
    yield event
    event.set()


async def test_a_blocking_call_beyond_its_time_makes_the_service_unready_until_it_ends(
    core_of: CoreOf, release: threading.Event
) -> None:
    core = core_of(served(release.wait, {}, time_limit=0.05, execution="thread"))
    reply = await ask(core, b"")
    assert isinstance(reply, Reply)
    assert (reply.status, core.hung) == (504, 1)
    ready = core.other("GET", "/readyz", "r", admitted=True)
    assert ready == Reply(503, JSON, b'{"ready":false,"reason":"hung"}')
    core.calls._hung_since = time.monotonic()
    assert core.other("GET", "/livez", "r", admitted=True).status == 200
    release.set()
    while core.hung:
        await asyncio.sleep(0)
    assert core.other("GET", "/readyz", "r", admitted=True).status == 200


async def test_a_call_that_waits_its_turn_in_vain_does_not_count_as_hung(
    core_of: CoreOf, release: threading.Event
) -> None:
    core = core_of(served(release.wait, {}, time_limit=0.05, execution="thread"))
    replies = await asyncio.gather(ask(core, b""), ask(core, b""))
    assert [reply.status for reply in replies if isinstance(reply, Reply)] == [504, 504]
    assert core.hung == 1
    release.set()


async def test_a_call_that_hangs_for_long_makes_the_process_not_live(
    core_of: CoreOf, release: threading.Event
) -> None:
    core = core_of(served(release.wait, {}, time_limit=0.02, execution="thread"))
    await ask(core, b"")
    core.calls._hung_since = time.monotonic() + 60  # however long a busy machine takes from here
    assert core.other("GET", "/livez", "r", admitted=True).status == 200
    core.calls._hung_since = time.monotonic() - 0.1
    assert core.other("GET", "/livez", "r", admitted=True) == Reply(
        503, JSON, b'{"live":false,"reason":"hung"}'
    )
    release.set()


async def test_beyond_the_limit_in_flight_requests_are_turned_away(core_of: CoreOf) -> None:
    go_on = asyncio.Event()
    core = core_of(served(go_on.wait, {}, in_flight=1))
    first = asyncio.create_task(ask(core, b""))
    while not core.in_flight:
        await asyncio.sleep(0)
    second = await ask(core, b"")
    assert isinstance(second, Reply)
    assert (second.status, second.fields) == (503, (("retry-after", "1"),))
    go_on.set()
    assert await first == b"true"
    assert core.in_flight == 0


@pytest.fixture
def waiting(core_of: CoreOf) -> Core:
    """A service whose endpoint waits as long as it is asked to, called on the loop."""
    core = core_of(served(threading.Event().wait, {"timeout": float}))
    (endpoint,) = core.app.endpoints.values()
    endpoint.inline = True
    return core


def is_inline(core: Core) -> bool:
    (endpoint,) = core.app.endpoints.values()
    return endpoint.inline


async def test_calls_that_are_often_slow_on_the_loop_go_to_the_thread(waiting: Core) -> None:
    inline = []
    for _ in range(4):
        assert await ask(waiting, b'{"timeout": 0.03}') == b"false"
        inline.append(is_inline(waiting))
    assert inline == [True, True, False, False]


async def test_a_slow_call_now_and_then_stays_on_the_loop(waiting: Core) -> None:
    (endpoint,) = waiting.app.endpoints.values()
    for _ in range(1000):
        endpoint.tally.add(200, 0.001)
    for _ in range(4):
        await ask(waiting, b'{"timeout": 0.03}')
    assert is_inline(waiting)


async def test_one_call_that_stalls_the_loop_is_enough(
    waiting: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_modelship.runtime.core.STALLED_SECONDS", 0.05)
    await ask(waiting, b'{"timeout": 0.06}')
    assert not is_inline(waiting)
