"""The tests' base image with pip upon it, as Docker's slim images of Python have it, and a folder
of wheels: what a conventional build needs."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.images.bases import LAYER, MANIFEST, BaseLayout
from tests.images.registries import Registry, upload

from .children import environment
from .user import uv

_WHERE = "usr/lib/python3/dist-packages"


def offer(base: BaseLayout, registry: Registry, folder: Path) -> str:
    """Put the base with pip into the registry: its reference, by digest."""
    pip = pip_in(folder)
    packed = _packed(pip)
    manifest = json.loads(base.manifest)
    config = json.loads((base.folder / "blobs" / manifest["config"]["digest"][7:]).read_bytes())
    config["rootfs"]["diff_ids"].append(_digest(packed))
    config["history"].append({"created": "1970-01-01T00:00:00Z", "created_by": "pip"})
    blob = _keep(folder, gzip.compress(packed, 6, mtime=0))
    manifest["layers"].append({"mediaType": LAYER, **blob})
    manifest["config"] |= _keep(folder, json.dumps(config).encode())
    content = json.dumps(manifest).encode()
    blobs = (*base.blobs, *folder.glob("blobs/*"))
    upload(registry, f"bases/python-pip:{base.python}", content, MANIFEST, *blobs)
    return f"{registry.host}/bases/python-pip@{_digest(content)}"


def pip_in(folder: Path) -> Path:
    """pip alone, in a folder of its own."""
    target = folder / "pip"
    if not target.exists():
        env = environment()
        uv("pip", "install", "--python", sys.executable, "--target", str(target), "pip", env=env)
    return target


def wheels(lock: Path, folder: Path, python: str) -> Path:
    """The wheels of a lock in a folder, from the index of this machine; for that minor Python."""
    target = folder / "wheels"
    if not target.exists():
        argv = [
            *(sys.executable, str(pip_in(folder) / "pip"), "download", "--quiet"),
            *("--require-hashes", "--no-deps", "--only-binary", ":all:"),
            *("--python-version", python, "--requirement", str(lock), "--dest", str(target)),
        ]
        subprocess.run(argv, env=environment(), check=True)
        target.chmod(0o755)
    return target


def _packed(pip: Path) -> bytes:
    """An archive of what can be imported, owned by root."""
    stream = io.BytesIO()

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        return None if "__pycache__" in member.name else member

    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path in sorted(pip.iterdir()):
            if path.name not in ("bin", ".lock"):
                tar.add(path, f"{_WHERE}/{path.name}", filter=plain)
    return stream.getvalue()


def _keep(folder: Path, content: bytes) -> dict[str, str | int]:
    (folder / "blobs").mkdir(exist_ok=True)
    digest = _digest(content)
    (folder / "blobs" / digest.removeprefix("sha256:")).write_bytes(content)
    return {"digest": digest, "size": len(content)}


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
