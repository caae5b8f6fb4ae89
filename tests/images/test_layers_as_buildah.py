"""The real buildah commits the bytes that we pack: layers are the same whoever makes them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from jupyter_modelship.image.layers import content_key
from jupyter_modelship.image.layout import blob_path
from jupyter_modelship.image.recipe import ARTIFACTS, PACKAGES, SERVICE

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
    layers = committed(user, "scratch", [(tree, destination)], storage)
    assert layers == (content_key(tree, destination),)


def test_layers_above_a_base_and_above_each_other(user: User, tree: Path, base: Base) -> None:
    copies = [(tree, PACKAGES), (tree / "sub", ARTIFACTS), (tree, SERVICE)]
    layers = committed(user, f"docker://{base.reference}", copies, "overlay")
    ours = [content_key(folder, destination) for folder, destination in copies]
    assert layers == (base.layout.diff_id.removeprefix("sha256:"), *ours)


def committed(
    user: User, base: str, copies: Sequence[tuple[Path, str]], storage: str
) -> tuple[str, ...]:
    """What buildah makes of the copies as an ordinary user: the layers' diffIDs, in hex."""
    work = user.home / "buildah"
    common = f"--root {work}/root --runroot {work}/run --storage-driver {storage}"
    script = f"set -e\nfrom={base}\n" + "".join(
        f"""
        made=$(buildah {common} from --tls-verify=false -q $from)
        buildah {common} copy -q $made {folder} {destination}
        from=$(buildah {common} commit -q --timestamp 0 --format oci $made)
        """
        for folder, destination in copies
    )
    script += f"buildah {common} push -q $from oci:{work}/out"
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
