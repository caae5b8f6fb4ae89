"""Whether a layer that a tool has made is the layer that was meant, file for file."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable
from typing import IO, cast

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.layers import archive
from jupyter_modelship.image.recipe import Layer

_OVERLAYS_OWN = ("SCHILY.xattr.user.overlay.", "SCHILY.xattr.user.fuseoverlayfs.")
"""What overlay file systems note at files for themselves. buildah before 1.42 writes it into layers
(https://github.com/podman-container-tools/buildah/pull/6429)."""


def compare(stream: IO[bytes], layer: Layer, *, parents: bool = True) -> None:
    """Raises StageFailed where an archive does not hold what the layer holds.

    The order of the files may be another one (on vfs it is), what overlay file systems note for
    themselves does not count; anything else does. `parents`: also the folders above the layer's
    destination, which docker builds with the time of the build.
    """
    found, wanted = _facts(stream), _facts(cast(IO[bytes], _Stream(archive(layer))))
    if not parents:
        above = layer.destination.strip("/")
        for facts in (found, wanted):
            for name in [one for one in facts if f"{above}/".startswith(f"{one}/")]:
                del facts[name]
    different = sorted(
        name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)
    )
    if different:
        raise StageFailed(
            f"what was built differs from the {layer.kind} at {different[0]} "
            f"({len(different)} differ)",
            remedy="use the engine `oci`, and report this version of the tool",
            detail="\n".join(different[:40]),
        )


_Facts = tuple[bytes, int, int, int, float, str, str, tuple[tuple[str, str], ...]]


def _facts(stream: IO[bytes]) -> dict[str, _Facts]:
    """By path: type, mode, owner, group, time, link, content's sha256, extended attributes."""
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        return {member.name: _fact(tar, member) for member in tar}


def _fact(tar: tarfile.TarFile, member: tarfile.TarInfo) -> _Facts:
    digest = hashlib.sha256()
    content = tar.extractfile(member)
    while content is not None and (piece := content.read(1 << 20)):
        digest.update(piece)
    extended = tuple(
        sorted(
            (name, value)
            for name, value in member.pax_headers.items()
            if name.startswith("SCHILY.") and not name.startswith(_OVERLAYS_OWN)
        )
    )
    return (
        member.type,
        member.mode & 0o7777,
        member.uid,
        member.gid,
        member.mtime,
        member.linkname,
        digest.hexdigest(),
        extended,
    )


class _Stream:
    """Pieces as a file to read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._held = b""

    def read(self, size: int) -> bytes:
        while len(self._held) < size and (piece := next(self._pieces, b"")):
            self._held += piece
        given, self._held = self._held[:size], self._held[size:]
        return given
