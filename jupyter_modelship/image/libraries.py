"""What a base image brings for wheels: shared libraries where its loader looks, and its Python.

Read from the layers' tar archives, from the bottom, nothing unpacked. Any engine can feed them.
Sources: OCI image layer specification, "Whiteouts"; ld.so(8).
"""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import posixpath
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places, private
from jupyter_modelship.stored import read_json, write_json

from .elf import Elf, NotReadable, read_elf

_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
_LIBRARY = re.compile(r"(?:lib[^/]*|ld-[^/]*)\.so(?:\.[^/]*)?")
_PYTHON = re.compile(r"python(3\.[0-9]{1,3})")
_COMMANDS = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
_FOLDERS = ("lib/{0}-linux-gnu", "usr/lib/{0}-linux-gnu", "lib64", "usr/lib64", "lib", "usr/lib")
"""Where the loader looks without being told: glibc's own folders, in Debian's and others' way."""
_CONFIGURED = ("etc/ld.so.conf", "etc/ld.so.conf.d/*.conf")
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_LARGEST, _LARGEST_TEXT = 1 << 28, 1 << 16
_FORM = 1
"""Of what is told of a base: another one is read anew."""
_LINKS = 40
"""Links on the way to one file, as Linux allows."""


@dataclass(frozen=True, slots=True)
class BaseFacts:
    """What wheels can count on in a base image."""

    architecture: str
    libraries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """File name, as the loader finds it -> symbol versions that it defines, sorted."""
    python: str = ""
    """major.minor of the command `python`; empty where there is none."""

    @property
    def glibc(self) -> tuple[int, int] | None:
        """Version of the C library; None where it is another one."""
        given = [version(name) for name in self.libraries.get("libc.so.6", ())
                 if re.fullmatch(r"GLIBC_2\.\d+", name)]  # fmt: skip
        return max(((2, parts[1]) for parts in given), default=None)


def version(name: str) -> tuple[int, ...]:
    """(2, 36) of `GLIBC_2.36`: versions of one name are ordered by it."""
    return tuple(int(part) for part in re.findall(r"\d+", name.rpartition("_")[2]))


def read_base(layers: Iterable[IO[bytes]], architecture: str) -> BaseFacts:
    """The facts of a base from its layers (tar, plain or gzip), the lowest first.

    Raises ModelshipError where one cannot be read.
    """
    found = _Tree()
    for layer in layers:
        try:
            with tarfile.open(fileobj=layer, mode="r|*") as archive:
                found.add(archive)
        except (tarfile.TarError, OSError, EOFError) as error:
            raise ModelshipError(
                f"a layer of the base image cannot be read: {error}",
                remedy="run it again; if it stays, pull the base image into your registry again",
            ) from error
    return BaseFacts(
        architecture, dict(sorted(found.libraries(architecture).items())), found.python()
    )


def kept_base(
    digest: str, architecture: str, places: Places, layers: Callable[[], Iterable[IO[bytes]]]
) -> BaseFacts:
    """The facts of the base with that manifest digest: `layers` is asked for the first time only.

    Reading takes a second for each 10 MB: not for an event loop. Raises as `read_base`.
    """
    named = hashlib.sha256(f"{_FORM}\0{digest}\0{architecture}".encode()).hexdigest()[:32]
    path = private(places.cache / "bases") / f"{named}.json"
    told = read_json(path)
    if told is None:
        read = read_base(layers(), architecture)
        write_json(path, {"libraries": read.libraries, "python": read.python})
        return read
    libraries = {name: tuple(versions) for name, versions in told["libraries"].items()}
    return BaseFacts(architecture, libraries, told["python"])


class _Tree:
    """What is left of the layers: facts of libraries, links, names of commands."""

    def __init__(self) -> None:
        self._files: dict[str, Elf] = {}
        self._links: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._commands: set[str] = set()

    def add(self, archive: tarfile.TarFile) -> None:
        """Lay one more layer over those before."""
        above = _Tree()
        gone: list[str] = []
        for member in archive:
            path = posixpath.normpath("/" + member.name).lstrip("/")
            folder, name = posixpath.split(path)
            if name == _OPAQUE:
                gone.append(f"{folder}/")
            elif name.startswith(_WHITEOUT):
                gone += [(hidden := posixpath.join(folder, name[4:])), f"{hidden}/"]
            else:
                if not member.isdir():
                    gone.append(path)
                above._take(path, member, archive)
        self._remove(gone)
        self._files |= above._files
        self._links |= above._links
        self._texts |= above._texts
        self._commands |= above._commands

    def _take(self, path: str, member: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
        name = posixpath.basename(path)
        if member.issym():
            self._links[path] = member.linkname
        elif member.islnk():
            self._links[path] = posixpath.normpath("/" + member.linkname)
        elif member.isreg() and _LIBRARY.fullmatch(name) and member.size <= _LARGEST:
            with contextlib.suppress(NotReadable):
                if (content := archive.extractfile(member)) and (elf := read_elf(content.read())):
                    self._files[path] = elf
        elif member.isreg() and any(fnmatch.fnmatchcase(path, each) for each in _CONFIGURED):
            content = archive.extractfile(member)
            self._texts[path] = content.read(_LARGEST_TEXT).decode("utf-8", "replace") \
                if content else ""  # fmt: skip
        elif member.isreg() and _PYTHON.fullmatch(name):
            self._commands.add(path)

    def _remove(self, gone: list[str]) -> None:
        exact = {path for path in gone if not path.endswith("/")}
        below = tuple(path for path in gone if path.endswith("/"))
        for held in (self._files, self._links, self._texts):
            for path in [p for p in held if p in exact or p.startswith(below)]:
                del held[path]
        self._commands -= {p for p in self._commands if p in exact or p.startswith(below)}

    def _real(self, path: str) -> str:
        """Where a path leads; links are followed in every part of it."""
        for _ in range(_LINKS):
            parts = path.strip("/").split("/")
            heads = ("/".join(parts[: n + 1]) for n in range(len(parts)))
            head = next((head for head in heads if head in self._links), None)
            if head is None:
                return path.strip("/")
            rest = path.strip("/")[len(head) :]
            target = posixpath.join("/", posixpath.dirname(head), self._links[head])
            path = posixpath.normpath(target + rest)
        return ""

    def libraries(self, architecture: str) -> dict[str, tuple[str, ...]]:
        """By the name under which the loader finds each, the first folder first."""
        by_folder: dict[str, dict[str, Elf]] = {}
        for path in (*self._files, *self._links):
            folder, name = posixpath.split(path)
            elf = self._files.get(self._real(path))
            if _LIBRARY.fullmatch(name) and elf is not None and elf.machine == architecture:
                by_folder.setdefault(self._real(folder), {})[name] = elf
        found: dict[str, tuple[str, ...]] = {}
        for folder in self._folders(architecture):
            for name, elf in by_folder.get(folder, {}).items():
                found.setdefault(name, elf.gives)
        return found

    def _folders(self, architecture: str) -> Iterator[str]:
        for path in sorted(self._texts):
            for line in self._texts[path].splitlines():
                if line.startswith("/"):
                    yield self._real(line.split("#")[0].strip())
        for folder in _FOLDERS:
            yield self._real(folder.format(_MACHINES.get(architecture, architecture)))

    def python(self) -> str:
        for folder in _COMMANDS:
            real = self._real(f"{folder}/python")
            told = _PYTHON.fullmatch(posixpath.basename(real))
            if told and real in self._commands:
                return told[1]
        return ""
