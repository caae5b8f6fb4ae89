"""Containers under a keeper: what holds them, what they may do, and what is left of them."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.targets.container import images
from jupyter_modelship.targets.local import LocalTarget

from .stubs import Yard

pytestmark = pytest.mark.ordinary_user
PLANTED = {"LEVEL": "planted-level-7531", "KEY": "planted-key-8642"}


def _file(process: psutil.Process, name: str) -> str:
    return Path(f"/proc/{process.pid}/{name}").read_text()


def _status(process: psutil.Process) -> dict[str, str]:
    lines = (line.partition(":") for line in _file(process, "status").splitlines())
    return {name: value.strip() for name, _, value in lines}


# -- what a container may do -----------------------------------------------------------------------


async def test_a_container_is_nobody_here_and_can_become_nobody_else(yard: Yard) -> None:
    await yard.deploy("one")
    (first,) = yard.firsts()
    status = _status(first)
    assert first.uids().real not in (0, psutil.Process().uids().real)
    assert status["NSpid"].split()[-1] == "1"
    assert {int(status[name], 16) for name in ("CapEff", "CapBnd", "CapInh", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


async def test_a_container_can_write_to_its_tmp_alone(yard: Yard) -> None:
    await yard.deploy("one")
    mounts = [line.split() for line in _file(yard.firsts()[0], "mountinfo").splitlines()]
    options = {words[4]: words[5].split(",") for words in mounts}
    assert "ro" in options["/"]
    assert {"rw", "nosuid", "nodev"} <= set(options["/tmp"])
    shown = [words[3] for words in mounts if str(yard.home) in words[3]]
    assert all("/containers/" in path or "/run/c/" in path for path in shown)  # podman's own


async def test_values_are_in_the_service_and_nowhere_else(yard: Yard) -> None:
    await yard.target.configure("iris", PLANTED)
    await yard.deploy("one", env=["LEVEL"], secrets=["KEY"], token=True)
    seen = await yard.seen()
    assert seen.token_file is not None
    token = seen.token_file.read_text()
    assert await yard.ask("/env/KEY") == PLANTED["KEY"]
    assert await yard.ask("/env/LEVEL") == PLANTED["LEVEL"]
    await yard.ask(f"/say/{PLANTED['KEY']}")
    podman = await yard.target.probe()
    (identity,) = (await podman.ask("ps", "--quiet", "--no-trunc")).split()
    told = await podman.ask("inspect", identity, await yard.image("one"))
    words = [" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])]
    for secret in (*PLANTED.values(), token):
        assert not [line for line in words if secret in line]
        assert secret not in told
        holding = {path.name for path in _files(yard.home) if secret.encode() in path.read_bytes()}
        assert holding == ({"token"} if secret == token else {"values.json"})
    assert any("***" in line for line in [line async for line in yard.target.logs("iris")])


def _files(home: Path) -> Iterator[Path]:
    """What is on disk of the user's, but for the layers: podman's configurations are among it."""
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink() and "overlay" not in path.parts:
            yield path


# -- images ----------------------------------------------------------------------------------------


async def test_layers_that_are_there_are_not_copied_again(yard: Yard) -> None:
    await yard.image("one")
    before = _layers(yard)
    await yard.image("two")
    assert len(_layers(yard) - before) == 1
    await yard.image("two")
    assert len(_layers(yard) - before) == 1


def _layers(yard: Yard) -> set[str]:
    index = yard.places.state / "containers" / "store" / "overlay-layers" / "layers.json"
    return {layer["id"] for layer in json.loads(index.read_text())}


async def test_an_image_goes_with_the_last_revision_that_needs_it(yard: Yard) -> None:
    podman = await yard.target.probe()
    names = [await yard.image(answer) for answer in ("one", "two")]
    await yard.deploy("one", keep_revisions=1, drain=0)
    await yard.deploy("two", keep_revisions=1, drain=0)
    while await images.has(podman, names[0]):
        await asyncio.sleep(0.1)
    assert await images.has(podman, names[1])
    assert (await yard.ask())["answer"] == "two"
    await yard.target.delete("iris")
    while await images.has(podman, names[1]):
        await asyncio.sleep(0.1)
    listed = await podman.ask("images", "--all", "--quiet", "--no-trunc")
    assert len(listed.split()) == 1, "the one that is nobody's, kept by us"


async def test_a_layout_may_lie_in_any_folder(yard: Yard) -> None:
    await yard.image("one")
    odd = yard.home / "Ada's Images: 1"
    shutil.copytree(yard.home / "layouts" / "one", odd, dirs_exist_ok=True)
    assert await yard.target.take(odd) == await yard.image("one")
    listed = await (await yard.target.probe()).ask("images", "--format", "{{.Repository}}")
    assert set(listed.split()) == {images.REPOSITORY}
    shutil.rmtree(odd)


async def test_what_is_no_layout_is_refused(yard: Yard) -> None:
    with pytest.raises(StageFailed, match="is no OCI image layout with one image"):
        await yard.target.take(yard.home)


async def test_an_image_that_is_gone_is_told_before_anything_starts(yard: Yard) -> None:
    release = await yard.release("one")
    missing = replace(release, image=images.name_of(f"sha256:{'0' * 64}"))
    with pytest.raises(StageFailed, match=r"the image .* of service iris is gone"):
        await yard.target.stage(missing)
    with pytest.raises(UsageError, match="has no image"):
        await yard.target.stage(replace(release, image=""))


async def test_a_name_lives_on_one_target(yard: Yard) -> None:
    release = await yard.release("one")
    await yard.deploy("one")
    local = LocalTarget(yard.places)
    with pytest.raises(UsageError, match="iris is on the target container") as caught:
        await local.stage(replace(release, image="", python=Path("/usr/bin/python3"), run="r2"))
    assert "--name" in caught.value.remedy
    assert await local.observe("iris") is None
    assert await local.list() == ()
    assert await local.holds() == frozenset()
