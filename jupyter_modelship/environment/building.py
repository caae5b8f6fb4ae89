"""The wheel of a source, built once and kept: after the review, since building runs its code.

What the build needs is installed first, from wheels alone and by uv; then the backend runs by
itself, with no index, no login and nothing of the user's environment but where programs are.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:  # the standard library has no reader yet
    import tomli as tomllib

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from jupyter_modelship import process
from jupyter_modelship.aside import part, sweep, turn
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.model import KernelFacts, Lock, Source
from jupyter_modelship.places import Places, private
from jupyter_modelship.steps import Step
from jupyter_modelship.stored import read_json, write_json

from . import archives, build_causes, git
from .builders import Builder
from .indexes import Indexes, inherited
from .inside_build import MARK
from .repack import EPOCH_ZIP, repack
from .resolve import with_wheels
from .sources import git_reference
from .tools import Tools
from .uv import judge

_FOLDER = "wheels"
_FORM = 1
"""Of how a wheel is built: another one is another wheel."""
_TOLD = "wheel.json"
_DEFAULT = ("setuptools>=40.8.0", "wheel")
"""What a project without a list of its own needs (PEP 517)."""


@dataclass(frozen=True, slots=True)
class Unbuilt:
    """A build that did not come to its end, told before its folder is removed."""

    source: Source
    place: Path
    """With the unpacked source in `project` and what builds it in `tools`. Who hears of it may
    move it away."""
    builder: Builder
    words: tuple[str, ...] = ()
    """Of the program that runs the backend."""
    tools: Tools | None = None
    """What could not be installed for it, where it did not get further: uv's work, which is done
    on this machine wherever the backend runs."""

    def step(self, root: Path) -> Step:
        """The same again, where `place` is seen as `root`."""
        named = f"{self.source.name} {self.source.version}"
        if self.tools is not None:
            return self.tools.step(f"install what the build of {named} needs", root)
        what = f"build {named} from source"
        argv = (self.builder.python, "-s", *_program(self.words, root))
        return Step(what, argv, str(root / "project"), env=_environment(self.source, root))


async def with_built(
    lock: Lock,
    facts: KernelFacts,
    places: Places,
    builder: Builder,
    on_line: Callable[[str], None],
    on_unbuilt: Callable[[Unbuilt], None] = lambda unbuilt: None,
) -> Lock:
    """The lock with the wheels of its sources: hashed wheels alone. Built once, by all that decides
    them. Raises StageFailed with the cause where one cannot be built."""
    if not lock.sources or lock.wheels:
        return lock
    works = [_Work(one, lock, facts, places, builder, on_line, on_unbuilt) for one in lock.sources]
    return with_wheels(lock, {work.source.name: await _wheel(work) for work in works})


async def _wheel(work: _Work) -> Path:
    source, builder = work.source, work.builder
    root = private(work.places.cache / _FOLDER)
    home = root / _key(source, work.lock, builder)
    if (kept := _kept(home)) is not None:
        return kept
    sweep(root)
    async with turn(home):
        if (kept := _kept(home)) is None:
            shutil.rmtree(home, ignore_errors=True)
            work.on_line(
                f"building {source.name} {source.version} from source {builder.how}: this runs "
                "its code"
            )
            with part(home) as aside:
                aside.mkdir(mode=0o700)
                await work.build(aside)
                aside.rename(home)
            kept = _kept(home)
    assert kept is not None, "it was built"
    return kept


def _key(source: Source, lock: Lock, builder: Builder) -> str:
    reference = git_reference(source.reference)
    below = reference.below if reference else ""
    words = (str(_FORM), source.name, source.version, source.pin, below, lock.python, builder.key)
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]


def _kept(home: Path) -> Path | None:
    told = read_json(home / _TOLD)
    return home / str(told["file"]) if told else None


@dataclass(frozen=True, slots=True)
class _Work:
    """One build, in a folder that is gone afterwards."""

    source: Source
    lock: Lock
    facts: KernelFacts
    places: Places
    builder: Builder
    on_line: Callable[[str], None]
    on_unbuilt: Callable[[Unbuilt], None]

    async def build(self, home: Path) -> None:
        """Put the wheel into `home`, and beside it what it was built with."""
        with tempfile.TemporaryDirectory(prefix="build-", dir=home) as name:
            place = Path(name)
            for folder in ("home", "out", "tmp", "tools"):
                (place / folder).mkdir()
            await self._lay_out(place)
            told = await asyncio.to_thread(_told, place / "project", self.source)
            tools = await self._install(told.get("requires", list(_DEFAULT)), place)
            needs = await self._run(("needs", "{tools}", json.dumps(told)), place)
            if needs:
                tools = await self._install([str(need) for need in needs], place)
            made = await self._run(("wheel", "{tools}", json.dumps(told), "{out}"), place)
            built = place / "out" / Path(str(made)).name
            self._check(built)
            await asyncio.to_thread(repack, built, home / built.name)
        write_json(home / _TOLD, {"file": built.name, "tools": tools, "pin": self.source.pin})

    async def _lay_out(self, place: Path) -> None:
        """The project's own folder, and the program that runs its backend."""
        runner = Path(__file__).with_name("inside_build.py").read_text("utf-8")
        (place / "inside_build.py").write_text(runner, "utf-8")
        if self.source.kind == "archive":
            packed = place / "tmp" / "archive"
            from .fetching import fetch  # a client of HTTP: for who builds

            await fetch(self.source, packed, self._indexes())
            await asyncio.to_thread(archives.unpack, packed, place / "project", self.source)
            packed.unlink()
            return
        reference = git_reference(self.source.reference)
        tree = await git.checkout(self.source, self.places)
        whole = place / "repository"
        await asyncio.to_thread(shutil.copytree, tree, whole, symlinks=True)
        below = whole / (reference.below if reference else "")
        if not below.resolve().is_relative_to(whole.resolve()) or not below.is_dir():
            raise self._failed(f"its commit has no folder {below.relative_to(whole)}")
        below.rename(place / "project")

    def _indexes(self) -> Indexes:
        return inherited(process.index_environment(), prefix=Path(self.facts.python).parent.parent)

    async def _install(self, requires: list[str], place: Path) -> list[str]:
        """Wheels of what the build needs, in `tools`; their names and versions."""
        if not requires:
            return []
        tools = Tools(
            tuple(requires),
            self.facts.base,
            self.lock.python,
            self.builder.platform,
            self._indexes(),
        )
        done = await tools.install(place, self.on_line)
        if done.code != 0:
            self.on_unbuilt(Unbuilt(self.source, place, self.builder, tools=tools))
            raise self._failed(
                f"what its build needs ({', '.join(requires)}) cannot be installed",
                judge(done.errors).errors,
            )
        found = (place / "tools").glob("*.dist-info")
        return sorted(folder.name.removesuffix(".dist-info") for folder in found)

    async def _run(self, words: tuple[str, ...], place: Path) -> Any:
        """The answer of the program that runs the backend."""
        root = self.builder.root(place)
        unbuilt = Unbuilt(self.source, place, self.builder, words)
        try:
            done = await self.builder.run(
                _program(words, root),
                place=place,
                env=_environment(self.source, root),
                on_line=self.on_line,
            )
        except StageFailed:
            raise
        except ModelshipError as error:
            self.on_unbuilt(unbuilt)
            raise self._failed(error.message) from error
        answers = [line for line in done.output.splitlines() if line.startswith(MARK)]
        if done.code != 0 or not answers:
            self.on_unbuilt(unbuilt)
            raise self._failed("", f"{done.output}\n{done.errors}")
        return json.loads(answers[-1].removeprefix(MARK))

    def _check(self, wheel: Path) -> None:
        """Raises StageFailed where it is not what the lock says, or cannot be used."""
        try:
            name, version, _, tags = parse_wheel_filename(wheel.name)
        except InvalidWheelFilename as error:
            raise self._failed("its build gave no wheel", str(error)) from error
        if name != canonicalize_name(self.source.name) or str(version) != _version(self.source):
            raise self._failed(
                f"its build gave {name} {version}, where the kernel has {self.source.name} "
                f"{self.source.version}"
            )
        if self.builder.pure and any(tag.platform != "any" for tag in tags):
            raise StageFailed(
                f"{self.source.name} {self.source.version} has compiled parts, which have to be "
                "built in a container from the base image",
                remedy="use the engine `buildah` or `podman`, and an image of this machine's "
                "platform; or publish a wheel of it on your index",
            )

    def _failed(self, why: str, output: str = "") -> StageFailed:
        what = f"{self.source.name} {self.source.version} cannot be built from source"
        return build_causes.explained(f"{what}: {why}" if why else what, output)


