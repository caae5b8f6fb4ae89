"""The one contract of all engines: each test runs over each of them."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import os
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.engines.port import Access, Image, Job, Progress
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image.layers import content_key
from jupyter_modelship.image.recipe import Layer, Platform
from tests.acting import act

from .benches import ENGINES, NOISE, Bench, bench
from .conftest import Base
from .registries import Registry
from .users import User


def _row(name: str) -> object:
    """podman's takes seconds a test, and one of its own is in every change."""
    return pytest.param(name, marks=[pytest.mark.campaign] if name == "podman" else [])


@pytest.fixture(params=list(map(_row, ENGINES)))
def on(
    request: pytest.FixtureRequest,
    base: Base,
    registry: Registry,
    warm: tuple[Path, Image],
    tmp_path: Path,
) -> Bench:
    return bench(request.param, base, registry, tmp_path, warm=warm[0] / "cache")


def everything(*folders: Path) -> set[Path]:
    return {path for folder in folders for path in folder.rglob("*")}


async def test_it_says_what_it_works_with(on: Bench) -> None:
    probe = await on.engine.probe()
    assert probe.works
    assert probe.how.startswith(on.engine.name)


async def test_layers_are_those_of_the_recipe_on_those_of_the_base(on: Bench) -> None:
    recipe = on.recipe()
    image, _ = await on.build(recipe)
    ours = [f"sha256:{content_key(one.folder, one.destination)}" for one in recipe.layers]
    assert list(image.diff_ids[-3:]) == ours
    assert len(NOISE) < image.added <= image.size


async def test_a_layer_that_was_kept_is_taken_for_no_other(on: Bench) -> None:
    first, job = on.recipe(), on.job()
    await on.build(first, job)
    artifacts = on.recipe("again").layers[1]
    (artifacts.folder / "model.npy").write_bytes(b"trained again")
    key = content_key(artifacts.folder, artifacts.destination)
    moved = replace(first.layers[0], destination="/opt/packages")
    layers = (moved, replace(artifacts, key=key), first.layers[2])
    image, _ = await on.build(replace(first, layers=layers), on.job())
    ours = [f"sha256:{content_key(one.folder, one.destination)}" for one in layers]
    assert list(image.diff_ids[-3:]) == ours


