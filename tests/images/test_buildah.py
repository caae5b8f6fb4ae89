"""The engine `buildah`, the real one, as an ordinary user."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_modelship.engines.buildah import Buildah, inside
from jupyter_modelship.engines.port import Image
from jupyter_modelship.engines.sameness import compare
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import Layer
from jupyter_modelship.storage import Storage

from . import work
from .conftest import Base
from .users import User


def test_it_works_here_and_says_with_what(user: User) -> None:
    root = work.place(user, "probed")
    found = work.run(user, Buildah(root).probe)
    assert found.works, found.reason
    assert found.how == f"buildah {found.facts['version']}, {found.facts['storage']}"
    assert "chroot" in found.facts["isolation"]
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    ("program", "script", "reason", "remedy"),
    [
        (
            "unshare",
            "echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1",
            "user namespaces are not allowed",
            "engine `oci`",
        ),
        (
            "unshare",
            "echo 'unshare: unshare failed: No space left on device' >&2; exit 1",
            "may make no more user namespaces",
            "max_user_namespaces",
        ),
        ("buildah", "exit 1", "does not tell its version", "engine `oci`"),
    ],
)
async def test_where_it_does_not_work_it_says_why(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    script: str,
    reason: str,
    remedy: str,
) -> None:
    fake = tmp_path / "bin" / program
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    found = await Buildah(tmp_path).probe()
    assert not found.works
    assert reason in found.reason
    assert remedy in found.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


async def test_where_it_is_not_installed_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = await Buildah(tmp_path).probe()
    assert (found.works, found.reason) == (False, "buildah is not installed")


def test_the_same_recipe_is_the_same_image_elsewhere(
    user: User, base: Base, warm: tuple[Path, Image], tmp_path: Path
) -> None:
    """In another folder, with a cold cache, by another user: us."""
    made = work.recipe(base.reference, tmp_path / "in")
    here = asyncio.run(work.build(Buildah(tmp_path / "cache"), made, tmp_path))
    assert here == warm[1]


def test_nothing_is_unpacked_for_an_image_alone(user: User, base: Base) -> None:
    """Neither the base nor a layer: what nobody runs is nowhere but in blobs."""
    root = work.place(user, "packed")
    made = work.given(user, base, root, "in")
    work.run(user, lambda: work.build(Buildah(root / "cache"), made, root))
    assert sorted(path.name for path in (root / "cache").iterdir()) == ["documents", "layers"]


def test_a_change_of_the_code_unpacks_the_top_layer_alone(
    user: User, base: Base, warm: tuple[Path, Image]
) -> None:
    root, before = warm
    floors = _floors(root)
    after = work.built(user, work.given(user, base, root, "changed", "answer = 43\n"), root)
    assert after.digest != before.digest
    assert after.diff_ids[:-1] == before.diff_ids[:-1]
    now = _floors(root)
    assert floors.items() <= now.items()
    assert len(now) == len(floors) + 1
    assert work.left(root) == []


def _floors(root: Path) -> dict[str, int]:
    """Name -> when it was made."""
    found = (root / "cache" / "floors").iterdir()
    return {path.name: path.stat().st_mtime_ns for path in found if path.is_dir()}


@pytest.fixture
def fuse() -> Iterator[None]:
    """/dev/fuse for everybody, as udev has it on Debian; a container's may be root's alone."""
    device = Path("/dev/fuse")
    before = stat.S_IMODE(device.stat().st_mode)
    if os.geteuid() == 0:
        device.chmod(0o666)
    yield
    if os.geteuid() == 0:
        device.chmod(before)


@pytest.mark.campaign
@pytest.mark.usefixtures("fuse")
@pytest.mark.parametrize("kind", ["fuse-overlayfs", "vfs"])
def test_each_storage_takes_the_same_image(
    user: User,
    base: Base,
    warm: tuple[Path, Image],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = shutil.which("fuse-overlayfs") or "" if kind == "fuse-overlayfs" else ""

    async def choose(folder: Path) -> Storage:
        return Storage(kind, "wanted by a test", program)  # type: ignore[arg-type]  # one of its kinds

    monkeypatch.setattr(inside, "choose", choose)
    root = work.place(user, kind)
    assert work.built(user, work.given(user, base, root, "in"), root) == warm[1]
    work.run(user, lambda: work.removed(root))
    assert not root.exists()


async def test_what_a_tool_has_built_is_held_against_the_layer(tmp_path: Path) -> None:
    """Another order of the files is the same layer; any other byte, mode or name is not."""
    folder = tmp_path / "folder"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "b.py").write_text("x = 1")
    (folder / "a-b").write_text("y")
    layer = Layer("code", folder, "/service", "")
    tar = tmp_path / "layer.tar"
    for change, same in ((None, True), ("content", False), ("mode", False), ("name", False)):
        other = tmp_path / f"other-{change}"
        shutil.copytree(folder, other / "service")
        if change == "content":
            (other / "service/a/b.py").write_text("x = 2")
        if change == "mode":
            (other / "service/a/b.py").chmod(0o755)
        if change == "name":
            (other / "service/a/b.py").rename(other / "service/a/c.py")
        argv = ["tar", "--owner=0", "--group=0", "--mtime=@0", "--mode=go=rX", "-cf", str(tar)]
        order = ["service/a-b", "service/a", "service"]
        subprocess.run(
            [*argv, "--no-recursion", "-C", str(other), *order[::-1]]
            + [f"service/a/{path.name}" for path in (other / "service/a").iterdir()],
            check=True,
        )
        with tar.open("rb") as stream:
            if same:
                compare(stream, layer)
            else:
                with pytest.raises(StageFailed, match="what was built differs from the code"):
                    compare(stream, layer)


def test_a_floor_that_was_damaged_is_made_again(
    user: User, base: Base, warm: tuple[Path, Image], tmp_path: Path
) -> None:
    """As after a power cut: a folder is there, and not all that was in it."""
    root = work.place(user, "damaged")
    made = work.given(user, base, root, "in")
    shutil.copytree(warm[0] / "cache", root / "cache", symlinks=True)
    work.give(user, root)
    for images in (root / "cache" / "floors").glob("*/root/overlay-images/images.json"):
        images.write_text("[]")
    assert work.built(user, made, root) == warm[1]
