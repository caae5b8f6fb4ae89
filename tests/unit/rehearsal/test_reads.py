"""Which files count as data, and when they still are what they were."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.rehearsal.injected.reads import Reads
from jupyter_modelship.rehearsal.reads import (
    CHANGED,
    FileState,
    mentioned,
    merged,
    states,
    unchanged,
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,2\n")
    return path


def opened(*calls: tuple[object, object, int], excluded: tuple[str, ...] = ()) -> list[str]:
    reads = Reads(excluded)
    reads.active = True
    for call in calls:
        reads.hook("open", call)
    return [path for path, _, _ in reads.listing()]


def test_a_file_that_is_read_counts_with_size_and_time(data: Path) -> None:
    reads = Reads(())
    reads.hook("open", (str(data), "r", 0))
    assert reads.listing() == []
    reads.active = True
    reads.hook("open", (os.fsencode(data), "rb", 0))
    assert reads.listing() == [[str(data), 8, data.stat().st_mtime_ns]]


def test_what_is_no_data_does_not_count(data: Path) -> None:
    folder = str(data.parent)
    assert opened((str(data), "r", 0), excluded=(folder,)) == []
    assert (
        opened((os.__file__, "r", 0), ("/proc/self/stat", "r", 0), (sys.executable, "rb", 0)) == []
    )
    assert (
        opened((3, "r", 0), (folder, "r", 0), (f"{folder}/missing", "r", 0), (None, None, 0)) == []
    )


def test_what_the_cells_wrote_themselves_is_no_input(data: Path) -> None:
    assert opened((str(data), "w", 0), (str(data), "r", 0)) == []
    assert opened((str(data), None, os.O_WRONLY | os.O_CREAT), (str(data), "r", 0)) == []
    assert opened((str(data), None, os.O_RDWR | os.O_TRUNC), (str(data), "r", 0)) == []
    assert opened((str(data), "r", 0), (str(data), "w", 0)) == [str(data)]
    assert opened((str(data), "r+", 0)) == [str(data)]
    assert opened((str(data), None, os.O_RDONLY)) == [str(data)]


def test_byte_code_stands_for_its_source(tmp_path: Path) -> None:
    (tmp_path / "local.py").write_text("x = 1\n")
    cached = tmp_path / "__pycache__" / "local.cpython-311.pyc"
    assert opened((str(cached), "rb", 0)) == [str(tmp_path / "local.py")]


def state(path: Path) -> FileState:
    facts = path.stat()
    (found,) = states([(str(path), facts.st_size, facts.st_mtime_ns)])
    return found


def test_a_file_is_unchanged_by_time_and_size_or_by_content(data: Path) -> None:
    before = state(data)
    assert unchanged(before)
    os.utime(data, ns=(1, 1))
    assert unchanged(before)
    data.write_text("a,b\n1,3\n")
    assert not unchanged(before)
    data.write_text("longer than it was\n")
    assert not unchanged(before)
    data.unlink()
    assert not unchanged(before)


def test_time_alone_makes_no_file_the_same(data: Path) -> None:
    before = state(data)
    assert not unchanged(replace(before, sha256=CHANGED))
    data.write_text("longer than it was\n")
    os.utime(data, ns=(before.moment, before.moment))
    assert not unchanged(before)


def test_a_file_that_changed_while_the_cells_ran_never_matches(data: Path) -> None:
    (found,) = states([(str(data), 8, 1)])
    assert found.sha256 == CHANGED
    assert not unchanged(found)
    (gone,) = states([(str(data.parent / "gone"), 8, 1)])
    assert not unchanged(gone)


def test_files_that_strings_name_count_where_the_cells_did_not_write_them(data: Path) -> None:
    other = data.parent / "other.parquet"
    other.write_text("x")
    sources = ["load('data.csv', \"other.parquet\")", "%magic\n", "x = 'no file', '', '\\0'"]
    before = mentioned(sources, data.parent)
    assert sorted(before) == [str(data), str(other)]
    other.write_text("written by a cell")
    assert [path for path, _, _ in merged([], before)] == [str(data)]
    assert merged([(str(data), 1, 2)], before) == ((str(data), 1, 2),)
