"""An image as a folder: the OCI image layout, which every tool of the field reads."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from .manifest import Descriptor, Index, dump, index_bytes

_MARK = {"imageLayoutVersion": "1.0.0"}


def blob_path(folder: Path, digest: str) -> Path:
    """Where the layout in `folder` has the blob."""
    name, _, value = digest.partition(":")
    return folder / "blobs" / name / value


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
