"""Folders that are whole or not there, and how they go."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from jupyter_modelship.aside import part, remove, sweep, turn
from tests.acting import act


def _stubborn(folder: Path) -> Path:
    """What an image may hold: folders that their owner may not write to, or not even see into."""
    inner = folder / "closed" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").touch(mode=0o000)
    (folder / "link").symlink_to("/")
    (folder / "hidden").mkdir(mode=0o000)
    inner.chmod(0o555)
    inner.parent.chmod(0o000)
    return folder


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes an ordinary user")
def test_what_its_owner_may_not_write_to_is_removed_all_the_same() -> None:
    place = Path(tempfile.mkdtemp())  # pytest's own folders are closed to others
    folder = place / "theirs"
    folder.mkdir()
    _stubborn(folder)
    nobody = 65534
    for base, names, files in os.walk(place):
        for name in (*names, *files):
            os.lchown(Path(base, name), nobody, nobody)
    os.chown(place, nobody, nobody)
    act(lambda: remove(folder), uid=nobody, gid=nobody, environ={"HOME": "/"})
    assert not folder.exists()
    place.rmdir()


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    folder = tmp_path / "gone"
    folder.mkdir()
    (folder / "link").symlink_to(kept)
    remove(folder)
    assert (folder.exists(), kept.exists()) == (False, True)


async def test_what_a_maker_that_died_left_is_swept_and_what_is_being_made_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "dead.0000.part").mkdir()
    home = tmp_path / "home"
    async with turn(home):
        with part(home) as aside:
            aside.mkdir()
            sweep(tmp_path)
            assert [path.name for path in tmp_path.glob("*.part")] == [aside.name]
        assert not aside.exists()
