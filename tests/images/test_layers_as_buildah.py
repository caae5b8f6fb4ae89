"""The real buildah commits the bytes that we pack: layers are the same whoever makes them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from jupyter_modelship.image.layers import content_key
from jupyter_modelship.image.layout import blob_path
from jupyter_modelship.image.recipe import SERVICE

from .conftest import Base
from .users import User

NAMES = [
    "service.py",
    "sub/file",
    "sub-z",  # before `sub/…` in the order of whole paths
    "sub.b",
    "with space",
    "ünï/ço dé",
    "é" * 60,
    "n" * 100,
    "n" * 101,
    f"{'p' * 80}/{'q' * 90}",  # needs the prefix of USTAR
    f"{'p' * 146}/{'q' * 100}",  # as much as it holds
    f"{'p' * 147}/{'q' * 99}",  # one more
    f"{'p' * 200}/{'q' * 30}/{'r' * 200}",
]


@pytest.fixture(scope="module")
def tree(user: User) -> Path:
    folder = user.home / "tree"
    for number, name in enumerate(NAMES):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * (number * 100))
    (folder / "empty").mkdir()
    (folder / "sub-z").chmod(0o755)
    user.own(folder)
    return folder


@pytest.mark.parametrize("storage", ["overlay", "vfs"])
@pytest.mark.parametrize("destination", ["/service", "/opt/a/b"])
def test_the_first_layer(user: User, tree: Path, storage: str, destination: str) -> None:
    layers = committed(user, "scratch", tree, destination, storage)
    assert layers == (content_key(tree, destination),)


def test_a_layer_above_a_base(user: User, tree: Path, base: Base) -> None:
    layers = committed(user, f"docker://{base.reference}", tree, SERVICE, "overlay")
    assert layers == (base.layout.diff_id.removeprefix("sha256:"), content_key(tree, SERVICE))


def committed(user: User, base: str, tree: Path, destination: str, storage: str) -> tuple[str, ...]:
    """What buildah makes of a copy as an ordinary user: the layers' diffIDs, in hex."""
    work = user.home / "buildah"
    common = f"--root {work}/root --runroot {work}/run --storage-driver {storage}"
    script = f"""
        set -e
        made=$(buildah {common} from --tls-verify=false -q {base})
        buildah {common} copy -q $made {tree} {destination}
        buildah {common} commit -q --timestamp 0 --format oci $made oci:{work}/out
        """
    done = user.run(["buildah", "unshare", "sh", "-c", script])
    assert done.returncode == 0, done.stderr
    try:
        out = work / "out"
        index = json.loads((out / "index.json").read_bytes())
        manifest = json.loads(blob_path(out, index["manifests"][0]["digest"]).read_bytes())
        config = json.loads(blob_path(out, manifest["config"]["digest"]).read_bytes())
        return tuple(one.removeprefix("sha256:") for one in config["rootfs"]["diff_ids"])
    finally:
        subprocess.run(["rm", "-rf", work], check=True)
