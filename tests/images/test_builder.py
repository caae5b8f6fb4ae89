"""The exception to images in which nothing runs: Debian packages, and wheels built from source."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import json
import platform
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.engines.buildah import Buildah
from jupyter_modelship.engines.buildah.debian import Wanted, installed
from jupyter_modelship.engines.buildah.wheels import InContainer
from jupyter_modelship.engines.choosing import choose, engines
from jupyter_modelship.engines.oci import OciEngine
from jupyter_modelship.engines.podman import Podman
from jupyter_modelship.engines.port import Engine, Image, Job
from jupyter_modelship.engines.scratch import scratch
from jupyter_modelship.environment import with_built
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import DebianPackage, Platform, Recipe, System
from jupyter_modelship.model import KernelFacts, Lock, Source
from jupyter_modelship.places import Places, private
from tests.gits import COMPILED, PURE, TOKEN, git_server, kernel_with, team_kernel
from tests.line.conftest import write_book
from tests.sshds import ssh_agent, ssh_server

from . import work
from .conftest import Base
from .leaks import Leaks
from .person import Person
from .users import User

codecs.lookup("cp437")
"""Of zip files: found now, since the ordinary user may not be able to read it later."""
LIBRARY = f"usr/lib/{platform.machine()}-linux-gnu"
BACKEND = """\
import os, sys, zipfile
def build_wheel(folder, settings=None, metadata=None):
    told = [sys.version_info[:2], os.getcwd(), os.path.exists({hidden!r}), os.environ.get("HOME")]
    name = "arch-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{{folder}}/{{name}}", "w") as wheel:
        wheel.writestr("arch.py", repr(told))
        info = "arch-1.0.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: arch\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""
