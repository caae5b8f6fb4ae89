from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_modelship.bundle.served import Served
from jupyter_modelship.errors import ModelshipError, NothingThere, StageFailed, UsageError
from jupyter_modelship.places import Places
from jupyter_modelship.targets.keeping import state, wire
from jupyter_modelship.targets.keeping.state import Folder, Record, Revision
from jupyter_modelship.targets.port import Observation, Release, RevisionRecord

RELEASE = Release(
    service="iris",
    plan_digest="p",
    bundle_digest="b",
    bundle_folder=Path("/bundles/b"),
    python=Path("/env/bin/python"),
    notebook="/books/iris.ipynb",
    run="r",
    options={"env": ["CITY"], "drain": 3.5},
    source_map=Path("/map.json"),
)
REVISION = Revision(3, "2026-01-01T00:00:00.000Z", RELEASE, origin=1)
RECORD = Record("iris", RELEASE.notebook, 20_001, "running", 3, (REVISION,), intent="run-4")


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    place = Folder(tmp_path / "iris")
    state.save(place, RECORD)
    assert state.load(place) == RECORD
    assert [path.name for path in place.path.iterdir()] == ["service.json"]


def test_a_write_that_fails_leaves_the_old_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Folder(tmp_path / "iris")
    state.save(place, RECORD)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        state.save(place, replace(RECORD, live=4))
    assert state.load(place) == RECORD
    assert [path.name for path in place.path.iterdir()] == ["service.json"]


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"version": 99}', '{"version": 1, "service": "iris"}']
)
def test_a_record_that_nobody_can_read_says_so(tmp_path: Path, content: str) -> None:
    place = Folder(tmp_path)
    place.record.write_text(content)
    with pytest.raises(ModelshipError, match="cannot be read") as caught:
        state.load(place)
    assert str(place.record) in caught.value.remedy


def test_only_folders_with_a_record_are_services(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path, tmp_path)
    for name in ("iris", "values-only", ".iris.12"):
        (tmp_path / "services" / name).mkdir(parents=True)
    (tmp_path / "services" / "iris" / "service.json").touch()
    assert state.names(places) == ("iris",)


@given(st.text())
def test_no_name_leads_out_of_the_services_folder(name: str) -> None:
    places = Places(Path("/state"), Path("/cache"), Path("/run"))
    try:
        path = state.folder(places, name).path
    except UsageError:
        return
    assert path.parent == Path("/state/services")
    assert "/" not in name
    assert name not in ("", ".", "..")


def test_an_observation_passes_over_the_wire_unchanged() -> None:
    seen = Observation(
        service="iris",
        target="local",
        state="running",
        notebook="/books/iris.ipynb",
        revision=3,
        plan_digest="p",
        bundle_digest="b",
        url="http://127.0.0.1:20001",
        since=REVISION.when,
        revisions=(RevisionRecord(3, "p", "b", "r", "ada", REVISION.when, origin=1),),
        endpoints=(Served("predict", "POST", "/predict", "c3", 1, "Name the species."),),
        token_file=Path("/iris/token"),
    )
    line = wire.encode(wire.observation_to_json(seen))
    assert wire.observation_from_json(wire.decode(line)) == seen


@pytest.mark.parametrize(
    "error",
    [
        StageFailed("it failed", remedy="try", detail="trace", cell="3f2a", line=2),
        UsageError("wrong", remedy="say it so"),
        NothingThere("nothing"),
        ModelshipError("broken"),
    ],
)
def test_an_error_passes_over_the_wire_as_the_same_kind(error: ModelshipError) -> None:
    with pytest.raises(type(error)) as caught:
        wire.raise_error(wire.decode(wire.encode(wire.error_to_json(error))))
    assert vars(caught.value) == vars(error)
