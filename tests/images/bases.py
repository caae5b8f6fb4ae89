"""A base image with Python in it, made of Debian's packages: nothing public can be reached here.

It is kept below the system's folder for temporary files, named by what it is made of and by the
versions that this machine's package lists know: the next session finds it there.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.places import private

BASE_VARIABLE = "MODELSHIP_TESTS_BASE"
APT_VARIABLE = "MODELSHIP_TESTS_BASE_WITH_APT"
PYTHON = "3.11"
PACKAGES = (
    "base-files", "coreutils", "dash", "grep", "libc-bin", "libstdc++6", "python3", "sed", "tzdata",
)  # fmt: skip
MIRROR = "deb http://deb.debian.org/debian bookworm main"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

HOOK = "extract-hook"
FINISH = """\
set -eu
cd "$1"
rm -rf var/cache/* var/lib/apt/lists/* var/log/* usr/share/doc usr/share/man usr/share/info
ln -s python3 usr/bin/python
echo 'root:x:0:0:root:/root:/bin/sh' >etc/passwd
echo 'root:x:0:' >etc/group
echo 'hosts: files dns' >etc/nsswitch.conf
chroot . ldconfig
chroot . python3 -m compileall -q --invalidation-mode unchecked-hash \
    -x 'pydoc_data|idlelib|lib2to3|/test' /usr/lib/python3.11
find . -xdev '(' -path ./proc -o -path ./sys -o -path ./dev ')' -prune -o \
    -newermt @0 -exec touch --no-dereference --date=@0 {} +
"""
"""Run with the tree as its argument, before it becomes a tar archive: what the packages' own
scripts would have done, as far as it matters, and one time for all files. (mmdebstrap(1): what only
extracts runs no customize-hook.)"""


@dataclass(frozen=True)
class BaseLayout:
    """The image on disk."""

    folder: Path
    """`blobs/` has files named by their sha256."""
    manifest: bytes
    digest: str
    diff_id: str
    python: str = PYTHON

    @property
    def blobs(self) -> tuple[Path, ...]:
        """All but the manifest."""
        named = self.digest.removeprefix("sha256:")
        return tuple(path for path in sorted(self.folder.glob("blobs/*")) if path.name != named)


def base_layout() -> BaseLayout:
    """The base image; made where it is not there yet (20 s on an idle machine).

    BASE_VARIABLE names a copy of it for users who cannot make one.
    """
    given = os.environ.get(BASE_VARIABLE)
    return _read(Path(given)) if given else _kept(f"base-{_key()}", _make)


def foreign_layout(architecture: str) -> BaseLayout:
    """A base image for another `architecture` (in Debian's and Go's word) than this machine's.
    Nothing of it is run here: it has no loader's cache and no byte code."""
    return _kept(f"{architecture}-{_key()}", lambda folder: _make(folder, architecture))


def apt_layout() -> BaseLayout:
    """A base image with apt, which finds its packages where this machine does (60 s)."""
    given = os.environ.get(APT_VARIABLE)
    return _read(Path(given)) if given else _kept(f"apt-{_key()}", _make_with_apt)


def _kept(name: str, make: Callable[[Path], None]) -> BaseLayout:
    root = private(Path(tempfile.gettempdir()) / f"modelship-tests-{os.getuid()}")
    folder = root / name
    with (root / "base.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            new = Path(tempfile.mkdtemp(dir=root))
            make(new)
            new.rename(folder)
    return _read(folder)


def _key() -> str:
    """What decides the image: what is asked for, and the versions that are to be had."""
    policy = ("apt-cache", "policy", "libc6", "libssl3", "python3.11")
    known = subprocess.run(policy, capture_output=True, text=True, check=False).stdout
    candidates = [line for line in known.splitlines() if "Candidate:" in line]
    asked = [*PACKAGES, MIRROR, HOOK, FINISH, *candidates]
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:16]


def _finish(architecture: str) -> str:
    """What of `FINISH` can be done for it here."""
    if architecture == _architecture():
        return FINISH
    joined = FINISH.replace("\\\n", "")
    return "".join(one for one in joined.splitlines(keepends=True) if not one.startswith("chroot "))


def _make(folder: Path, architecture: str = "") -> None:
    architecture = architecture or _architecture()
    finish, tar = folder / "finish", folder / "tree.tar"
    finish.write_text("#!/bin/sh\n" + _finish(architecture), encoding="utf-8")
    finish.chmod(0o755)
    done = subprocess.run(
        [
            *("mmdebstrap", "--quiet", "--variant=extract", f"--include={','.join(PACKAGES)}"),
            "--setup-hook=/usr/share/mmdebstrap/hooks/merged-usr/setup00.sh",
            f"--{HOOK}={finish}",
            *("--dpkgopt=path-exclude=/usr/share/locale/*", "--aptopt=Acquire::Languages none"),
            f"--architectures={architecture}",
            *("bookworm", str(tar), MIRROR),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (folder / "blobs").mkdir()
    _write_image(folder, tar, architecture)
    tar.unlink()


def _make_with_apt(folder: Path) -> None:
    tar = folder / "tree.tar"
    hook = 'ln -s python3 "$1/usr/bin/python"; rm -rf "$1"/var/lib/apt/lists/* "$1"/var/log/*'
    done = subprocess.run(
        [
            *("mmdebstrap", "--quiet", "--variant=apt", "--include=ca-certificates,python3"),
            f"--customize-hook={hook}",
            *(
                "--dpkgopt=path-exclude=/usr/share/locale/*",
                "--dpkgopt=path-exclude=/usr/share/doc/*",
            ),
            *(f"--aptopt={line}" for line in _apt_settings()),
            *("bookworm", str(tar), _apt_sources()),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (folder / "blobs").mkdir()
    _write_image(folder, tar)
    tar.unlink()


def _apt_settings() -> list[str]:
    """What this machine's apt is told about the dates of a mirror's files."""
    told = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    return [line for line in told.stdout.splitlines() if line.startswith("Acquire::Check-")]


def _apt_sources() -> str:
    """This machine's own list; the public one where it has none for this release."""
    for path in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        if path.is_file() and "bookworm" in path.read_text(encoding="utf-8"):
            return str(path)
    return MIRROR


def _write_image(folder: Path, tar: Path, architecture: str = "") -> None:
    architecture = architecture or _architecture()
    content = tar.read_bytes()
    diff_id = "sha256:" + hashlib.sha256(content).hexdigest()
    layer = _keep(folder, gzip.compress(content, 6, mtime=0))
    config = _keep(
        folder,
        _json(
            {
                "architecture": architecture,
                **({"variant": "v8"} if architecture == "arm64" else {}),
                "os": "linux",
                "created": "1970-01-01T00:00:00Z",
                "config": {
                    "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", f"PYTHON_VERSION={PYTHON}"]
                },
                "rootfs": {"type": "layers", "diff_ids": [diff_id]},
                "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "mmdebstrap"}],
            }
        ),
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, **config},
        "layers": [{"mediaType": LAYER, **layer}],
    }
    kept = _keep(folder, _json(manifest))
    facts = {"manifest": kept["digest"], "diff_id": diff_id}
    (folder / "facts.json").write_bytes(_json(facts))


def _keep(folder: Path, content: bytes) -> dict[str, str | int]:
    digest = hashlib.sha256(content).hexdigest()
    (folder / "blobs" / digest).write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


def _json(document: object) -> bytes:
    return json.dumps(document, indent=1).encode()


def _architecture() -> str:
    """In Go's words."""
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def _read(folder: Path) -> BaseLayout:
    facts = json.loads((folder / "facts.json").read_bytes())
    digest = facts["manifest"]
    manifest = (folder / "blobs" / digest.removeprefix("sha256:")).read_bytes()
    return BaseLayout(folder, manifest, digest, facts["diff_id"])