SYSTEM = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def _archive(path: Path, files: dict[str, str]) -> str:
    """A source archive; its `sha256:…`."""
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(f"arch-1.0/{name}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def packages(tmp_path: Path, user: User) -> System:
    """A layer as an installation leaves one: a file of another group, a link, a deletion."""
    path = user.home / f"{tmp_path.name}.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo(f"{LIBRARY}/libextra.so.1.0")
        info.size, info.gid = 4, 42
        tar.addfile(info, io.BytesIO(b"\x7fELF"))
        link = tarfile.TarInfo(f"{LIBRARY}/libextra.so.1")
        link.type, link.linkname = tarfile.SYMTYPE, "libextra.so.1.0"
        tar.addfile(link)
        tar.addfile(tarfile.TarInfo("etc/.wh.timezone"))
    user.own(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return System(path, f"sha256:{digest}", "k" * 32, (DebianPackage("libextra1", "1", "amd64"),))


def test_every_engine_that_may_puts_its_layers_upon_the_packages(
    user: User, base: Base, packages: System
) -> None:
    root = work.place(user, "upon")
    made = replace(work.given(user, base, root, "in"), system=packages)
    images = {
        engine.name: work.run(user, _building(engine, made, root, engine.name))
        for engine in (OciEngine(), Buildah(root / "cache"), Podman(root / "cache"))
    }
    assert len({image.digest for image in images.values()}) == 1
    image = images["buildah"]
    assert image.diff_ids[len(image.diff_ids) - 4] == packages.diff_id, "right above the base"
    assert work.built(user, made, root).diff_ids == image.diff_ids, "buildah unpacks it"


def _building(engine: Engine, made: Recipe, root: Path, name: str) -> Any:
    async def building() -> Image:
        (root / "cache").mkdir(exist_ok=True)
        with scratch(root / "jobs", name) as place:
            job = Job(name, place, root / "cache")
            image = await engine.build(made, job, work.OPEN, work.told.append)
            await engine.export(image, job, place / "layout")
            return image

    return building


async def test_an_engine_that_runs_nothing_is_passed_over_or_refused(tmp_path: Path) -> None:
    found = engines(tmp_path)
    with pytest.raises(StageFailed, match="oci: it runs no command, as the Debian") as raised:
        await choose("oci", found, packages=("libx",))
    assert raised.value.remedy.startswith("use the engine buildah or podman")
    with pytest.raises(StageFailed, match="docker: it runs no command"):
        await choose("docker", found, packages=("libx",))
    assert (await choose("auto", found, packages=("libx",))).engine.name == "buildah"


def test_a_wheel_is_built_in_a_container_that_sees_the_project_alone(
    user: User, base: Base
) -> None:
    root = work.place(user, "wheel")
    secret = root / "secret"
    secret.write_text("hidden")
    archive = root / "arch-1.0.tar.gz"
    digest = _archive(
        archive, {"pyproject.toml": SYSTEM, "backend.py": BACKEND.format(hidden=str(secret))}
    )
    work.give(user, root)
    source = Source("arch", "1.0", archive.as_uri(), digest)
    lock = Lock("", "", base.python, (("arch", "1.0"),), "kernel", sources=(source,))

    async def build() -> tuple[str, str, list[str]]:
        told: list[str] = []
        here = Places(*(private(root / name) for name in ("s", "c", "r")))
        builder = InContainer(
            base.reference,
            Platform(),
            f"{platform.machine()}-manylinux_2_36",
            None,
            private(root / "cache"),
            work.OPEN,
            lambda progress: None,
        )
        built = await with_built(lock, _facts(), here, builder, told.append)
        (wheel,) = built.wheels
        with zipfile.ZipFile(wheel) as opened:
            return opened.read("arch.py").decode(), built.text, told

    content, text, told = work.run(user, build)
    major, minor = base.python.split(".")
    assert content == f"[({major}, {minor}), '/build/project', False, '/build/home']"
    assert text.startswith("arch==1.0 \\\n    --hash=sha256:")
    assert told[0] == (
        "building arch 1.0 from source in a container of the base image: this runs its code"
    )
    assert work.left(root) == []


def _facts() -> KernelFacts:
    return KernelFacts(
        kernel="test",
        python=sys.executable,
        version=platform.python_version(),
        base=sys.executable,
        distributions={},
        owners={},
        standard=frozenset(),
    )


# --- with real packages from a real mirror


@pytest.mark.campaign
def test_packages_are_installed_once_and_told_with_their_versions(
    user: User, with_apt: str
) -> None:
    root = work.place(user, "debian")
    wanted = Wanted(("libgomp1",), with_apt, Platform())
    told: list[str] = []

    async def install() -> System:
        cache = private(root / "cache")
        made = await installed(wanted, cache, work.OPEN, lambda p: told.append(p.line))
        again = replace(wanted, names=("libgomp1",))
        assert await installed(again, cache, work.OPEN, lambda p: None) == made
        return made

    made = work.run(user, install)
    assert [one.name for one in made.packages] == ["libgomp1"]
    with tarfile.open(made.archive) as tar:
        names = set(tar.getnames())
    assert f"{LIBRARY}/libgomp.so.1" in names
    assert not {name for name in names if name.startswith(("var/cache/apt/", "var/lib/apt/lists/"))}
    assert not names & {"etc/hosts", "etc/resolv.conf", "var/log/dpkg.log"}
    assert list((root / "cache" / "systems").glob("*.part")) == []


@pytest.mark.campaign
def test_a_package_that_debian_does_not_have_is_told(user: User, with_apt: str) -> None:
    root = work.place(user, "unknown")

    async def install() -> tuple[str, str]:
        wanted = Wanted(("no-such-package",), with_apt, Platform())
        try:
            await installed(wanted, private(root / "cache"), work.OPEN, lambda p: None)
        except StageFailed as error:
            return error.message, error.remedy
        return "", ""

    message, remedy = work.run(user, install)
    assert "Debian has no package of that name" in message
    assert "option `apt`" in remedy
    assert list((root / "cache" / "systems").glob("*.part")) == []


@pytest.mark.campaign
@pytest.mark.ordinary_user
def test_a_private_extension_in_c_is_compiled_for_the_image_and_its_token_is_not_in_it(
    person: Person, with_apt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve = (
        "import team_fast\n\ndef double(x: int) -> int:\n    return team_fast.twice(x)",
        "endpoint",
    )
    write_book(person.folder / "fast.ipynb", serve, "double(4)", kernel="team")
    repository = f"{person.registry.host}/team/fast"
    with git_server(tmp_path) as server:
        commit = server.repository("fast", COMPILED)
        team_kernel(tmp_path, server, {"fast": commit})
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
        state = private(private(person.folder / "home") / "state")
        (state / "git-credentials").touch(0o600)
        (state / "git-credentials").write_text(server.credentials)
        apt = [word for name in ("gcc", "libc6-dev", "libpython3-dev") for word in ("--apt", name)]
        code, told = person.modelship(
            *("deploy", "fast.ipynb", "--yes", "--target", "container", "--base", with_apt),
            *("--repository", repository, *apt),
        )
        (state / "git-credentials").unlink()
    assert code == 0, told
    code, told = person.modelship("call", "fast", "double", json.dumps({"x": 21}))
    assert (code, told["reply"]) == (0, 42), told
    image = person.modelship("status", "fast")[1]["image"]
    about = {one["name"]: person.blob("team/fast", one["digest"]) for one in image["documents"]}
    went_in = about["provenance"]["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert {"gitCommit": commit} in [one.get("digest") for one in went_in]
    assert any(
        "team-fast@0.3?vcs_url=git" in json.dumps(one) for one in about["sbom"]["components"]
    )
    for folder in (person.folder, person.registry.folder):
        holding = [p for p in folder.rglob("*") if p.is_file() and _holds(p, TOKEN.encode())]
        assert holding == []


@pytest.mark.campaign
@pytest.mark.ordinary_user
def test_a_package_fetched_by_ssh_ships_and_neither_key_nor_agent_is_anywhere(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = "def go(x: int) -> int:\n    return team_maths.thrice(x)"
    write_book(person.folder / "maths.ipynb", (f"import team_maths\n\n{go}", "endpoint"), "go(4)",
               kernel="team")  # fmt: skip
    place = f"{person.registry.host}/team/maths"
    with ssh_server(tmp_path) as server, ssh_agent() as agent:
        server.tell(IdentityFile="none")
        monkeypatch.setenv("PATH", server.path)
        monkeypatch.setenv("SSH_AUTH_SOCK", agent["SSH_AUTH_SOCK"])
        subprocess.run(["ssh-add", "-q", server.key], check=True)
        commit = server.git.repository("maths", PURE)
        kernel_with(tmp_path, [f"git+{server.url('maths')}@{commit}"], {})
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
        code, told = person.modelship(
            *("deploy", "maths.ipynb", "--yes", "--target", "container", "--engine", "oci"),
            *("--base", person.base.reference, "--repository", place),
        )
        assert code == 0, told
        code, told = person.modelship("call", "maths", "go", json.dumps({"x": 14}))
        assert (code, told["reply"]) == (0, 42), told
        key = server.key.read_text().splitlines()[1]
        leaks = Leaks({"key": key, "agent": agent["SSH_AUTH_SOCK"]})
        assert leaks.in_folder(person.folder, person.registry.folder) == {}


def _holds(path: Path, text: bytes) -> bool:
    try:
        content = path.read_bytes()
    except PermissionError:  # of another user in a container's store
        return False
    return text in (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)


@pytest.mark.campaign
@pytest.mark.ordinary_user
def test_a_service_runs_in_an_image_with_packages_which_its_records_list(
    person: Person, with_apt: str
) -> None:
    there = "def there(name: str) -> bool:\n    return bool(ctypes.CDLL(name))"
    serve = (f"import ctypes\n\n{there}", "endpoint")
    write_book(person.folder / "gomp.ipynb", serve)
    repository = f"{person.registry.host}/team/gomp"
    code, told = person.modelship(
        *("deploy", "gomp.ipynb", "--yes", "--target", "container", "--base", with_apt),
        *("--apt", "libgomp1", "--repository", repository),
    )
    assert code == 0, told
    code, told = person.modelship("call", "gomp", "there", json.dumps({"name": "libgomp.so.1"}))
    assert (code, told["reply"]) == (0, True), told
    image = person.modelship("status", "gomp")[1]["image"]
    about = {one["name"]: person.blob("team/gomp", one["digest"]) for one in image["documents"]}
    parts = [one.get("purl", "") for one in about["sbom"]["components"]]
    assert any(purl.startswith("pkg:deb/debian/libgomp1@") for purl in parts)
    went_in = about["provenance"]["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert any(one.get("uri", "").startswith("pkg:deb/debian/libgomp1@") for one in went_in)
