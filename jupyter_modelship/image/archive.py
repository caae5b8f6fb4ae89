"""An image as one archive that every tool takes which loads images into a container runtime.

Both of its tables of contents name the same blobs: `index.json` of the OCI image layout, which
containerd reads, and `manifest.json` of the Docker image specification v1.2 ("Combined Image JSON +
Filesystem Changeset Format"), which docker and older loaders read.
"""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

from jupyter_modelship.errors import StageFailed

from .layout import blob_path
from .manifest import dump

_CONTAINERD_NAME = "io.containerd.image.name"
_REFERENCE = "org.opencontainers.image.ref.name"


def write_archive(layout: Path, name: str, file: Path) -> None:
    """The one image of an OCI image layout in a tar archive, where it is called `name`
    (`host/path:tag`). Raises StageFailed for another folder, FileExistsError."""
    try:
        described, manifest = _read(layout)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StageFailed(f"{layout} is no OCI image layout with one image: {error}") from error
    layers = [str(layer["digest"]) for layer in manifest["layers"]]
    config = str(manifest["config"]["digest"])
    named = {_CONTAINERD_NAME: name, _REFERENCE: name.rpartition(":")[2]}
    index = {"schemaVersion": 2, "manifests": [{**described, "annotations": named}]}
    docker = [{"Config": _inside(config), "RepoTags": [name], "Layers": [*map(_inside, layers)]}]
    with tarfile.open(file, "x") as tar:
        _add(tar, "oci-layout", (layout / "oci-layout").read_bytes())
        _add(tar, "index.json", dump(index))
        _add(tar, "manifest.json", dump(docker))
        for digest in dict.fromkeys((str(described["digest"]), config, *layers)):
            tar.add(blob_path(layout, digest), _inside(digest), filter=_plain)


def _read(layout: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    (described,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    return described, json.loads(blob_path(layout, str(described["digest"])).read_bytes())


def _inside(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(_plain(member), BytesIO(content))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of this machine's users and times."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member
