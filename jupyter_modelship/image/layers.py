"""A folder as a layer: the same content gives the same bytes, wherever and whenever it is packed.

The tar archive is what `buildah commit --timestamp 0` writes for a copy of the folder on its
overlay driver: the destination's parents first, then depth first, names in the order of their
bytes. (On vfs, buildah 1.28 sorts whole paths instead, `a-b` before `a/b`, in every layer that has
one below it: such a layer differs in its order, and so in its digest.)
"""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.errors import StageFailed

from . import tarball
from .recipe import Layer

PIECE = 1 << 20
"""Bytes that are held at a time."""
_FOLDER_MODE = stat.S_IFDIR | 0o755
_WHITEOUT = ".wh."
"""A name that starts so deletes from the layers below (OCI image layer specification)."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file or folder of a layer."""

    path: str
    """In the archive: no slash at its start, one at its end where it is a folder."""
    mode: int
    size: int
    source: Path | None
    """The file with the content; None: a folder."""


def members(layer: Layer) -> list[Member]:
    """All of the layer in the archive's order; nothing is read but names and facts.

    Raises StageFailed for what may not be in a layer: links, devices, sockets, setuid and setgid
    files, names with control characters, that are not UTF-8, or that mean deletion.
    """
    root, *parts = layer.destination.split("/")
    if root or not parts or {"", ".", ".."} & {*parts}:
        raise ValueError(f"not a folder of an image: {layer.destination!r}")
    parents = ("/".join(parts[: end + 1]) for end in range(len(parts)))
    return [
        *(Member(f"{path}/", _FOLDER_MODE, 0, None) for path in parents),
        *_below(layer.folder, "/".join(parts)),
    ]


def _below(folder: Path, path: str) -> Iterator[Member]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        raise _refused(folder, f"cannot be read: {error.strerror}") from error
    for entry in found:
        inside = f"{path}/{_checked(entry)}"
        if entry.is_dir(follow_symlinks=False):
            yield Member(f"{inside}/", _FOLDER_MODE, 0, None)
            yield from _below(Path(entry.path), inside)
        else:
            yield _file(entry, inside)


def _checked(entry: os.DirEntry[str]) -> str:
    name = entry.name
    if name.isascii() and name.isprintable() and not name.startswith(_WHITEOUT):
        return name
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise _refused(Path(entry.path), "has a control character in its name")
    if any(unicodedata.category(character) == "Cs" for character in name):
        raise _refused(Path(entry.path), "has a name that is not UTF-8")
    if name.startswith(_WHITEOUT):
        raise _refused(
            Path(entry.path), f"has a name with `{_WHITEOUT}` in front, which deletes in an image"
        )
    return name


def _file(entry: os.DirEntry[str], path: str) -> Member:
    facts = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(facts.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(facts.st_mode) else "no regular file"
        raise _refused(Path(entry.path), f"is {kind}")
    if facts.st_mode & (stat.S_ISUID | stat.S_ISGID):
        raise _refused(Path(entry.path), "runs with the rights of its owner (setuid or setgid)")
    mode = 0o755 if facts.st_mode & stat.S_IXUSR else 0o644
    return Member(path, stat.S_IFREG | mode, facts.st_size, Path(entry.path))


def _refused(path: Path, why: str) -> StageFailed:
    return StageFailed(
        f"{ascii(str(path))[1:-1]} {why}: it cannot be part of an image",
        remedy="an image holds folders and regular files with plain names: remove or rename it",
    )


def archive(layer: Layer) -> Iterator[bytes]:
    """The layer's tar archive in pieces of at most `PIECE` bytes, however big its files are.

    Raises StageFailed as `members` does, and where a file changes while it is read.
    """
    if layer.kind == "system":
        yield from _content(layer.folder, layer.folder.stat().st_size)
        return
    for member in members(layer):
        yield tarball.header(member.path, member.mode, member.size)
        if member.source is not None:
            yield from _content(member.source, member.size)
            yield tarball.padding(member.size)
    yield tarball.TRAILER


def _content(path: Path, size: int) -> Iterator[bytes]:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb", buffering=0) as file:  # noqa: PTH123 - a link that has come since is not followed
            left = size
            while left and (piece := file.read(min(left, PIECE))):
                left -= len(piece)
                yield piece
            changed = left or file.read(1)
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from error
    if changed:
        raise StageFailed(
            f"{path} changed while it was packed",
            remedy="let nothing write to it during a build, then build again",
        )


def content_key(folder: Path, destination: str) -> str:
    """What a `Layer` of this folder has as its key: the sha256 of its archive, in hex.

    Who has something that decides the content (a lock and a platform) has a cheaper key.
    """
    digest = hashlib.sha256()
    for piece in archive(Layer("code", folder, destination, "")):
        digest.update(piece)
    return digest.hexdigest()
