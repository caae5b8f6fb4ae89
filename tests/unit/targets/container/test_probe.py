"""What is found where podman is missing, old, or starts nothing; and that it is tried once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_modelship import storage
from jupyter_modelship.places import Places
from jupyter_modelship.storage import Storage
from jupyter_modelship.targets.container import podman as store
from jupyter_modelship.targets.container.probe import Unavailable, looked, probe

PODMAN = """#!/bin/sh
echo "$*" >>"$HOME/asked"
case "$*" in
    --version) echo "podman version {version}" ;;
    unshare*) exit 0 ;;
    *"--runtime {works}"*"--network host"*) exit 0 ;;
    *) echo "Error: OCI runtime error: it does not" >&2; exit 126 ;;
esac
"""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Of a machine on which nothing is installed."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(storage, "_AS_ROOT", ("true",))
    for name in ("true", "cat", "sh"):
        _install(tmp_path, name, f'#!/bin/sh\nexec /bin/{name} "$@"\n')
    made = Places(tmp_path / "state", tmp_path / "cache", tmp_path / "run")
    for folder in (made.state, made.runtime):
        folder.mkdir(mode=0o700)
    return made


def _install(tmp_path: Path, name: str, text: str = "#!/bin/sh\n") -> None:
    path = tmp_path / "bin" / name
    path.write_text(text)
    path.chmod(0o755)


def _asked(tmp_path: Path) -> list[str]:
    return (tmp_path / "asked").read_text().splitlines()


async def test_without_podman_there_is_a_reason_and_a_remedy(places: Places) -> None:
    assert looked() == "podman is not installed"
    with pytest.raises(Unavailable, match="podman is not installed") as caught:
        await probe(places)
    assert "install podman" in caught.value.remedy
    assert not store.folder(places).exists()


async def test_an_old_podman_is_refused_by_its_version(places: Places, tmp_path: Path) -> None:
    _install(tmp_path, "podman", PODMAN.format(version="3.4.4", works="runc"))
    with pytest.raises(Unavailable, match=r"podman is 3\.4\.4, the target needs 4\.0"):
        await probe(places)


async def test_the_first_runtime_and_network_that_work_are_taken_and_the_others_told(
    places: Places, tmp_path: Path
) -> None:
    _install(tmp_path, "podman", PODMAN.format(version="4.3.1", works="runc"))
    for name in ("crun", "runc", "slirp4netns"):
        _install(tmp_path, name)
    found = await probe(places)
    assert (found.version, found.runtime, found.network) == ("4.3.1", "runc", "host")
    assert found.why.startswith("runc, network host (it sees this machine's network)")
    refused = ("crun with network slirp4netns", "crun with network host", "runc with network slirp")
    assert all(f"not {each}" in found.why for each in refused)
    assert "OCI runtime error: it does not" in found.why
    assert [path.name for path in store.folder(places).glob(".*")] == []


async def test_what_was_tried_is_tried_again_only_after_an_update(
    places: Places, tmp_path: Path
) -> None:
    _install(tmp_path, "podman", PODMAN.format(version="4.3.1", works="crun"))
    _install(tmp_path, "crun")
    found = await probe(places)
    assert found.runtime == "crun"
    before = len(_asked(tmp_path))
    assert await probe(places) == found
    assert _asked(tmp_path)[before:] == ["--version"]
    _install(tmp_path, "podman", PODMAN.format(version="4.9.0", works="crun"))
    assert (await probe(places)).version == "4.9.0"


async def test_where_nothing_starts_each_attempt_is_told(places: Places, tmp_path: Path) -> None:
    _install(tmp_path, "podman", PODMAN.format(version="4.3.1", works="neither"))
    _install(tmp_path, "crun")
    with pytest.raises(Unavailable, match="podman starts no container here") as caught:
        await probe(places)
    assert "crun with network host: podman run failed" in caught.value.detail
    assert caught.value.remedy
    assert not (store.folder(places) / "how.json").exists()


def test_after_a_boot_what_podman_kept_until_then_goes(places: Places) -> None:
    vfs = Storage("vfs", "slow")
    how = store.Podman("podman", "4", places.state, store.run_folder(places), vfs, "runc", "host")
    store.after_a_boot(how)
    (how.run / "alive").touch()
    store.after_a_boot(how)
    assert (how.run / "alive").exists()
    (how.run / "boot").write_text("another")
    store.after_a_boot(how)
    assert not (how.run / "alive").exists()


def test_a_run_folder_is_short_enough_for_podman(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 60)
    found = store.run_folder(Places(deep, deep, deep))
    assert len(str(found)) <= store.RUN_LIMIT
    found.rmdir()


def test_what_cannot_be_read_was_not_tried(places: Places) -> None:
    store.folder(places).mkdir()
    (store.folder(places) / "how.json").write_text(json.dumps({"key": "1"}))
    assert store.load(places) is None
