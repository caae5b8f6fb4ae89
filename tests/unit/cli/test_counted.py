"""What `status` says of requests: how many, how many just now, how fast."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path

import pytest

from jupyter_modelship.cli import counted as told_of
from jupyter_modelship.cli.counted import Counted, counted, counted_lines
from jupyter_modelship.desk.metrics import Counts
from jupyter_modelship.places import Places
from jupyter_modelship.targets.port import Observation, State

ONE = Counts(3.0, 1.0, ((0.01, 2.0), (0.1, 3.0), (inf, 3.0)))
TWO = Counts(1.0, 0.0, ((0.01, 1.0), (0.1, 1.0), (inf, 1.0)))
LATER = Counts(27.0, 1.0, ((0.01, 26.0), (0.1, 27.0), (inf, 27.0)))


class Looks:
    """What each look finds, and the clock by which they are made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.found: list[Mapping[str, Counts] | None] = []
        self.waited: list[float] = []
        self._places = Places(tmp_path, tmp_path, tmp_path)
        monkeypatch.setattr(told_of, "scraped", self._scraped)

    async def of(self, *found: Mapping[str, Counts] | None, state: State = "running") -> object:
        self.found = list(found)
        seen = Observation("iris", "local", state, "/n.ipynb", 1, "p", "b", "http://x", "", ())
        return await counted(seen, self._places, clock=lambda: sum(self.waited), wait=self._wait)

    async def _scraped(self, seen: Observation, places: Places) -> Mapping[str, Counts] | None:
        return self.found.pop(0)

    async def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Looks:
    return Looks(monkeypatch, tmp_path)


async def test_the_rate_is_what_came_between_two_looks_over_all_processes(looks: Looks) -> None:
    found = await looks.of({"a": ONE, "b": TWO}, {"a": LATER, "b": TWO})
    assert found == Counted(2, 24.0, 28.0, 1.0, 0.00519, 0.0748)
    assert looks.waited == [told_of.APART_SECONDS]


async def test_a_service_that_was_asked_nothing_yet_is_not_waited_for(looks: Looks) -> None:
    assert await looks.of({"a": Counts()}) == Counted(1, 0.0, 0.0, 0.0, None, None)
    assert looks.waited == []


async def test_nothing_is_said_where_nothing_can_be_counted(looks: Looks) -> None:
    assert await looks.of(None) is None
    assert await looks.of({"a": ONE}, None) is None
    assert await looks.of({"a": ONE}, state="stopped") is None


def test_it_is_one_line() -> None:
    assert counted_lines(Counted(2, 24.4, 28, 1, 0.0067, 0.0964)) == [
        "  requests   24/s now, 28 so far, 1 failed, p50 6.7 ms, p99 96.4 ms, by 2 processes"
    ]
    assert counted_lines(Counted(1, 0.0, 0, 0, None, None)) == [
        "  requests   0/s now, 0 so far, 0 failed, by 1 process"
    ]
    assert counted_lines(None) == []
