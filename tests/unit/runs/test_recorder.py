from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.runs.events import RunEvent
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.recorder import Bounds, Recorder
from jupyter_modelship.runs.run import Request

Ask = Callable[..., Request]
FEW = Bounds(size=10_000, number=4)


@pytest.fixture
def run(journal: Journal, ask: Ask) -> str:
    return journal.submit(ask()).id


def story(journal: Journal, run: str) -> list[tuple[str, str, object]]:
    """Stage, kind and payload of every event after the first."""
    return [(event.stage, event.kind, event.payload) for event in journal.events(run, after=1)]


def lines(journal: Journal, run: str) -> list[str]:
    found = [event.payload["lines"] for event in journal.events(run) if event.kind == "log"]
    return [line for some in found if isinstance(some, list) for line in some]


async def until_told(journal: Journal, run: str) -> tuple[RunEvent, ...]:
    while not (events := journal.events(run, after=1)):
        await asyncio.sleep(0.005)
    return events


async def test_lines_are_gathered_and_told_in_a_moment(journal: Journal, run: str) -> None:
    recorder = Recorder(journal, run)
    for text in ("one", "two\n"):
        recorder.emit("lock", "log", {"lines": [text]})
    assert story(journal, run) == []
    await until_told(journal, run)
    assert story(journal, run) == [("lock", "log", {"lines": ["one", "two"]})]


async def test_the_order_of_what_happened_is_kept(journal: Journal, run: str) -> None:
    recorder = Recorder(journal, run)
    recorder.emit("lock", "log", {"lines": ["a"]})
    recorder.emit("prove", "log", {"lines": ["b"]})
    recorder.emit("prove", "stage", {"state": "done"})
    recorder.emit("prove", "log", {"lines": ["c"]})
    recorder.flush()
    assert story(journal, run) == [
        ("lock", "log", {"lines": ["a"]}),
        ("prove", "log", {"lines": ["b"]}),
        ("prove", "stage", {"state": "done"}),
        ("prove", "log", {"lines": ["c"]}),
    ]


async def test_a_flood_is_written_in_pieces_and_not_held_in_memory(
    journal: Journal, run: str
) -> None:
    recorder = Recorder(journal, run)
    recorder.emit("lock", "log", {"lines": ["x" * 1_000] * 100})
    assert len(story(journal, run)) == 3
    recorder.flush()
    assert lines(journal, run) == ["x" * 1_000] * 100


async def test_a_line_without_end_is_cut(journal: Journal, run: str) -> None:
    recorder = Recorder(journal, run)
    recorder.emit("lock", "log", {"lines": ["x" * 10_000]})
    recorder.flush()
    assert lines(journal, run) == ["x" * 8_192 + " … 1808 more characters"]


async def test_of_a_long_log_head_and_tail_are_kept_with_a_marker_between(
    journal: Journal, run: str
) -> None:
    recorder = Recorder(journal, run, bounds=FEW)
    for number in range(20):
        recorder.emit("lock", "log", {"lines": [f"line {number}"]})
        recorder.flush()
    assert lines(journal, run) == [
        *(f"line {number}" for number in range(4)),
        "… 12 lines of the log are left out here …",
        *(f"line {number}" for number in range(16, 20)),
    ]
    (marker,) = [event for event in journal.events(run) if "omitted" in event.payload]
    assert (marker.payload["omitted"], marker.payload["of"]) == (12, "log")
    seqs = [event.seq for event in journal.events(run)]
    assert seqs == sorted(seqs)


async def test_the_bound_holds_across_workers(journal: Journal, run: str) -> None:
    for number in range(40):
        recorder = Recorder(journal, run, bounds=FEW)
        recorder.emit("lock", "log", {"lines": [f"line {number}"]})
        recorder.flush()
    kept = lines(journal, run)
    assert kept[:4] == [f"line {number}" for number in range(4)]
    assert kept[-1] == "line 39"
    omitted = [event.payload["omitted"] for event in journal.events(run) if "of" in event.payload]
    assert omitted == [40 - (len(kept) - 1)]
    assert len(kept) <= 1 + 2 * FEW.number


async def test_big_lines_are_bounded_by_their_size(journal: Journal, run: str) -> None:
    recorder = Recorder(journal, run, bounds=Bounds(size=10_000, number=1_000))
    for _ in range(50):
        recorder.emit("lock", "log", {"lines": ["x" * 2_000]})
        recorder.flush()
    assert sum(len(line) for line in lines(journal, run)) < 25_000


async def test_cells_and_findings_are_bounded_too_and_say_so_in_the_log(
    journal: Journal, run: str
) -> None:
    recorder = Recorder(journal, run, bounds=FEW)
    for number in range(1, 21):
        recorder.emit("rehearse", "cell", {"number": number, "first": "x", "state": "done"})
    recorder.emit("rehearse", "log", {"lines": ["still here"]})
    recorder.flush()
    cells = [event.payload["number"] for event in journal.events(run) if event.kind == "cell"]
    assert cells == [1, 2, 3, 4, 17, 18, 19, 20]
    assert lines(journal, run) == ["… 12 cell events are left out here …", "still here"]


async def test_stages_and_results_are_never_left_out(journal: Journal, run: str) -> None:
    recorder = Recorder(journal, run, bounds=FEW)
    for _ in range(20):
        recorder.emit("lock", "stage", {"state": "started"})
    assert len(story(journal, run)) == 20


async def test_an_event_outside_the_vocabulary_is_refused(journal: Journal, run: str) -> None:
    recorder = Recorder(journal, run)
    with pytest.raises(ValueError, match=r"log\.lines cannot be 'text'"):
        recorder.emit("lock", "log", {"lines": "text"})
    with pytest.raises(ValueError, match="no stage is called 'bake'"):
        recorder.emit("bake", "stage", {"state": "started"})


async def test_when_gathered_lines_cannot_be_written_the_next_who_tells_hears_of_it(
    journal: Journal, run: str
) -> None:
    recorder = Recorder(journal, run)
    journal._connection.execute("PRAGMA query_only=ON")
    recorder.emit("lock", "log", {"lines": ["lost"]})
    await recorder.until_broken()
    with pytest.raises(ModelshipError, match="cannot be written"):
        recorder.emit("lock", "stage", {"state": "done"})
