"""An image as a folder: the OCI image layout, which every tool of the field reads."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from jupyter_modelship.errors import StageFailed

from .manifest import Descriptor, Index, dump, index_bytes

_MARK = {"imageLayoutVersion": "1.0.0"}


def blob_path(folder: Path, digest: str) -> Path:
    """Where the layout in `folder` has the blob."""
    name, _, value = digest.partition(":")
    return folder / "blobs" / name / value


def manifest_of(layout: Path) -> str:
    """The digest of the one image in an OCI image layout. Raises StageFailed for any other."""
    try:
        found = json.loads((layout / "index.json").read_bytes())["manifests"]
        (manifest,) = found
        return str(manifest["digest"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StageFailed(f"{layout} is no OCI image layout with one image: {error}") from error


def begin(folder: Path) -> None:
    """An empty layout in a new folder. Raises FileExistsError."""
    folder.mkdir()
    (folder / "blobs" / "sha256").mkdir(parents=True)
    (folder / "oci-layout").write_bytes(dump(_MARK))


def add_bytes(folder: Path, digest: str, content: bytes) -> None:
    blob_path(folder, digest).write_bytes(content)


def add_file(folder: Path, digest: str, file: Path) -> None:
    """By a hard link where that can be: a blob never changes."""
    target = blob_path(folder, digest)
    if target.exists():
        return
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def finish(folder: Path, manifests: Iterable[Descriptor]) -> None:
    """Name the images; before this the folder is no layout that a tool would take."""
    (folder / "index.json").write_bytes(index_bytes(Index(tuple(manifests))))
