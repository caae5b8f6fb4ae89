"""Whether a base image has what the compiled parts of wheels need, told before it is built.

The loader's way is followed (ld.so(8), System V ABI): the run path of a file, then what the system
has. What another wheel of the tree brings counts as there: packages load such libraries
themselves, by path, before those that need them.
"""

from __future__ import annotations

import csv
import fnmatch
import functools
import json
import mmap
import os
import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jupyter_modelship.model import Finding

from .catalogue import finding
from .elf import MAGIC, Elf, NotReadable, read_elf
from .libraries import BaseFacts, version

_SUFFIX = ".dist-info"
_ORIGIN = ("$ORIGIN", "${ORIGIN}")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled file of a wheel. Paths are relative to the tree, POSIX."""

    path: str
    wheel: str
    """`name version`; empty where no wheel says that it is its own."""
    elf: Elf


@dataclass(frozen=True, slots=True)
class Lack:
    """What the loader would not find."""

    library: str
    by: Compiled
    versions: tuple[str, ...] = ()
    """Symbol versions that the base's library lacks; none where there is no such library."""


def base_findings(base: BaseFacts, python: str) -> tuple[Finding, ...]:
    """Whether any wheel can run there; `python` is the lock's major.minor."""
    if base.glibc is None:
        told = "the base image has no glibc, which wheels are made for"
        return (finding("base-unfit", told, remedy="choose one of Debian or Ubuntu, not Alpine"),)
    if base.python != python:
        has = f"its `python` is {base.python}" if base.python else "it has no command `python`"
        told = f"the lock is for Python {python}, and of the base image {has}"
        return (finding("base-unfit", told, remedy=f"choose a base such as python:{python}-slim"),)
    return ()


def library_findings(
    compiled: Collection[Compiled], base: BaseFacts, *, apt: Collection[str] = ()
) -> tuple[Finding, ...]:
    """One finding for each wheel and library; `apt` names Debian packages that are added."""
    found: dict[tuple[str, str, bool], tuple[Lack, set[str]]] = {}
    for lack in lacks(compiled, base):
        if _data()["packages"].get(lack.library) in apt:
            continue
        key = (lack.by.wheel, lack.library, bool(lack.versions))
        found.setdefault(key, (lack, set()))[1].update(lack.versions)
    return tuple(_told(*found[key]) for key in sorted(found))


def lacks(compiled: Collection[Compiled], base: BaseFacts) -> Iterator[Lack]:
    """What the files need and neither the tree nor the base has. Files for other machines, and
    those that their package tries and goes on without, need nothing."""
    paths = {each.path for each in compiled}
    names = {posixpath.basename(path) for path in paths}
    for each in compiled:
        if each.elf.machine == base.architecture and not _tried(each):
            yield from _lacks(each, base, paths, names)


def _lacks(each: Compiled, base: BaseFacts, paths: set[str], names: set[str]) -> Iterator[Lack]:
    wants = dict(each.elf.wants)
    for name in each.elf.needed:
        if any(place in paths for place in _places(each, name)) or name in _data()["of_the_host"]:
            continue
        if name in base.libraries:
            given = base.libraries[name]
            wrong = tuple(v for v in wants.get(name, ()) if v not in given)
            if wrong and given:
                yield Lack(name, each, wrong)
        elif name not in names:
            yield Lack(name, each)


def _places(each: Compiled, name: str) -> Iterator[str]:
    """Where in the tree the run path leads."""
    folder = posixpath.dirname(each.path)
    for path in each.elf.paths:
        for origin in _ORIGIN:
            if path.startswith(origin):
                yield posixpath.normpath(posixpath.join(folder, "." + path[len(origin) :], name))


def _tried(each: Compiled) -> bool:
    patterns = _data()["tried"].get(each.wheel.partition(" ")[0], ())
    return any(fnmatch.fnmatchcase(each.path, pattern) for pattern in patterns)


def _told(lack: Lack, versions: set[str]) -> Finding:
    whose = f"{lack.by.wheel or 'a wheel'} ({lack.by.path})"
    if versions:
        asked = max(versions, key=version)
        return finding("library-old", f"{whose} needs {asked} of {lack.library}, and the base "
                       "image's is older")  # fmt: skip
    package = _data()["packages"].get(lack.library)
    remedy = (
        f"choose a base image with the Debian package `{package}` in it: the option `base`"
        if package
        else "choose a base image with the Debian package that has it "
        f"(`apt-file search {lack.library}`): the option `base`"
    )
    told = f"{whose} needs {lack.library}, which the base image does not have"
    return finding("library-missing", told, remedy=remedy)


@functools.cache
def _data() -> Mapping[str, Any]:
    """Debian's packages by the library they have, and what may be missing."""
    told = files(__package__).joinpath("debian.json").read_text("utf-8")
    data: Mapping[str, Any] = json.loads(told)
    return data


def compiled_files(tree: Path) -> tuple[Compiled, ...]:
    """Every dynamically linked file in a tree of packages, sorted by path. One that cannot be read
    is left out: the loader will say so, and the proof with it."""
    owners = _owners(tree)
    found = []
    for folder, _, names in os.walk(tree):
        for name in names:
            path = Path(folder, name)
            inside = path.relative_to(tree).as_posix()
            elf = _elf(path, name)
            if elf is not None:
                found.append(Compiled(inside, owners.get(inside, ""), elf))
    return tuple(sorted(found, key=lambda each: each.path))


def _elf(path: Path, name: str) -> Elf | None:
    if ".so" not in name and not path.stat().st_mode & 0o100:
        return None
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return read_elf(data)
            except NotReadable:
                return None


def _owners(tree: Path) -> dict[str, str]:
    """Path -> `name version` of the wheel that brought it, as RECORDs say."""
    found: dict[str, str] = {}
    for record in sorted(tree.glob(f"*{_SUFFIX}/RECORD")):
        name, _, number = record.parent.name.removesuffix(_SUFFIX).rpartition("-")
        with record.open(encoding="utf-8", newline="") as rows:
            whose = f"{name.replace('_', '-')} {number}"
            found.update((row[0], whose) for row in csv.reader(rows) if row)
    return found