async def test_the_same_recipe_gives_the_same_image_elsewhere(
    on: Bench, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = await on.build(on.recipe())
    listed, now = os.scandir, time.time()
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("TMPDIR", str(on.root))
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    monkeypatch.setattr(time, "time", lambda: now + 10 * 365 * 86400)
    monkeypatch.setattr(os, "scandir", lambda path=".": _Backwards(listed(path)))
    before = os.umask(0o077)
    try:
        recipe = on.recipe("some/other/place")
        for path in everything(on.root / "some"):
            os.utime(path, (86400, 86400))
        again, _ = await on.build(recipe, on.job("another-cache"))
    finally:
        os.umask(before)
    assert replace(again, handle="") == replace(one, handle="")


class _Backwards:
    """A folder as a file system lists it that keeps its names in another order."""

    def __init__(self, found: Iterator[os.DirEntry[str]]) -> None:
        self._entries = iter([*found][::-1])

    def __enter__(self) -> Iterator[os.DirEntry[str]]:
        return self._entries

    def __exit__(self, *_: object) -> None:
        """Everything has been read."""

    def __iter__(self) -> Iterator[os.DirEntry[str]]:
        return self._entries

    def __next__(self) -> os.DirEntry[str]:
        return next(self._entries)


async def test_no_time_but_the_epoch_is_anywhere_in_it(on: Bench) -> None:
    """The tools are programs that no library fakes a date for: so every date is looked at."""
    image, job = await on.build(on.recipe())
    layout = await on.engine.export(image, job, on.root / "dated")
    manifest = json.loads(_blob(layout, image.digest))
    config = json.loads(_blob(layout, image.config_digest))
    ours = [entry for entry in config["history"] if "modelship" in entry.get("created_by", "")]
    assert {config["created"], *(entry["created"] for entry in ours)} == {"1970-01-01T00:00:00Z"}
    assert len(ours) == 3
    assert not [name for name in manifest["annotations"] if name.endswith(".created")]
    for layer in manifest["layers"][-3:]:
        packed = _blob(layout, layer["digest"])
        assert packed[4:8] == bytes(4)  # MTIME of RFC 1952
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as tar:
            for member in tar:
                assert member.mtime == 0
                assert not {"mtime", "atime", "ctime"} & member.pax_headers.keys()


def _blob(layout: Path, digest: str) -> bytes:
    return (layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()


def test_another_user_gets_the_same_image(on: Bench, user: User) -> None:
    one, _ = asyncio.run(on.build(on.recipe()))
    theirs = replace(on, root=user.home / f"bench-{on.engine.name}")
    theirs.root.mkdir()
    recipe, job = theirs.recipe(), theirs.job()
    user.own(theirs.root)
    again, _ = act(
        lambda: asyncio.run(theirs.build(recipe, job)),
        uid=user.uid,
        gid=user.gid,
        environ=user.environment,
    )
    assert replace(again, handle="") == replace(one, handle="")
    assert {path.stat().st_uid for path in everything(job.scratch)} == {user.uid}


async def test_what_is_pushed_is_what_was_asked_for(on: Bench) -> None:
    recipe = on.recipe()
    image, job = await on.build(recipe)
    pushed = await on.push(image, job, "team/demo", "v1", "latest")
    assert pushed.reference == f"{on.host}/team/demo@{image.digest}"
    assert pushed.tags == ("v1", "latest")
    manifest, config = on.look(pushed.reference)
    assert manifest["annotations"].items() >= recipe.annotations.items()
    assert manifest["config"]["digest"] == image.config_digest
    assert sum(layer["size"] for layer in manifest["layers"]) == image.size
    assert config["rootfs"]["diff_ids"] == list(image.diff_ids)
    started = config["config"]
    assert started["Entrypoint"] == ["python", "service.py"]
    assert "Cmd" not in started
    assert (started["User"], started["WorkingDir"]) == ("10001", "/service")
    assert "PYTHONDONTWRITEBYTECODE=1" in started["Env"]
    assert started["ExposedPorts"] == {"8000/tcp": {}, "9090/tcp": {}}
    assert started["Labels"]["org.example.kind"] == "test"
    assert started["StopSignal"] == "SIGTERM"


async def test_a_second_push_sends_next_to_nothing_and_a_code_change_the_code(on: Bench) -> None:
    image, job = await on.build(on.recipe())
    first = await on.push(image, job, f"team/again-{on.engine.name}", "v1")
    assert first.sent > len(NOISE)
    assert (await on.push(image, job, f"team/again-{on.engine.name}", "v1")).sent < 5_000
    changed, other = await on.build(on.recipe("changed", code="print('changed')\n"))
    assert changed.digest != image.digest
    assert changed.diff_ids[:-1] == image.diff_ids[:-1]
    assert (await on.push(changed, other, f"team/again-{on.engine.name}", "v2")).sent < 10_000


async def test_the_log_says_what_is_done_and_how_far_it_is(on: Bench) -> None:
    image, job = await on.build(on.recipe())
    assert {"dependencies", "artifacts", "code"} <= {
        line.partition(":")[0] for line in (one.line for one in on.told)
    }
    await on.push(image, job, "team/log")
    assert all(one.step for one in on.told)
    assert [one.percent for one in on.told if one.percent is not None][-1] == 100.0
    assert all(0 <= (one.percent or 0) <= 100 for one in on.told)


async def test_an_exported_image_is_read_by_other_tools(on: Bench) -> None:
    image, job = await on.build(on.recipe())
    layout = await on.engine.export(image, job, on.root / "layout")
    told = subprocess.run(
        ["skopeo", "inspect", "--raw", f"oci:{layout}"], capture_output=True, check=True
    )
    assert json.loads(told.stdout)["config"]["digest"] == image.config_digest
    for layer in json.loads(told.stdout)["layers"]:
        subprocess.run(
            ["sha256sum", "--check", "--status"],
            input=f"{layer['digest'][7:]}  {layout}/blobs/sha256/{layer['digest'][7:]}\n",
            text=True,
            check=True,
        )
    with pytest.raises(FileExistsError):
        await on.engine.export(image, job, layout)


def _words(first: int, *others: int) -> list[object]:
    """After which word of the build it is cancelled; one in every change."""
    return [first, *(pytest.param(other, marks=pytest.mark.campaign) for other in others)]


@pytest.mark.parametrize("word", _words(4, 1, 2, 3, 6))
async def test_who_cancels_a_build_finds_nothing_but_the_scratch(on: Bench, word: int) -> None:
    recipe, job = on.recipe(), on.job()
    before = everything(on.root) - everything(job.scratch)
    heard = 0

    def tell(progress: Progress) -> None:
        nonlocal heard
        heard += 1
        if heard == word:
            work.cancel()

    work = asyncio.create_task(on.engine.build(recipe, job, on.access, tell))
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(work, 60)
    left = everything(on.root) - everything(job.scratch) - before
    assert not [path for path in left if not path.is_relative_to(job.cache)]
    assert not [path for path in left if path.suffix == ".part"]
    image, _ = await on.build(recipe)  # what is in the cache is whole
    assert image == replace((await on.build(recipe, on.job("fresh")))[0], handle=image.handle)


async def test_who_cancels_a_push_can_push_again(on: Bench) -> None:
    image, job = await on.build(on.recipe())

    def tell(progress: Progress) -> None:
        work.cancel()

    work = asyncio.create_task(
        on.engine.push(image, job, f"{on.host}/team/cancelled", on.access, tell)
    )
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(work, 60)
    assert (await on.push(image, job, "team/cancelled")).reference.endswith(image.digest)


async def test_eight_at_once_do_not_disturb_each_other(on: Bench) -> None:
    recipes = [on.recipe(f"bundle-{number}", code=f"print({number % 4})") for number in range(8)]
    images = [image for image, _ in await asyncio.gather(*map(on.build, recipes))]
    assert [image.digest for image in images[:4]] == [image.digest for image in images[4:]]
    assert len({image.digest for image in images}) == 4


def _linked(layer: Layer) -> None:
    (layer.folder / "link").symlink_to("/etc/passwd")


async def test_a_link_in_a_layer_is_refused(on: Bench) -> None:
    recipe = on.recipe()
    _linked(recipe.layers[-1])
    with pytest.raises(ModelshipError, match="symbolic link") as caught:
        await on.build(recipe)
    assert caught.value.remedy


async def test_a_base_without_a_digest_is_refused(on: Bench) -> None:
    recipe = replace(on.recipe(), base=on.base.partition("@")[0] + ":3.11")
    with pytest.raises(ModelshipError, match="has no digest") as caught:
        await on.build(recipe)
    assert caught.value.remedy


async def test_an_image_whose_scratch_is_gone_is_not_pushed(on: Bench) -> None:
    image, _ = await on.build(on.recipe())
    with pytest.raises(ModelshipError, match="not in this job's scratch") as caught:
        await on.push(image, on.job(), "team/gone")
    assert caught.value.remedy == "build it again"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
async def test_a_full_disk_is_said_and_leaves_nothing_to_repair(on: Bench) -> None:
    recipe = on.recipe()
    with small_disk(on.root / "small", on.room) as disk:
        (disk / "scratch").mkdir()
        (disk / "cache").mkdir()
        (disk / "ballast").write_bytes(bytes(on.room - 2 << 20))
        job = Job("full", disk / "scratch", disk / "cache")
        with pytest.raises(ModelshipError, match=r"no space is left|the disk is full") as caught:
            await on.build(recipe, job)
        assert caught.value.remedy
        (disk / "ballast").unlink()
        (disk / "scratch").rename(disk / "old")
        (disk / "scratch").mkdir()
        image, _ = await on.build(recipe, job)
    assert image.digest == (await on.build(recipe))[0].digest


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Of `size` MiB."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


REAL = [name for name in ENGINES if name != "fake"]
"""Those that know registries."""


@pytest.fixture(params=list(map(_row, REAL)))
def real(
    request: pytest.FixtureRequest,
    base: Base,
    registry: Registry,
    warm: tuple[Path, Image],
    tmp_path: Path,
) -> Bench:
    return bench(request.param, base, registry, tmp_path, warm=warm[0] / "cache")


async def test_a_base_of_another_platform_is_refused(real: Bench) -> None:
    recipe = replace(real.recipe(), platform=Platform(architecture="riscv64"))
    with pytest.raises(ModelshipError, match="riscv64") as caught:
        await real.build(recipe)
    assert caught.value.remedy


async def test_a_base_that_is_not_there_is_said(real: Bench) -> None:
    recipe = replace(real.recipe(), base=f"{real.host}/bases/none@sha256:{'0' * 64}")
    with pytest.raises(ModelshipError, match="bases/none") as caught:
        await real.build(recipe)
    assert caught.value.remedy


async def test_a_login_is_asked_for_and_not_told(
    real: Bench, locked_registry: Registry, tmp_path: Path
) -> None:
    image, job = await real.build(real.recipe())
    there = replace(real, host=locked_registry.host, access=Access(insecure=True))
    with pytest.raises(ModelshipError, match="wants a login") as caught:
        await there.push(image, job, "team/private")
    assert caught.value.remedy
    with_login = replace(there, access=locked_registry.access)
    pushed = await with_login.push(image, job, "team/private")
    assert pushed.reference.endswith(image.digest)
    written = b"".join(path.read_bytes() for path in everything(real.root) if path.is_file())
    for secret in (b"correct horse", b"YWRhOmNvcnJlY3QgaG9yc2U"):
        assert secret not in written
        assert secret.decode() not in "".join(one.line for one in real.told)


async def test_layers_of_the_base_are_not_sent_to_their_own_registry(real: Bench) -> None:
    image, job = await real.build(real.recipe())
    pushed = await real.push(image, job, "team/mounted")
    assert pushed.sent < image.added + 10_000 < image.size


async def test_an_ordinary_user_runs_the_image(real: Bench, user: User) -> None:
    code = "import os; print(os.getuid(), *sorted(os.listdir('/service')))"
    image, job = await real.build(real.recipe(code=code))
    layout = await real.engine.export(image, job, user.home / f"layout-{real.engine.name}")
    user.own(layout)
    podman = "podman --storage-driver overlay --cgroup-manager cgroupfs --runtime runc run --rm"
    how = "--network host --ulimit nofile=1024:1024 --read-only"
    done = user.run([*podman.split(), *how.split(), f"oci:{layout}"])
    assert done.stdout.split() == [
        *("10001", "artifacts", "modelship_runtime", "packages", "service.py")
    ], done.stderr


async def test_what_was_laid_before_is_not_made_again(on: Bench) -> None:
    recipe = on.recipe()
    cache = on.job().cache
    await on.engine.lay(replace(recipe, layers=recipe.layers[:1]), cache, on.access, on.told.append)
    on.told.clear()
    image, _ = await on.build(recipe)
    assert any(one.line.endswith(", packed before") for one in on.told)
    assert image == replace((await on.build(recipe, on.job("fresh")))[0], handle=image.handle)
