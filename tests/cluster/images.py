"""Images of one static program, made without a builder: the pause image of every pod."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .node import Node
from .place import Place
from .settings import PAUSE

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
USER = 65534
"""Whom it runs as; nobody, by the number that Debian gives."""


@dataclass(frozen=True, slots=True)
class Made:
    """An image with one layer: its blobs by digest, and which of them is the manifest."""

    blobs: Mapping[str, bytes]
    manifest: str


def architecture() -> str:
    """This machine's, as images say it."""
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def image(files: Mapping[str, bytes], entrypoint: Sequence[str], made_for: str = "") -> Made:
    """The same input gives the same digests. `made_for`: an architecture; empty for this one."""
    layer = _layer(files)
    config = {
        "architecture": made_for or architecture(),
        "os": "linux",
        "config": {"Entrypoint": list(entrypoint), "User": f"{USER}:{USER}"},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
    }
    content = _json(config)
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, content),
            "layers": [_descriptor(LAYER, layer)],
        }
    )
    return Made({digest(one): one for one in (layer, content, manifest)}, digest(manifest))


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def _descriptor(media_type: str, content: bytes) -> dict[str, str | int]:
    return {"mediaType": media_type, "digest": digest(content), "size": len(content)}


def _layer(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def archive(made: Made, name: str, path: Path) -> None:
    """An OCI image layout in a tar archive, as `ctr images import` takes it."""
    manifest = made.blobs[made.manifest]
    named = {"io.containerd.image.name": name}
    entry = {**_descriptor(MANIFEST, manifest), "annotations": named}
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
    files = {"oci-layout": _json({"imageLayoutVersion": "1.0.0"}), "index.json": _json(index)}
    files |= {f"blobs/{one.replace(':', '/')}": content for one, content in made.blobs.items()}
    path.write_bytes(_layer(files))


def pause() -> Made:
    """Debian's catatonit: static, does nothing, buries the dead."""
    program = shutil.which("catatonit")
    assert program is not None, "catatonit is not installed"
    return image({"catatonit": Path(program).read_bytes()}, ("/catatonit", "-P"))


def give_pause(place: Place, node: Node) -> None:
    """Into containerd's own store, where the kubelet's pods need it; asked of no registry."""
    path = place.folder / "pause.tar"
    archive(pause(), PAUSE, path)
    socket = ("--address", str(place.containerd_socket), "--namespace", "k8s.io")
    node.run("ctr", *socket, "images", "import", str(path))
