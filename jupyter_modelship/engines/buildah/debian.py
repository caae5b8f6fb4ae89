"""Debian packages upon a base, as a layer: the one step of an image that runs commands.

apt and the packages' own scripts run as root of a container of the base, by buildah in namespaces
of this user, with this machine's network (chroot isolation has no other). Twice the same gives
other bytes: mirrors move on, scripts write times. So a layer is made once and kept by what was
asked for, and all images stand on the one that was made.
Sources: apt-get(8), apt.conf(5), dpkg-query(1).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_modelship.aside import part, sweep, turn
from jupyter_modelship.engines.causes import failed
from jupyter_modelship.engines.port import Access, Progress, Tell
from jupyter_modelship.engines.space import guarded
from jupyter_modelship.image.recipe import Config, DebianPackage, Platform, Recipe, System
from jupyter_modelship.places import private
from jupyter_modelship.stored import read_json, write_json

from .inside import Inside, lay_out

STEP = "system"
_FORM = "1"
"""Of what is made: another one is another layer."""
_FOLDER, _FETCHED = "systems", "apt"
_ARCHIVE, _TOLD = "layer.tar", "system.json"
_CACHE, _LISTS = "/var/cache/apt", "/var/lib/apt/lists"
_SETTINGS = "modelship.conf"
_LEFT = (
    "/var/cache/debconf/config.dat-old",
    "/var/cache/debconf/templates.dat-old",
    "/var/cache/ldconfig/aux-cache",
    "/var/lib/dpkg/status-old",
    "/var/log/apt",
    "/var/log/alternatives.log",
    "/var/log/dpkg.log",
)
"""What an installation writes down beside what it installs."""
_BUILDAHS = frozenset({"etc/hosts", "etc/resolv.conf", "run/.containerenv"})
_QUERY = r"${Package}\t${Version}\t${Architecture}\t${db:Status-Status}\n"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names of Debian packages, upon a base."""

    names: tuple[str, ...]
    base: str
    """`registry/repository@sha256:…`."""
    platform: Platform

    @property
    def key(self) -> str:
        words = (_FORM, self.base.partition("@")[2], str(self.platform), *sorted(self.names))
        return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]

    @property
    def recipe(self) -> Recipe:
        return Recipe(self.base, self.platform, (), Config((), ""))


async def installed(wanted: Wanted, cache: Path, access: Access, tell: Tell) -> System:
    """The layer, made where it is not there yet. Raises StageFailed with the cause."""
    root = private(cache / _FOLDER)
    home = root / wanted.key
    if (kept := known(wanted, cache)) is not None:
        tell(Progress(f"Debian packages {', '.join(sorted(wanted.names))}: as before", STEP))
        return kept
    sweep(root)
    fetched = private(private(cache / _FETCHED) / wanted.base.rpartition(":")[2][:32])
    async with turn(home), turn(fetched):
        if (kept := known(wanted, cache)) is None:
            shutil.rmtree(home, ignore_errors=True)
            with part(home) as aside:
                aside.mkdir(mode=0o700)
                await guarded(_make(wanted, cache, fetched, aside, access, tell), (cache,))
                aside.rename(home)
            kept = known(wanted, cache)
    assert kept is not None, "it was made"
    return kept


def known(wanted: Wanted, cache: Path) -> System | None:
    """The layer where it was made before."""
    home = cache / _FOLDER / wanted.key
    told = read_json(home / _TOLD)
    if told is None:
        return None
    packages = tuple(DebianPackage(**one) for one in told["packages"])
    return System(home / _ARCHIVE, told["diff_id"], wanted.key, packages)


async def _make(
    wanted: Wanted, cache: Path, fetched: Path, home: Path, access: Access, tell: Tell
) -> None:
    place = private(home / "work")
    names = sorted(wanted.names)
    tell(Progress(f"installing Debian packages, which runs code: {', '.join(names)}", STEP, 0.0))
    inside = await lay_out(wanted.recipe, cache, access, place, tell)
    try:
        work = _Work(inside, fetched, lambda line: tell(Progress(line, STEP)))
        before = await work.packages()
        await work.run("apt-get", "--quiet", "update")
        tell(Progress("", STEP, 30.0))
        await work.run("apt-get", "--quiet", "install", "--yes", "--", *names)
        tell(Progress("", STEP, 80.0))
        added = sorted(await work.packages() - before, key=lambda one: (one.name, one.architecture))
        await work.run("rm", "-rf", "--", *_LEFT)
        blob = await inside.commit(place / "committed", on_line=work.on_line)
        diff_id = await asyncio.to_thread(_take, blob, home / _ARCHIVE)
    finally:
        await inside.remove()
    write_json(home / _TOLD, {"diff_id": diff_id, "packages": [asdict(one) for one in added]})
    told = ", ".join(f"{one.name} {one.version}" for one in added)
    tell(Progress(f"installed: {told or 'nothing that was not there'}", STEP, 100.0))


@dataclass(frozen=True, slots=True)
class _Work:
    inside: Inside
    fetched: Path
    """What apt has fetched for this base: no layer holds it."""
    on_line: Callable[[str], None]

    async def run(self, *words: str) -> str:
        shared = {_CACHE: private(self.fetched / "cache"), _LISTS: private(self.fetched / "lists")}
        settings = shared[_CACHE] / _SETTINGS
        _write(settings, _settings(os.environ))
        try:
            done = await self.inside.run(
                words,
                shared=shared,
                env={
                    "APT_CONFIG": f"{_CACHE}/{_SETTINGS}",
                    "DEBIAN_FRONTEND": "noninteractive",
                    "LC_ALL": "C.UTF-8",
                },
                on_line=self.on_line,
            )
        finally:
            settings.unlink(missing_ok=True)
        for line in done.output.splitlines() if words[0] == "apt-get" else ():
            self.on_line(line)
        if done.code != 0:
            raise failed(
                f"{words[0]} did not work in a container of the base",
                f"{done.output}\n{done.errors}",
            )
        return done.output

    async def packages(self) -> set[DebianPackage]:
        told = await self.run("dpkg-query", "--show", f"--showformat={_QUERY}")
        rows = [line.split("\t") for line in told.splitlines() if line.count("\t") == 3]
        return {DebianPackage(*row[:3]) for row in rows if row[3] == "installed"}


def _settings(environ: Mapping[str, str]) -> str:
    """apt's, in a file: a proxy's address may hold a password."""
    lines = [
        'APT::Install-Recommends "false";',
        'APT::Sandbox::User "root";',
        'APT::Update::Error-Mode "any";',
        'Acquire::Languages "none";',
        'Dir::Cache::pkgcache "";',
        'Dir::Cache::srcpkgcache "";',
        'Dpkg::Use-Pty "false";',
    ]
    for kind in ("http", "https"):
        proxy = environ.get(f"{kind}_proxy") or environ.get(f"{kind.upper()}_PROXY")
        if proxy and '"' not in proxy and "\n" not in proxy:
            lines.append(f"Acquire::{kind}::Proxy {json.dumps(proxy)};")
    return "\n".join([*lines, ""])


def _write(path: Path, text: str) -> None:
    """For us alone to read, from its first moment on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _take(blob: Path, target: Path) -> str:
    """The archive in its place, without what buildah itself has put there; its `sha256:…`."""
    with tarfile.open(blob) as old, tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as new:
        for member in old:
            if member.name.strip("/") not in _BUILDAHS:
                new.addfile(member, old.extractfile(member) if member.isreg() else None)
    digest = hashlib.sha256()
    with target.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
        os.fsync(file.fileno())
    return f"sha256:{digest.hexdigest()}"