def _program(words: tuple[str, ...], root: Path) -> list[str]:
    """The program that runs the backend, with its words."""
    named = {"{tools}": str(root / "tools"), "{out}": str(root / "out")}
    return [str(root / "inside_build.py"), *(named.get(word, word) for word in words)]


def _environment(source: Source, root: Path) -> dict[str, str]:
    """Nothing that differs between users and days, and no network settings."""
    return {
        "CFLAGS": f"-g0 -ffile-prefix-map={root}=/build",
        "CXXFLAGS": f"-g0 -ffile-prefix-map={root}=/build",
        "HOME": str(root / "home"),
        "LANG": "C.UTF-8",
        "PATH": str(root / "tools" / "bin"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(root / "tools"),
        # A folder without its repository: what asks git for the version is told it.
        "SETUPTOOLS_SCM_PRETEND_VERSION": source.version,
        "PDM_BUILD_SCM_VERSION": source.version,
        "SOURCE_DATE_EPOCH": str(EPOCH_ZIP),
        "TMPDIR": str(root / "tmp"),
    }


def _version(source: Source) -> str:
    return str(Version(source.version))


def _told(project: Path, source: Source) -> dict[str, Any]:
    """`build-system` of its pyproject.toml; empty where it says nothing."""
    try:
        told = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StageFailed(
            f"{source.name} {source.version} cannot be built: its pyproject.toml cannot be read",
            remedy="tell its makers, or pin a version that has a wheel",
            detail=str(error),
        ) from error
    found = told.get("build-system", {})
    return dict(found) if isinstance(found, dict) else {}
