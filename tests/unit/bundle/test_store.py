"""Bundles on disk: whole and verified, or not there."""

from __future__ import annotations

import dataclasses
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_modelship.bundle import store
from jupyter_modelship.bundle.render import RenderInput, render
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Bundle

SCRIPT = """
import pickle, sys
from pathlib import Path
from jupyter_modelship.bundle import store
bundle, artifacts, folder = pickle.loads(Path(sys.argv[1]).read_bytes())
store.write(bundle, artifacts=artifacts, store=folder)
"""


@pytest.fixture
def bundle(given: RenderInput) -> Bundle:
    return render(given)


@pytest.fixture
def artifacts(tmp_path: Path, model: bytes) -> Path:
    folder = tmp_path / "artifacts"
    folder.mkdir()
    (folder / "model.json").write_bytes(model)
    return folder


def test_a_bundle_is_written_once_and_read_back(
    bundle: Bundle, artifacts: Path, tmp_path: Path, model: bytes
) -> None:
    folder = store.write(bundle, artifacts=artifacts, store=tmp_path / "store")
    assert folder == tmp_path / "store" / bundle.digest
    assert store.read_back(folder) == bundle.files
    assert (folder / "artifacts" / "model.json").read_bytes() == model
    assert store.differences(folder, bundle.digest) == ()
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*.*")} == {0o444}
    before = folder.stat().st_ino
    assert store.write(bundle, artifacts=artifacts, store=tmp_path / "store") == folder
    assert folder.stat().st_ino == before
    assert [path.name for path in folder.parent.iterdir()] == [bundle.digest]


def test_byte_code_beside_the_sources_does_not_count(
    bundle: Bundle, artifacts: Path, tmp_path: Path
) -> None:
    folder = store.write(bundle, artifacts=artifacts, store=tmp_path / "store")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "service.cpython-311.pyc").write_bytes(b"x")
    assert store.differences(folder, bundle.digest) == ()
    assert store.read_back(folder) == bundle.files


@pytest.mark.parametrize("harm", ["change", "add", "remove", "link", "artifact"])
def test_a_folder_that_was_touched_is_told_and_made_anew(
    harm: str, bundle: Bundle, artifacts: Path, tmp_path: Path
) -> None:
    folder = store.write(bundle, artifacts=artifacts, store=tmp_path / "store")
    target = folder / ("artifacts/model.json" if harm == "artifact" else "service.py")
    if harm in ("change", "remove", "link", "artifact"):
        target.unlink()
    if harm in ("change", "artifact"):
        target.write_bytes(b"x = 1\n")
    if harm == "add":
        (folder / "sitecustomize.py").write_bytes(b"")
    if harm == "link":
        elsewhere = tmp_path / "service.py"
        elsewhere.write_bytes(bundle.files["service.py"])
        target.symlink_to(elsewhere)
    assert store.differences(folder, bundle.digest) != ()
    assert store.write(bundle, artifacts=artifacts, store=folder.parent) == folder
    assert store.differences(folder, bundle.digest) == ()
    assert [path.name for path in folder.parent.iterdir()] == [bundle.digest]


def test_an_artifact_that_changed_since_it_was_computed_does_not_ship(
    bundle: Bundle, artifacts: Path, tmp_path: Path
) -> None:
    (artifacts / "model.json").write_bytes(b"other")
    with pytest.raises(ModelshipError, match="not the one that was rendered"):
        store.write(bundle, artifacts=artifacts, store=tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []


def test_artifacts_share_their_bytes_or_are_copied(
    bundle: Bundle, artifacts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = store.write(bundle, artifacts=artifacts, store=tmp_path / "one")
    assert (shared / "artifacts/model.json").samefile(artifacts / "model.json")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("another disk")

    monkeypatch.setattr(os, "link", refuse)
    copied = store.write(bundle, artifacts=artifacts, store=tmp_path / "other")
    assert not (copied / "artifacts/model.json").samefile(artifacts / "model.json")
    assert store.differences(copied, bundle.digest) == ()


def write_in_child(
    bundle: Bundle, artifacts: Path, folder: Path, failpoint: str = ""
) -> subprocess.Popen[bytes]:
    path = artifacts.parent / "given"
    plain = dataclasses.replace(bundle, source_map=dict(bundle.source_map))
    path.write_bytes(pickle.dumps((plain, artifacts, folder)))
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path)],
        env={**os.environ, "MODELSHIP_FAILPOINT": failpoint},
    )


@pytest.mark.parametrize("point", ["bundle.rename.before", "bundle.rename.after"])
def test_a_writer_that_is_killed_leaves_a_whole_bundle_or_none(
    point: str, bundle: Bundle, artifacts: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    child = write_in_child(bundle, artifacts, folder, f"{point}=kill")
    assert child.wait(60) == -signal.SIGKILL
    there = (folder / bundle.digest).exists()
    assert there == (point == "bundle.rename.after")
    if there:
        assert store.differences(folder / bundle.digest, bundle.digest) == ()
    store.write(bundle, artifacts=artifacts, store=folder)
    store.sweep(folder)
    assert [path.name for path in folder.iterdir()] == [bundle.digest]


def test_two_writers_of_one_bundle_agree(bundle: Bundle, artifacts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    children = [write_in_child(bundle, artifacts, folder) for _ in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    assert store.differences(folder / bundle.digest, bundle.digest) == ()
    assert [path.name for path in folder.iterdir()] == [bundle.digest]
