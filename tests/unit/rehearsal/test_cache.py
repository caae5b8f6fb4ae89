"""Cache entries: made aside, verified when used, gone when damaged, safe to kill at any point."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.places import Places
from jupyter_modelship.process import environment
from jupyter_modelship.rehearsal.cache import Cache, Stored
from jupyter_modelship.rehearsal.digest import sealed
from jupyter_modelship.rehearsal.reads import states

from .conftest import places_in


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return places_in(tmp_path)


def put(cache: Cache, key: str, content: bytes, *reads: Path) -> Stored:
    with cache.work() as (work, _):
        made = work / "entry"
        made.mkdir()
        (made / "value.npy").write_bytes(content)
        item = {"file": "value.npy", "sha256": hashlib.sha256(content).hexdigest()}
        facts = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in reads]
        found = [
            {"path": s.path, "size": s.size, "moment": s.moment, "sha256": s.sha256}
            for s in states(facts)
        ]
        entry: Mapping[str, Any] = {"artifacts": [item], "names": [], "lost": [], "reads": found}
        return cache.put_artifacts(key, made, entry)


def test_an_entry_is_found_as_it_was_put(places: Places) -> None:
    cache = Cache(places)
    assert cache.artifacts("key") is None
    stored = put(cache, "key", b"content")
    assert cache.artifacts("key") == stored
    assert (stored.folder / "value.npy").read_bytes() == b"content"
    assert cache.artifacts("other") is None


def test_the_same_entry_twice_is_one(places: Places) -> None:
    cache = Cache(places)
    assert put(cache, "key", b"content") == put(cache, "key", b"content")
    assert len(list((places.cache / "rehearsals/artifacts/key").iterdir())) == 1


@pytest.mark.parametrize("damage", ["changed", "missing", "entry", "no entry"])
def test_a_damaged_entry_is_dropped(places: Places, damage: str) -> None:
    cache = Cache(places)
    folder = put(cache, "key", b"content").folder
    if damage == "changed":
        (folder / "value.npy").write_bytes(b"another")
    elif damage == "missing":
        (folder / "value.npy").unlink()
    elif damage == "entry":
        (folder / "entry.json").write_text("{")
    else:
        (folder / "entry.json").unlink()
    assert cache.artifacts("key") is None
    assert not folder.exists()


def test_each_state_of_the_data_has_its_entry(places: Places, tmp_path: Path) -> None:
    cache, data = Cache(places), tmp_path / "data.csv"
    data.write_text("one")
    first = put(cache, "key", b"1", data)
    data.write_text("two")
    assert cache.artifacts("key") is None
    second = put(cache, "key", b"2", data)
    assert cache.artifacts("key") == second
    data.write_text("one")
    assert cache.artifacts("key") == first
    data.unlink()
    assert cache.artifacts("key") is None


def test_examples_are_verified_too(places: Places) -> None:
    cache = Cache(places)
    assert cache.examples("key") is None
    with cache.work() as (work, _):
        cache.put_examples("key", work, {"calls": [{"result": 1}]})
    assert cache.examples("key") == {"calls": [{"result": 1}]}
    (path,) = (places.cache / "rehearsals/examples").iterdir()
    for damaged in (path.read_text().replace("1}", "2}"), "", "[]", json.dumps({"digest": 1})):
        path.write_text(damaged)
        assert cache.examples("key") is None
        assert not path.exists()


def test_a_run_leaves_no_working_folder_and_no_socket(places: Places) -> None:
    cache = Cache(places)
    with cache.work() as (work, socket):
        Path(f"{socket}-1").touch()
        (work / "some").mkdir()
    assert list((places.cache / "rehearsals").glob("work-*")) == []
    assert list(socket.parent.iterdir()) == []


def test_what_a_killed_run_left_is_swept_and_a_live_run_is_not(places: Places) -> None:
    cache = Cache(places)
    left = places.cache / "rehearsals" / "work-left"
    (left / "entry").mkdir(parents=True)
    socket = places.socket("k-left-1")
    socket.touch()
    with cache.work() as (live, _):
        assert (left.exists(), socket.exists()) == (False, False)
        with cache.work() as (second, _):
            assert live.exists()
            assert second != live


POINTS = [("before", False), ("after", True)]


@pytest.mark.parametrize(("point", "is_there"), POINTS)
def test_killed_at_the_rename_an_entry_is_whole_or_not_there(
    places: Places, tmp_path: Path, point: str, is_there: bool
) -> None:
    code = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
from rehearsal.test_cache import *
put(Cache(places_in(pathlib.Path(sys.argv[2]))), "key", b"content")
"""
    extra = {"MODELSHIP_FAILPOINT": f"rehearsal.artifacts.{point}=kill"}
    argv = [sys.executable, "-c", code, str(Path(__file__).parents[1]), str(tmp_path)]
    done = subprocess.run(argv, env=environment(extra), check=False)
    assert done.returncode == -signal.SIGKILL
    cache = Cache(places)
    assert (cache.artifacts("key") is not None) is is_there
    stored = put(cache, "key", b"content")
    assert cache.artifacts("key") == stored
    assert list((places.cache / "rehearsals").glob("work-*")) == []


def test_a_changed_value_of_a_variable_is_told_and_the_value_is_not(tmp_path: Path) -> None:
    here = Places(tmp_path / "state", tmp_path / "cache", tmp_path / "run")
    first = sealed({"CITY": "Bern"}, here)
    assert first == sealed({"CITY": "Bern"}, here) != sealed({"CITY": "Oslo"}, here)
    elsewhere = Places(tmp_path / "state", tmp_path / "other", tmp_path / "run")
    assert first != sealed({"CITY": "Bern"}, elsewhere), "a digest without a key can be tried out"
    assert (here.cache / "seal").stat().st_mode & 0o777 == 0o600
