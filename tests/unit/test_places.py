"""Folders that are ours alone, wherever they are asked for."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
import warnings
from pathlib import Path

import pytest

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import HOME_VARIABLE, Places, places, private


def mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


@pytest.fixture
def no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A person's home, without a word about where our folders are."""
    for name in (HOME_VARIABLE, "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_all_is_in_the_home_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = tmp_path / "a" / "b"
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    assert places() == Places(home / "state", home / "cache", home / "run")
    assert [mode(one) for one in (home, *home.iterdir())] == [0o700] * 4
    assert places() == places()


def test_a_home_may_be_relative_or_of_a_person(
    monkeypatch: pytest.MonkeyPatch, no_home: Path
) -> None:
    monkeypatch.chdir(no_home)
    monkeypatch.setenv(HOME_VARIABLE, "here")
    assert places().state == no_home / "here" / "state"
    monkeypatch.setenv(HOME_VARIABLE, "~/there")
    assert places().state == no_home / "there" / "state"


@pytest.mark.parametrize("session", [None, "", " "])
def test_without_a_session_sockets_are_with_the_state(
    monkeypatch: pytest.MonkeyPatch, no_home: Path, session: str | None
) -> None:
    if session is not None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", session)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = places()
    assert found.runtime == found.state / "run"
    for folder in (found.state, found.cache, found.runtime):
        assert mode(folder) == 0o700
        assert folder.is_relative_to(no_home)


def test_a_session_has_the_sockets(monkeypatch: pytest.MonkeyPatch, no_home: Path) -> None:
    session = private(no_home / "session")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(session))
    assert places().runtime == session / "modelship"


def test_a_folder_is_made_private_and_kept_so(tmp_path: Path) -> None:
    open_to_all = tmp_path / "folder"
    open_to_all.mkdir(mode=0o777)
    open_to_all.chmod(0o777)
    assert private(open_to_all) == open_to_all
    assert mode(open_to_all) == 0o700


def test_the_umask_does_not_widen_or_narrow_it(tmp_path: Path) -> None:
    before = os.umask(0o277)
    try:
        assert mode(private(tmp_path / "folder")) == 0o700
    finally:
        os.umask(before)


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    for goal in ("real", "nowhere"):
        link.symlink_to(goal)
        with pytest.raises(ModelshipError, match="not a folder of yours") as refused:
            private(link)
        assert HOME_VARIABLE in refused.value.remedy
        link.unlink()
    assert mode(tmp_path / "real") != 0o700


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelshipError, match="not a folder of yours"):
        private(tmp_path / "file")
    with pytest.raises(ModelshipError, match="cannot be made: Not a directory"):
        private(tmp_path / "file" / "below")


def test_the_folder_of_somebody_else_is_refused_and_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o755)
    me = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: me + 1)
    with pytest.raises(ModelshipError, match="not a folder of yours"):
        private(theirs)
    assert mode(theirs) == 0o755


@pytest.mark.parametrize("length", [1, 60, 100, 200])
@pytest.mark.parametrize("temporary", [1, 200])
def test_a_socket_can_be_bound_however_long_the_folder_is(
    monkeypatch: pytest.MonkeyPatch, length: int, temporary: int
) -> None:
    with tempfile.TemporaryDirectory(prefix="m") as top:
        monkeypatch.setattr(tempfile, "tempdir", str(private(Path(top) / ("t" * temporary))))
        runtime = private(Path(top) / ("é" * (length // 2) + "x"))
        here = Places(runtime, runtime, runtime)
        path = here.socket("keeper")
        assert path == here.socket("keeper")
        assert mode(path.parent) == 0o700
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
        path.unlink()
        if path.parent != runtime:
            path.parent.rmdir()


def test_long_folders_do_not_share_their_sockets(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 120)
    one, other = (Places(long, long, long / name) for name in ("a", "b"))
    paths = one.socket("keeper"), other.socket("keeper")
    assert paths[0] != paths[1]
    for path in paths:
        path.parent.rmdir()
