"""A failed image is looked into: a shell in what was made before, the step that failed in it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from jupyter_modelship.places import private
from tests.gits import COMPILED, TOKEN, git_server, team_kernel
from tests.line.conftest import write_book

from .bases import CONFIG, LAYER, MANIFEST
from .conftest import Base
from .person import Person
from .registries import Registry, upload

pytestmark = pytest.mark.ordinary_user
GO = ("def go(x: int) -> int:\n    return x", "endpoint")
PLANTED = "planted-in-the-environment-4711"


def look_into(person: Person, service: str, *lines: str) -> str:
    """What `debug` and the shell that it opens write, given these lines."""
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_modelship.cli", "debug", service],
        env={**os.environ, "MODELSHIP_HOME": str(person.folder / "home"), "API_KEY": PLANTED},
        cwd=person.folder,
        input="".join(f"{line}\n" for line in lines),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=200,
    )
    return done.stdout


@pytest.fixture(scope="module")
def bare(registry: Registry, base: Base, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A base image without libgcc_s, which the service's own server needs."""
    folder = tmp_path_factory.mktemp("bare")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        place = f"usr/lib/{platform.machine()}-linux-gnu"
        tar.addfile(tarfile.TarInfo(f"{place}/.wh.libgcc_s.so.1"))
    document = json.loads(base.layout.manifest)
    config = json.loads(_blob(base, document["config"]))
    config["rootfs"]["diff_ids"].append(f"sha256:{hashlib.sha256(archive.getvalue()).hexdigest()}")
    config["history"].append({"created_by": "test"})
    made = [gzip.compress(archive.getvalue(), mtime=0), json.dumps(config).encode()]
    files = [folder / hashlib.sha256(content).hexdigest() for content in made]
    for file, content in zip(files, made, strict=True):
        file.write_bytes(content)
    layer, told = ({"digest": f"sha256:{file.name}", "size": file.stat().st_size} for file in files)
    document["layers"].append({"mediaType": LAYER, **layer})
    document["config"] = {"mediaType": CONFIG, **told}
    manifest = json.dumps(document).encode()
    upload(registry, "bases/bare:1", manifest, MANIFEST, *base.layout.blobs, *files)
    return f"{registry.host}/bases/bare@sha256:{hashlib.sha256(manifest).hexdigest()}"


def _blob(base: Base, described: dict[str, str]) -> bytes:
    name = described["digest"].removeprefix("sha256:")
    return base.layout.folder.joinpath("blobs", name).read_bytes()


def test_a_library_that_is_missing_is_missed_again_in_the_last_good_layer(
    person: Person,
    bare: str,
) -> None:
    write_book(person.folder / "lacks.ipynb", GO, ("go(1)", "example"))
    words = ("deploy", "lacks.ipynb", "--yes", "--target", "container", "--base", bare)
    code, told = person.modelship(*words)
    assert code == 3, told
    assert {one["code"] for one in told["error"]["findings"]} == {"library-missing"}
    said = look_into(
        person, "lacks", "ls /service", "failed-step || echo ended with $?", "touch /x && env"
    )
    before, _, inside = said.partition("Leave the shell to come back.")
    assert "upon the base and the dependencies, by buildah" in before
    assert "again   failed-step" in before
    assert "Secrets are withheld" in before
    assert inside.splitlines()[1] == "packages", said
    assert "libgcc_s.so.1: cannot open shared object file" in inside
    assert "ended with 1" in inside
    assert "PATH=/modelship:" in inside
    assert PLANTED not in said
    (left,) = (person.folder / "home" / "cache" / "images" / "shells").parent.glob("shells")
    assert list(left.iterdir()) == []


