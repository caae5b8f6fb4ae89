from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from jupyter_modelship import failpoints
from jupyter_modelship.runs.effects import effect
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request, Run, WrongState

Ask = Callable[..., Request]


class World:
    """Where something can be done, and seen. Keeps what happened to it."""

    def __init__(self) -> None:
        self.history: list[str] = []
        self.there: Mapping[str, object] | None = None

    async def look(self) -> Mapping[str, object] | None:
        self.history.append("look")
        return self.there

    async def do(self) -> Mapping[str, object]:
        self.history.append("do")
        self.there = {"revision": 4}
        return self.there


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def run(journal: Journal, ask: Ask) -> Run:
    return journal.transition(journal.submit(ask()).id, "queued", "running")


@pytest.fixture
def fail_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Makes the next pass of a failpoint an error."""

    def at(point: str) -> None:
        failpoints._passes.clear()
        monkeypatch.setenv(failpoints.VARIABLE, f"{point}=raise")

    yield at
    failpoints._passes.clear()


async def deploy(journal: Journal, run: Run, world: World) -> Mapping[str, object]:
    return await effect(journal, run, "deploy", intent={"port": 1}, look=world.look, do=world.do)


async def test_the_first_time_it_is_done_without_looking(
    journal: Journal, run: Run, world: World
) -> None:
    assert await deploy(journal, run, world) == {"revision": 4}
    assert world.history == ["do"]


async def test_once_done_it_is_neither_done_nor_looked_for_again(
    journal: Journal, run: Run, world: World
) -> None:
    assert await deploy(journal, run, world) == await deploy(journal, run, world)
    assert world.history == ["do"]


@pytest.mark.parametrize(
    ("point", "afterwards"),
    [
        ("journal.intend.before", ["do"]),
        ("journal.intend.after", ["look", "do"]),
        ("effects.do.before", ["look", "do"]),
        ("effects.do.after", ["do", "look"]),
        ("journal.accomplish.before", ["do", "look"]),
        ("journal.accomplish.after", ["do"]),
    ],
)
async def test_wherever_it_stops_the_next_worker_looks_first_and_does_it_once(
    point: str,
    afterwards: list[str],
    journal: Journal,
    run: Run,
    world: World,
    fail_at: Callable[[str], None],
) -> None:
    fail_at(point)
    with pytest.raises(OSError, match=point):
        await deploy(journal, run, world)
    journal.transition(run.id, "running", "interrupted")
    resumed = journal.transition(run.id, "interrupted", "running")
    assert await deploy(journal, resumed, world) == {"revision": 4}
    assert world.history == afterwards


async def test_a_worker_that_lost_its_run_does_nothing(
    journal: Journal, run: Run, world: World
) -> None:
    journal.transition(run.id, "running", "interrupted")
    journal.transition(run.id, "interrupted", "running")
    with pytest.raises(WrongState):
        await deploy(journal, run, world)
    assert world.history == []
