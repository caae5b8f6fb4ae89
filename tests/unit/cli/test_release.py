"""`release` writes into a new folder, or in place of what it wrote, and over nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_modelship.bundle.release.folder import release_files
from jupyter_modelship.cli.release import write
from jupyter_modelship.errors import UsageError
from jupyter_modelship.targets.port import Folder


def named(*names: str) -> Folder:
    made = [{"kind": "ConfigMap", "metadata": {"name": f"iris.{name}"}} for name in names]
    return Folder(release_files(made))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_release_replaces_the_one_before_it_and_leaves_what_stands_beside(tmp_path: Path) -> None:
    folder = tmp_path / "git" / "iris"
    write(named("one", "two"), folder)
    (folder / "README.md").write_bytes(b"ours")
    write(named("two", "three"), folder)
    assert contents(folder) == {**named("two", "three").files, "README.md": b"ours"}


@pytest.mark.parametrize("there", ["notes.txt", "kustomization.yaml"])
def test_a_folder_of_somebody_else_is_left_as_it_is(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_bytes(b"namePrefix: a-\n")
    with pytest.raises(UsageError, match="is no release as this command writes it"):
        write(named("one"), tmp_path)
    assert contents(tmp_path) == {there: b"namePrefix: a-\n"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(UsageError):
        write(named("one"), tmp_path / "a")
