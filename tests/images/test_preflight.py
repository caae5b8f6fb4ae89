"""What an image needs is tried before any work: where it is missing, no cell runs."""

from __future__ import annotations

import inspect
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_modelship.doctor import builds, checks, containers, disk, engines, images
from jupyter_modelship.doctor import registry as registries
from jupyter_modelship.image.bases import MINORS, write_list
from jupyter_modelship.image.bases import Base as KnownBase
from jupyter_modelship.places import Places, places
from jupyter_modelship.runs import preflight
from tests.acting import act
from tests.line.conftest import Home, Source, Told, make_home

from . import small_disk
from .conftest import Base
from .registries import Registry

pytestmark = pytest.mark.ordinary_user
NOBODY = "127.0.0.1:1"
FIRST = "from pathlib import Path\nstarted = Path('{name}.ran').write_text('yes')"
CELLS: tuple[Source, ...] = (
    "table = list(range(started))",
    ("def size(x: int) -> int:\n    return x + len(table)", "endpoint"),
    "size(1)",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = make_home(tmp_path_factory.mktemp("preflight"))
    made.environment["REGISTRY_AUTH_FILE"] = str(made.folder / "none.json")
    yield made
    for seen in made.run("list", "--json").document:
        made.run("delete", seen["service"], "--yes")


def deploy(home: Home, name: str, base: str, repository: str = "", **environment: str) -> Told:
    home.book(name, FIRST.format(name=name), *CELLS)
    named = ("--repository", repository) if repository else ()
    words = ("deploy", f"{name}.ipynb", "--yes", "--target", "container", "--base", base, *named)
    return home.run(*words, good=False, **environment)


def ran(home: Home, name: str) -> bool:
    return (home.folder / f"{name}.ran").exists()


def test_a_registry_without_a_login_is_told_first(
    home: Home, base: Base, locked_registry: Registry
) -> None:
    told = deploy(home, "closed", base.reference, f"{locked_registry.host}/team/closed")
    assert told.code == 1
    assert f"the registry {locked_registry.host} wants a login (401)" in told.err
    assert "podman login" in told.err
    assert "engine " in home.run("logs", "closed", "--build").out
    assert not ran(home, "closed")


def test_all_that_is_missing_is_told_at_once(home: Home, locked_registry: Registry) -> None:
    missing = f"{NOBODY}/bases/python@sha256:{'0' * 64}"
    told = deploy(home, "both", missing, f"{locked_registry.host}/team/both")
    assert told.code == 1
    assert f"nothing listens at {NOBODY} (and 1 more)" in told.err
    assert not ran(home, "both")


def test_a_disk_without_room_is_told_with_numbers(home: Home, base: Base) -> None:
    disk = home.folder / "small"
    disk.mkdir(mode=0o700)

    def tried() -> Told:
        small_disk.apart()
        small_disk.mount(disk, 64)
        deploy(home, "tight", base.reference, MODELSHIP_HOME=str(disk))
        return home.run("logs", "tight", "--build", MODELSHIP_HOME=str(disk))

    told = act(tried, uid=os.getuid(), gid=os.getgid(), environ={**os.environ}).out
    assert "podman starts no container here (and 1 more)" in told  # with one user id it cannot
    assert "an image may take " in told
    assert "MB are free" in told
    assert "MODELSHIP_HOME" in told
    assert not ran(home, "tight")


def test_the_run_keeps_what_was_found_and_what_the_image_weighs(home: Home, base: Base) -> None:
    deploy(home, "whole", base.reference, f"{base.reference.partition('/')[0]}/team/whole")
    lines = home.run("logs", "whole", "--build").out
    before, rehearsed, built = lines.partition("[build] started")
    answers = ("engine ", "MB, its registry answers", "team/whole: its registry answers", "podman ")
    for said in answers:
        assert said in before
    assert "disk of " in before
    assert rehearsed
    for said in ("dependencies ", "artifacts ", "code ", "biggest ", "/service/"):
        assert said in built
    assert ran(home, "whole")


def test_without_podman_no_cell_runs_for_a_container(home: Home, base: Base) -> None:
    programs = home.folder / "programs"
    programs.mkdir()
    for name in ("python", "python3", "uv", "unshare", "mount", "true", "git"):
        if found := shutil.which(name):
            programs.joinpath(name).symlink_to(found)
    told = deploy(home, "alone", base.reference, PATH=str(programs))
    assert "✗ podman is not installed" in told.err
    assert "install podman and uidmap, or choose another target" in told.err
    assert not ran(home, "alone")


def test_what_is_tried_before_a_run_the_doctor_tries_too() -> None:
    """By what `preflight.insist` asks, in its order, and the doctor's check of the same."""
    asked = {
        "_engine": engines.engines,
        "_base": images.images,
        "repository_answers": registries.registry,
        "_permitted": containers.containers,
        "_room": disk.disk,
    }
    called = inspect.getclosurevars(preflight.insist).globals
    own = {name for name, value in called.items()
           if getattr(value, "__module__", "") == preflight.__name__}  # fmt: skip
    assert own - {"_all", "_nothing", "_sorted"} == set(asked)
    assert set(asked.values()) <= set(checks(build=True))


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("MODELSHIP_HOME", str(tmp_path / "home"))
    return places()


def known(ours: Places, name: str, digest: str) -> None:
    """The list of bases, with one for every Python."""
    write_list(ours.state / "bases.json", {m: KnownBase(name, m, digest, "today") for m in MINORS})


async def test_the_doctor_builds_an_image_for_real(ours: Places, base: Base) -> None:
    name, digest = base.reference.split("@")
    known(ours, name, digest)
    (answer,) = await images.images(ours)
    assert (answer.state, answer.remedy) == ("ok", "")
    assert base.reference in answer.said
    assert list((ours.cache / "builds").iterdir()) == []


async def test_the_doctor_says_why_there_is_no_image(ours: Places) -> None:
    known(ours, f"{NOBODY}/python", "sha256:" + "0" * 64)
    (answer,) = await images.images(ours)
    assert answer.state == "fail"
    assert f"nothing listens at {NOBODY}" in answer.said
    assert answer.remedy


async def test_the_doctor_clears_what_a_killed_build_left(ours: Places) -> None:
    left = ours.cache / "builds" / "dead.x.job"
    (left / "engine").mkdir(parents=True)
    (answer,) = await builds.builds(ours)
    assert "dead.x.job" in answer.said
    assert not left.exists()
    assert [one.said for one in await builds.builds(ours)] == ["nothing is left over"]


async def test_the_doctor_tries_the_registry_of_policy(
    ours: Places, locked_registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registries, "system_folders", lambda: (tmp_path,))
    assert await registries.registry(ours) == []
    policy = {"registry": f"{locked_registry.host}/team"}
    (tmp_path / "modelship-policy.json").write_text(json.dumps(policy), encoding="utf-8")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(locked_registry.access.auth_file))
    assert [answer.state for answer in await registries.registry(ours)] == ["ok"]
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "none.json"))
    (answer,) = await registries.registry(ours)
    assert answer.state == "warn"
    assert "wants a login" in answer.said
    assert "podman login" in answer.remedy


async def test_without_tools_the_doctor_says_what_to_install(
    ours: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {answer.name: answer for answer in await engines.engines(ours)}
    assert found["engine oci"].state == "ok"
    for name in ("buildah", "podman", "docker"):
        assert found[f"engine {name}"].state == "warn"
        assert found[f"engine {name}"].remedy
    (answer,) = await containers.containers(ours)
    assert (answer.state, answer.said) == ("warn", "podman is not installed")
    assert "install podman" in answer.remedy