def test_a_service_that_does_not_start_fails_again_in_its_image_until_it_is_mended(
    person: Person,
) -> None:
    book = person.folder / "starts.ipynb"
    flag = person.folder / "flag.txt"
    flag.touch()
    looks = f"import os\nFOUND = {{True: 1}}[os.path.exists('{flag}')]"
    go = ("def go(x: int) -> int:\n    return x + FOUND + len(LEVEL)", "endpoint")
    write_book(book, (looks, "setup"), "import os\nLEVEL = 'a'", go, ("go(1)", "example"))
    image = ("--target", "container", "--base", person.base.reference, "--engine", "oci")
    values = person.folder / "home" / "state" / "values"
    values.mkdir(parents=True, mode=0o700, exist_ok=True)
    values.joinpath("starts.env").write_text(f"API_KEY={PLANTED}\n", encoding="utf-8")
    values.joinpath("starts.env").chmod(0o600)
    code, told = person.modelship("deploy", "starts.ipynb", "--yes", *image, "--secret", "API_KEY")
    assert code == 1, told
    kept = person.modelship("debug", "starts")[1]
    assert (kept["stage"], kept["step"]["names"]) == ("prove", ["API_KEY"])
    said = look_into(
        person, "starts", "id -u", "ls /service", "failed-step", "env", "ls /proc/1/fd"
    )
    before, _, inside = said.partition("Leave the shell to come back.")
    assert "in the image, by podman" in before
    assert "export API_KEY by hand" in before
    assert inside.splitlines()[1] == "10001", said
    assert "service.py" in inside.splitlines()
    assert "API_KEY is withheld" in inside
    assert "KeyError: False" in inside
    assert PLANTED not in said

    write_book(book, ("FOUND = 1", "setup"), "LEVEL = 'a'", go, ("go(1)", "example"))
    code, told = person.modelship("deploy", "starts.ipynb", "--yes", *image, "--secret", "API_KEY")
    assert code == 0, told
    cache: Path = person.folder / "home" / "cache" / "kept"
    runs = [json.loads(path.read_text()) for path in cache.glob("*/kept.json")]
    assert "starts" not in [run["service"] for run in runs]


@pytest.mark.campaign
def test_packages_that_debian_does_not_have_are_asked_for_again_in_the_base(
    person: Person, with_apt: str
) -> None:
    write_book(person.folder / "debian.ipynb", GO, ("go(1)", "example"))
    words = ("deploy", "debian.ipynb", "--yes", "--target", "container", "--base", with_apt)
    code, told = person.modelship(*words, "--apt", "no-such-package")
    assert code == 1, told
    said = look_into(person, "debian", "failed-step || echo ended with $?")
    before, _, inside = said.partition("Leave the shell to come back.")
    assert "shell   upon the base, by buildah" in before
    assert "step    install the Debian packages" in before
    assert "Unable to locate package no-such-package" in inside
    assert "ended with 100" in inside


@pytest.mark.campaign
def test_a_wheel_that_cannot_be_built_is_built_again_from_its_source_upon_base_and_packages(
    person: Person, with_apt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = "def go(x: int) -> int:\n    return team_fast.twice(x)"
    serve = (f"import team_fast\n\n{go}", "endpoint")
    write_book(person.folder / "fast.ipynb", serve, "go(4)", kernel="team")
    with git_server(tmp_path) as server:
        team_kernel(tmp_path, server, {"fast": server.repository("fast", COMPILED)})
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
        state = private(private(person.folder / "home") / "state")
        (state / "git-credentials").touch(0o600)
        (state / "git-credentials").write_text(server.credentials)
        words = ("deploy", "fast.ipynb", "--yes", "--target", "container", "--base", with_apt)
        code, told = person.modelship(*words, "--apt", "libgomp1")
    assert code == 1, told
    assert "team-fast 0.3 cannot be built from source: there is no C compiler" in str(told)
    said = look_into(
        person,
        "fast",
        "ls",
        "ldconfig -p",
        "failed-step || echo ended with $?",
        "echo 'from setuptools import setup; setup(name=\"team-fast\")' > setup.py",
        "failed-step && ls ../out",
        "env; cat ~/.git-credentials",
    )
    before, _, inside = said.partition("Leave the shell to come back.")
    assert "shell   upon the base and the Debian packages, by buildah" in before
    assert "step    build team-fast 0.3 from source" in before
    assert "fast.c" in inside.splitlines()
    assert "libgomp.so.1" in inside
    assert "gcc'" in inside, said
    assert "ended with 1" in inside
    assert "team_fast-0.0.0-py3-none-any.whl" in inside.splitlines()
    assert PLANTED not in said
    assert TOKEN not in said
    kept = person.folder / "home" / "cache" / "kept"
    (setup,) = kept.rglob("setup.py")
    assert setup.read_text() == COMPILED["setup.py"], "nothing that was changed there stays"
