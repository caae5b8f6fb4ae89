"""Images of services, made by hand on the base: what a target runs, without any engine of ours."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

from .bases import CONFIG, LAYER, MANIFEST, BaseLayout

ENTRYPOINT = (
    *("python", "-m", "modelship_runtime", "--host", "0.0.0.0", "--port", "8000"),
    *("--metrics-host", "0.0.0.0", "--metrics-port", "9090"),
)
USER = "10001"


def service_layout(
    base: BaseLayout, service: Path, layout: Path, *, env: Mapping[str, str] | None = None
) -> Path:
    """An OCI image layout at `layout`, which must not be there: the base, and the folder `service`
    as /service."""
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for path in base.folder.glob("blobs/*"):
        _share(path, blobs / path.name)
    document = json.loads(base.manifest)
    config = json.loads((blobs / _hex(document["config"])).read_bytes())
    tar = _tar(service)
    config["rootfs"]["diff_ids"].append("sha256:" + hashlib.sha256(tar).hexdigest())
    config["config"] |= {"Entrypoint": ENTRYPOINT, "User": USER, "WorkingDir": "/service"}
    config["config"]["Env"] += [f"{name}={value}" for name, value in (env or {}).items()]
    document["layers"].append({"mediaType": LAYER, **_keep(blobs, gzip.compress(tar, 1, mtime=0))})
    document["config"] = {"mediaType": CONFIG, **_keep(blobs, json.dumps(config).encode())}
    manifest = _keep(blobs, json.dumps(document).encode())
    index = {"schemaVersion": 2, "manifests": [{"mediaType": MANIFEST, **manifest}]}
    (layout / "index.json").write_text(json.dumps(index), encoding="utf-8")
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}', encoding="utf-8")
    return layout


def _tar(folder: Path) -> bytes:
    """The folder as /service, root's."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in (folder, *sorted(folder.rglob("*"))):
            inside = path.relative_to(folder.parent).parts[1:]
            info = tar.gettarinfo(path, "/".join(("service", *inside)))
            info.uid = info.gid = info.mtime = 0
            info.uname = info.gname = ""
            info.mode = 0o755 if info.isdir() else 0o644
            with path.open("rb") if info.isreg() else io.BytesIO() as content:
                tar.addfile(info, content)
    return buffer.getvalue()


def _keep(blobs: Path, content: bytes) -> dict[str, str | int]:
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


def _hex(described: Mapping[str, str]) -> str:
    return described["digest"].removeprefix("sha256:")


def _share(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:  # another disk
        target.write_bytes(path.read_bytes())
