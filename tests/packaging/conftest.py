"""A checkout as a clone has it, and environments with nothing in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
UV = REPOSITORY / ".uv" / "bin" / "uv"
STAMP = "labextension/node_modules/.installed"


def run(*words: str | Path, cwd: Path = REPOSITORY, env: Mapping[str, str] | None = None) -> str:
    """What a command prints; it fails the test where it fails."""
    done = subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}"
    return done.stdout


def checkout(folder: Path) -> Path:
    """The files that git knows or would know, as they are now, in a folder."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        source, target = REPOSITORY / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


@dataclass(frozen=True)
class Machine:
    """A virtual environment, and a PATH on which there is no Node.js."""

    python: Path
    environment: Mapping[str, str]

    def install(self, *what: str | Path) -> None:
        run(UV, "pip", "install", "--quiet", "--python", self.python, *what)

    def run(self, *words: str) -> str:
        """A command of this environment: what it prints."""
        return run(self.python.with_name(words[0]), *words[1:], env=self.environment)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An environment with nothing in it, the home of somebody who has nothing."""
    run(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    (tmp_path / "home").mkdir()
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "bash", "env", "uname"):
        (programs / name).symlink_to(str(shutil.which(name)))
    scratch = {"HOME": tmp_path / "home", "MODELSHIP_HOME": tmp_path / "modelship"}
    foreign = ("JUPYTER_", "PYTEST_", "VIRTUAL_ENV", "XDG_")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
        "PATH": f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{programs}",
        "LANG": "C.UTF-8",
        **{name: str(path) for name, path in scratch.items()},
    }
    assert shutil.which("node", path=environment["PATH"]) is None
    return Machine(tmp_path / "venv" / "bin" / "python", environment)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a release is made: an sdist of a clone, and of that a wheel, where there is no Node.js."""
    run("make", STAMP)
    clone = checkout(tmp_path_factory.mktemp("clone"))
    modules = REPOSITORY / "labextension" / "node_modules"
    target = clone / modules.relative_to(REPOSITORY)
    shutil.copytree(modules, target, copy_function=os.link, symlinks=True)
    environment = {**os.environ}
    environment.pop("SKIP_JUPYTER_BUILDER", None)
    words = ("build", "--quiet", "--python", sys.executable, "--out-dir", clone / "dist")
    run(UV, *words, "--sdist", cwd=clone, env=environment)
    (sdist,) = (clone / "dist").glob("*.tar.gz")
    nothing = tmp_path_factory.mktemp("bin")
    run(UV, *words, "--wheel", sdist, cwd=nothing, env={**environment, "PATH": str(nothing)})
    (built,) = (clone / "dist").glob("*.whl")
    return built
