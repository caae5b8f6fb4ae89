"""Source archives of an index: which one a version is, by its hash.

Source: PEP 751 (pylock.toml, by which uv says where an archive is); uv reference, "Settings",
`dependency-metadata`, which keeps uv from building anything to hear what it needs.
"""

from __future__ import annotations

import json
import shutil
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:  # the standard library has no reader yet
    import tomli as tomllib

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Distribution, KernelFacts, Source

from .indexes import Indexes
from .locks.lines import without_credentials
from .uv import archive_argv, call, find_uv


async def from_index(
    installed: Distribution, facts: KernelFacts, indexes: Indexes
) -> Source | None:
    """The archive of the kernel's own version on an index; None where there is none.

    Nothing is built: what it needs is what the kernel's metadata says.
    """
    with tempfile.TemporaryDirectory(prefix="modelship-lock-") as name:
        folder = Path(name)
        wanted = folder / "requirements.in"
        wanted.write_text(f"{installed.name}=={installed.version}\n", "utf-8")
        # Beside it, and not named in the call: the user's own uv.toml counts as well then.
        (folder / "uv.toml").write_text(_settings(installed), "utf-8")
        argv = archive_argv(find_uv(), wanted, python=facts.python, indexes=indexes)
        done = await call(argv, cwd=folder, indexes=indexes)
        if done.code != 0:
            return None
        found = _archive(done.output, folder)
    if found is None:
        return None
    url, digest = found
    return Source(installed.name, installed.version, url, f"sha256:{digest}", installed.requires)


def _settings(installed: Distribution) -> str:
    """A JSON string is a TOML string, and so is a list of them."""
    return (
        "[[dependency-metadata]]\n"
        f"name = {json.dumps(installed.name)}\n"
        f"version = {json.dumps(installed.version)}\n"
        "requires-dist = []\n"
    )


def _archive(text: str, folder: Path) -> tuple[str, str] | None:
    """URL without credentials and sha256 of the one package's archive."""
    for package in tomllib.loads(text).get("packages", []):
        told = package.get("sdist") or {}
        digest = (told.get("hashes") or {}).get("sha256")
        url = told.get("url") or (
            (folder / told["path"]).resolve().as_uri() if told.get("path") else ""
        )
        if digest and url:
            return without_credentials(str(url)), str(digest)
    return None


def unpack(packed: Path, project: Path, source: Source) -> None:
    """The archive's one folder as `project`, which is made. Raises StageFailed."""
    aside = project.with_name(f"{project.name}.unpacked")
    try:
        if zipfile.is_zipfile(packed):
            with zipfile.ZipFile(packed) as archive:
                archive.extractall(aside)  # noqa: S202 - zipfile takes `..` and roots out of names
        else:
            with tarfile.open(packed) as tar:
                for member in tar:
                    _extract(tar, member, aside)
        (inside,) = aside.iterdir()
        inside.rename(project)
    except (OSError, ValueError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise StageFailed(
            f"the archive of {source.name} {source.version} cannot be unpacked: {error}",
            remedy="pin a version that has a wheel, and tell its makers",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Folders and files alone, and inside."""
    target = folder / member.name
    if not target.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{member.name} leads outside")
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
    elif (content := tar.extractfile(member) if member.isreg() else None) is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            shutil.copyfileobj(content, file)
        target.chmod(0o755 if member.mode & 0o100 else 0o644)
    else:
        raise ValueError(f"{member.name} is no file and no folder")
