"""The list of base images, refreshed from a registry by the command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from jupyter_modelship.cli import main
from jupyter_modelship.image.bases import OFFICIAL

from .bases import MANIFEST, BaseLayout
from .registries import Registry, upload


@pytest.fixture
def mirror(base_on_disk: BaseLayout, registry: Registry) -> str:
    """Has Python 3.11's image, and no other."""
    name = "mirror/python"
    upload(registry, f"{name}:3.11-slim", base_on_disk.manifest, MANIFEST, *base_on_disk.blobs)
    return f"{registry.host}/{name}"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSHIP_HOME", str(tmp_path / "home"))


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, dict[str, str]]:
    assert main(["bases", *words, "--json"]) == 0
    document: dict[str, dict[str, str]] = json.loads(capsys.readouterr().out)
    return document


def test_a_refresh_takes_what_the_registry_has_and_keeps_it(
    capsys: pytest.CaptureFixture[str], mirror: str, base_on_disk: BaseLayout, tmp_path: Path
) -> None:
    before = told(capsys)
    assert {base["name"] for base in before.values()} == {OFFICIAL}
    after = told(capsys, "--refresh", mirror, "--output", str(tmp_path / "list.json"))
    assert after["3.11"]["digest"] == base_on_disk.digest
    assert after["3.11"]["name"] == mirror
    assert {**after, "3.11": before["3.11"]} == before
    assert told(capsys) == after
    assert json.loads((tmp_path / "list.json").read_text())["bases"] == after


def test_a_mirror_with_a_login_is_asked_with_it(
    capsys: pytest.CaptureFixture[str],
    locked_registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where `podman login` has written it."""
    for name in ("REGISTRY_AUTH_FILE", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert main(["bases", "--refresh", f"{locked_registry.host}/mirror/python"]) == 1
    assert "login" in capsys.readouterr().err
    login = locked_registry.access.auth_file
    assert login is not None
    (tmp_path / "containers").mkdir()
    shutil.copy(login, tmp_path / "containers" / "auth.json")
    after = told(capsys, "--refresh", f"{locked_registry.host}/mirror/python")
    assert {base["name"] for base in after.values()} == {OFFICIAL}  # it has none of them


def test_people_are_told_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bases"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("Python 3.") and "@sha256:" in line for line in lines)


def test_a_registry_that_does_not_answer_changes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["bases", "--refresh", "127.0.0.1:1/mirror/python"]) == 1
    assert "127.0.0.1:1" in capsys.readouterr().err
    assert not (tmp_path / "home" / "state" / "bases.json").exists()


def test_a_name_that_is_none_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bases", "--refresh", "python"]) == 2
    assert "names no image" in capsys.readouterr().err
