"""A watch against a script of what an API server does: ends, breaks, forgets, refuses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from jupyter_modelship.targets.kubernetes.failures import ApiRefused, ApiSilent, Refusal
from jupyter_modelship.targets.kubernetes.kinds import POD, Kind
from jupyter_modelship.targets.kubernetes.watching import Watch


def pod(name: str, version: int) -> dict[str, Any]:
    return {"metadata": {"name": name, "resourceVersion": str(version)}}


def event(kind: str, each: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "object": each}


class Script:
    """An API that answers lists and watches in turn; what is an error is raised."""

    def __init__(self, lists: list[Any], watches: list[Any]) -> None:
        self.lists, self.watches = lists, watches
        self.asked: list[str] = []
        self.paused: list[float] = []

    async def list(
        self, kind: Kind, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[Any, str]:
        self.asked.append("list")
        answer = self.lists.pop(0)
        if isinstance(answer, Exception):
            raise answer
        items, version = answer
        return items, version

    @asynccontextmanager
    async def lines(
        self,
        path: str,
        asked: str,
        *,
        query: Mapping[str, str],
        quiet: float | None = None,
        accept: str = "",
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked.append(f"watch {query['resourceVersion']}")
        assert query["allowWatchBookmarks"] == "true"
        assert quiet == 90.0, "more than the API is quiet for"
        answer = self.watches.pop(0)
        if isinstance(answer, Exception):
            raise answer

        async def told() -> AsyncIterator[bytes]:
            for each in answer:
                yield each if isinstance(each, bytes) else json.dumps(each).encode()

        yield told()

    async def pause(self, seconds: float) -> None:
        self.paused.append(seconds)


async def names(script: Script, count: int, *, chance: float = 1.0) -> list[list[str]]:
    """The names of the objects after each of so many changes."""
    watch = Watch(script, POD, "team-a", chance=lambda: chance, pause=script.pause)
    seen: list[list[str]] = []
    async with aclosing(watch.changes()) as changes:
        async for objects in changes:
            seen.append(sorted(objects))
            if len(seen) == count:
                break
    return seen


async def test_what_comes_changes_and_goes_is_followed() -> None:
    events = [
        event("ADDED", pod("b", 6)),
        event("MODIFIED", pod("a", 7)),
        event("DELETED", pod("a", 8)),
    ]
    script = Script([([pod("a", 3)], "5")], [events])
    assert await names(script, 4) == [["a"], ["a", "b"], ["a", "b"], ["b"]]
    assert script.asked == ["list", "watch 5"]


async def test_a_watch_that_ends_goes_on_from_where_it_was_told() -> None:
    first = [event("ADDED", pod("a", 6)), event("BOOKMARK", pod("", 90))]
    script = Script([([], "5")], [first, [event("ADDED", pod("b", 91))]])
    assert await names(script, 3) == [[], ["a"], ["a", "b"]]
    assert script.asked == ["list", "watch 5", "watch 90"]
    assert script.paused == []


@pytest.mark.parametrize(
    "gone",
    [
        ApiRefused(Refusal(410, "Expired", "too old"), "watch"),
        [event("ERROR", {"code": 410, "message": "too old"})],
    ],
)
async def test_what_is_too_old_is_listed_again(gone: Any) -> None:
    script = Script([([pod("a", 3)], "5"), ([pod("b", 9)], "9")], [gone, []])
    assert await names(script, 2) == [["a"], ["b"]]
    assert script.asked == ["list", "watch 5", "list"]


@pytest.mark.parametrize(
    "broken",
    [
        ApiSilent("no answer"),
        [event("ERROR", {"code": 500, "message": "sorry"})],
        [b'{"type": "ADD'],
    ],
)
async def test_what_breaks_is_tried_again_from_where_it_was(broken: Any) -> None:
    script = Script([([], "5")], [broken, broken, [event("ADDED", pod("a", 6))]])
    assert await names(script, 2) == [[], ["a"]]
    assert script.asked == ["list", "watch 5", "watch 5", "watch 5"]
    assert script.paused == [0.5, 1.0]


async def test_pauses_grow_differ_and_end_with_success() -> None:
    down: list[Any] = [ApiSilent("no answer")] * 8
    script = Script([*down, ([], "5")], [ApiSilent("again"), [event("ADDED", pod("a", 6))]])
    await names(script, 2, chance=0.5)
    assert script.paused == [0.375, 0.75, 1.5, 3.0, 6.0, 12.0, 22.5, 22.5, 0.375]


async def test_the_api_says_how_long_to_wait() -> None:
    busy = ApiRefused(Refusal(429, "TooManyRequests", "busy", retry_after=7.0), "list")
    script = Script([busy, ([], "5")], [])
    await names(script, 1)
    assert script.paused == [7.0]


async def test_what_is_forbidden_is_not_tried_again() -> None:
    script = Script([ApiRefused(Refusal(403, "Forbidden", "no"), "list pods")], [])
    with pytest.raises(ApiRefused, match="the cluster refuses to list pods: no"):
        await names(script, 1)
