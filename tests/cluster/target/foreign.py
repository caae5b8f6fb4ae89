"""Images that the node cannot run: of another architecture by their words, or by their program."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from jupyter_modelship.engines.port import Access
from tests.cluster.given import Cluster
from tests.cluster.images import INDEX, MANIFEST, Made, architecture, digest, image
from tests.images.registries import Registry, upload

_MACHINES = {"amd64": 62, "arm64": 183}
"""`e_machine` of an ELF header: EM_X86_64, EM_AARCH64."""


def other() -> str:
    """An architecture that is not this machine's."""
    return "amd64" if architecture() == "arm64" else "arm64"


def by_its_words(cluster: Cluster, folder: Path) -> str:
    """An index that offers an image for the other architecture, and nothing else."""
    made = image({"service": b"of no matter"}, ("/service",), other())
    described = {
        "mediaType": MANIFEST,
        "digest": made.manifest,
        "size": len(made.blobs[made.manifest]),
        "platform": {"os": "linux", "architecture": other()},
    }
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [described]}).encode()
    _push(cluster, folder, made)
    there = Registry(cluster.registry, folder, Access(insecure=True))
    upload(there, "tests/foreign:index", index, INDEX)
    return f"{cluster.registry}/tests/foreign@{digest(index)}"


def by_its_program(cluster: Cluster, folder: Path) -> str:
    """An image that says it is for this machine; its program is of the other one."""
    made = image({"service": _header(_MACHINES[other()])}, ("/service",))
    _push(cluster, folder, made)
    return f"{cluster.registry}/tests/foreign@{made.manifest}"


def _header(machine: int) -> bytes:
    """ELF, 64 bits, little endian, an executable without a segment (System V ABI, chapter 4)."""
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    return identity + struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, 0, 0, 0, 0, 64, 56, 0, 0, 0, 0)


def _push(cluster: Cluster, folder: Path, made: Made) -> None:
    folder.mkdir(exist_ok=True)
    files = []
    for name, content in made.blobs.items():
        if name != made.manifest:
            files.append(folder / name.removeprefix("sha256:"))
            files[-1].write_bytes(content)
    there = Registry(cluster.registry, folder, Access(insecure=True))
    upload(there, "tests/foreign:one", made.blobs[made.manifest], MANIFEST, *files)
