"""The engines `podman`, the real one as an ordinary user, and `docker`, without its daemon."""

from __future__ import annotations

import io
import json
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.bundle.containerfile import parse_containerfile
from jupyter_modelship.engines import context
from jupyter_modelship.engines.docker import Docker
from jupyter_modelship.engines.podman import Podman
from jupyter_modelship.engines.port import Image, Job
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.layers import archive
from jupyter_modelship.image.recipe import Recipe

from . import work
from .conftest import Base
from .users import User

DOCKER = """\
#!/bin/sh
# A docker that tells what it was asked (argv, and its environment), and "builds" what it was given.
set -e
{ printf '%s\\n' "$*"; env | sort | cut -d= -f1 | tr '\\n' ' '; echo; } >>"$FAKE/asked"
case "$1" in
version) cat "$FAKE/version" ;;
build)
    while [ "$1" != --iidfile ]; do shift; done
    echo sha256:1234 >"$2"
    for last; do :; done
    cp -R "$last" "$FAKE/context"
    cp config.json "$FAKE/config.json"
    echo 'Step 1/12 : FROM' >&2 ;;
save) cp "$FAKE/saved.tar" "$3" ;;
esac
"""


def test_podman_builds_the_image_that_buildah_builds(
    user: User, base: Base, warm: tuple[Path, Image]
) -> None:
    root = work.place(user, "podman")
    made = work.given(user, base, root, "in")
    engine = Podman(root / "cache")

    async def built() -> Image:
        (root / "cache").mkdir()
        probe = await engine.probe()
        assert probe.works, probe.reason
        assert probe.how.startswith(f"podman {probe.facts['version']}, overlay")
        return await work.build(engine, made, root)

    assert work.run(user, built) == warm[1]
    assert work.left(root) == []


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the fake docker tells what it was asked."""
    place = tmp_path / "fake"
    (place / "bin").mkdir(parents=True)
    program = place / "bin" / "docker"
    program.write_text(DOCKER.replace("$FAKE", str(place)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("SECRET_OF_THE_USER", "hush")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return place


@pytest.mark.parametrize(
    ("wrote", "reason"),
    [
        ("Cannot connect to the Docker daemon at unix:///x. Is it running?", "does not answer"),
        ("permission denied: docker daemon socket", "does not answer, or not to this user"),
        ("something else", "gave no version: something else"),
    ],
)
async def test_docker_without_a_daemon_says_so(fake: Path, wrote: str, reason: str) -> None:
    (fake / "bin" / "docker").write_text(f"#!/bin/sh\necho '{wrote}' >&2\nexit 1\n")
    probe = await Docker().probe()
    assert not probe.works
    assert reason in probe.reason


async def test_docker_that_is_not_there_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    probe = await Docker().probe()
    assert (probe.works, probe.reason) == (False, "docker is not installed")
    assert "`buildah`" in probe.remedy


async def test_docker_is_asked_for_a_build_of_copies_and_for_no_push(
    fake: Path, user: User, base: Base, warm: tuple[Path, Image], tmp_path: Path
) -> None:
    (fake / "version").write_text("27.1.1\n")
    assert (await Docker().probe()).how == "docker 27.1.1 (its daemon builds)"
    recipe = work.recipe(base.reference, tmp_path / "in")
    _save(fake / "saved.tar", recipe)
    login = tmp_path / "auth.json"
    login.write_text('{"auths": {}}')
    cache, scratch = tmp_path / "cache", tmp_path / "scratch"
    for folder in (cache, scratch):
        folder.mkdir()
    image = await Docker().build(
        recipe, Job("job", scratch, cache), replace(work.OPEN, auth_file=login), work.told.append
    )
    assert replace(image, handle="") == replace(warm[1], handle="")
    asked = (fake / "asked").read_text().splitlines()
    verbs = [line.split()[0] for line in asked[::2]]
    assert verbs == ["version", "build", "save", "image"]
    assert "--network none --platform linux/amd64" in asked[2]
    assert not [line for line in asked[1::2] if "SECRET" in line]
    assert (fake / "config.json").stat().st_mode & 0o077 == 0
    assert not (scratch / "docker.part").exists()
    written = (fake / "context" / "Containerfile").read_text()
    assert parse_containerfile(written) == tuple(context.instructions(recipe, base.reference))
    assert "RUN" not in written


async def test_an_image_that_is_not_the_recipe_s_goes_nowhere(
    fake: Path, base: Base, tmp_path: Path
) -> None:
    recipe = work.recipe(base.reference, tmp_path / "in")
    other = work.recipe(base.reference, tmp_path / "other", code="answer = 43\n")
    cache, scratch = tmp_path / "cache", tmp_path / "scratch"
    for folder in (cache, scratch):
        folder.mkdir()
    job = Job("job", scratch, cache)
    _save(fake / "saved.tar", other)
    with pytest.raises(StageFailed, match=r"differs from the code at service/service\.py"):
        await Docker().build(recipe, job, work.OPEN, work.told.append)
    _save(fake / "saved.tar", replace(recipe, config=replace(recipe.config, user="10002")))
    with pytest.raises(StageFailed, match="another configuration"):
        await Docker().build(recipe, job, work.OPEN, work.told.append)


def _save(file: Path, recipe: Recipe) -> None:
    """The recipe's image as `docker save` writes it, upon a base of no layers."""
    config = recipe.config
    inside = {
        "Entrypoint": list(config.entrypoint),
        "User": config.user,
        "WorkingDir": config.workdir,
        "StopSignal": config.stop_signal,
        "Env": ["PATH=/bin", *(f"{key}={value}" for key, value in config.env.items())],
        "Labels": {**config.labels, "of": "the base"},
        "ExposedPorts": {f"{port}/tcp": {} for port in config.ports},
    }
    contents = {
        "config.json": json.dumps({"config": inside}).encode(),
        **{f"{one.kind}/layer.tar": b"".join(archive(one)) for one in recipe.layers},
    }
    named = [{"Config": "config.json", "Layers": [name for name in contents if "/" in name]}]
    with tarfile.open(file, "w") as tar:
        for name, content in {**contents, "manifest.json": json.dumps(named).encode()}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
