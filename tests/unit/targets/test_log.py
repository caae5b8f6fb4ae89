from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_modelship.targets.keeping import log
from jupyter_modelship.targets.keeping.log import BURST, RATE, SIZE, Log
from jupyter_modelship.targets.keeping.state import Folder

LINE = b"x" * 1023 + b"\n"


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def place(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_what_comes_too_fast_is_dropped_and_a_line_says_how_much(place: Folder) -> None:
    clock = Clock()
    written = Log(place, clock=clock)
    for _ in range(BURST // len(LINE) + 100):
        written.write(LINE)
    assert written.dropped == 100 * len(LINE)
    clock.seconds += BURST / RATE
    written.write(b"quiet again\n")
    written.close()
    *_, marker, last = place.log.read_bytes().splitlines()
    assert (json.loads(marker)["event"], json.loads(marker)["bytes"]) == ("log-dropped", 102400)
    assert last == b"quiet again"


def test_two_files_of_limited_size_hold_the_latest_lines(place: Folder) -> None:
    clock = Clock()
    written = Log(place, clock=clock)
    for number in range(3 * SIZE // len(LINE)):
        clock.seconds += 1
        written.write(b"%7d" % number + LINE[7:])
    written.close()
    assert max(path.stat().st_size for path in place.path.iterdir()) <= SIZE
    assert sorted(path.name for path in place.path.iterdir()) == ["log", "log.1"]
    lines = place.older_log.read_text() + place.log.read_text()
    numbers = [int(line[:7]) for line in lines.splitlines()]
    assert numbers == list(range(numbers[0], number + 1))


async def test_a_reader_follows_over_a_rotation_without_a_gap(place: Folder) -> None:
    clock = Clock()
    written = Log(place, clock=clock)
    total = SIZE // len(LINE) + 50
    written.write(b"%7d" % 0 + LINE[7:])
    heard: list[int] = []
    async for line in log.read(place, follow=True):
        heard.append(int(line[:7]))
        if len(heard) == total:
            break
        if heard[-1] == 0:
            for number in range(1, total):
                clock.seconds += 1
                written.write(b"%7d" % number + LINE[7:])
    written.close()
    assert place.older_log.exists()
    assert heard == list(range(total))


async def test_a_log_that_does_not_exist_has_no_lines(place: Folder) -> None:
    assert [line async for line in log.read(place, follow=False)] == []


def test_a_disk_that_takes_nothing_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    written = Log(Folder(tmp_path / "missing"))
    written.write(LINE)
    written.note("process-started")
    written.close()
