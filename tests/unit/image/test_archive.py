"""An image as an archive, read back as containerd and as docker read it."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.archive import write_archive

NAME = f"localhost/modelship:{'a' * 64}"


def layout(folder: Path, *blobs: bytes) -> Path:
    """With one image whose layers are these."""
    there = folder / "blobs" / "sha256"
    there.mkdir(parents=True)

    def kept(content: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        (there / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}

    manifest = {"config": kept(b"{}"), "layers": [kept(blob) for blob in blobs]}
    described = {"mediaType": "m", **kept(json.dumps(manifest).encode())}
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"manifests": [described]}))
    return folder


def read(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        assert {(m.uid, m.uname, m.mtime) for m in tar.getmembers()} == {(0, "", 0)}
        members = [(m.name, tar.extractfile(m)) for m in tar.getmembers()]
        return {name: found.read() for name, found in members if found is not None}


def test_both_tables_name_the_image_and_the_same_blobs(tmp_path: Path) -> None:
    write_archive(layout(tmp_path / "image", b"base", b"code"), NAME, tmp_path / "image.tar")
    files = read(tmp_path / "image.tar")

    (described,) = json.loads(files["index.json"])["manifests"]
    assert described["annotations"] == {
        "io.containerd.image.name": NAME,
        "org.opencontainers.image.ref.name": "a" * 64,
    }
    manifest = json.loads(files[f"blobs/{described['digest'].replace(':', '/')}"])
    (docker,) = json.loads(files["manifest.json"])
    assert docker["RepoTags"] == [NAME]
    assert [files[name] for name in docker["Layers"]] == [b"base", b"code"]
    assert docker["Config"] == f"blobs/{manifest['config']['digest'].replace(':', '/')}"
    for name, content in files.items():
        if name.startswith("blobs/"):
            assert name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"


def test_a_layer_that_is_there_twice_is_written_once(tmp_path: Path) -> None:
    write_archive(layout(tmp_path / "image", b"same", b"same"), NAME, tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as tar:
        names = tar.getnames()
    assert len(names) == len(set(names)) == 6


def test_what_is_no_layout_is_said(tmp_path: Path) -> None:
    with pytest.raises(StageFailed, match="is no OCI image layout with one image"):
        write_archive(tmp_path, NAME, tmp_path / "image.tar")
    assert not (tmp_path / "image.tar").exists()
