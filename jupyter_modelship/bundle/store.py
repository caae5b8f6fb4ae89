"""Bundles on disk, by their digest: whole and verified, or not there at all."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.model import Artifact, Bundle

from .render import ARTIFACTS, digest_of

_ASIDE = ".making-"
_BYTE_CODE = "__pycache__"
_READ_ONLY = 0o444


def write(bundle: Bundle, *, artifacts: Path, store: Path) -> Path:
    """The folder `store/<digest>` with the bundle's files, made where it is not there yet.

    `artifacts` holds the artifacts' files. The folder is made aside, synced to disk and renamed
    into place; two writers of one bundle do not disturb each other. ModelshipError when a file is
    not what its hash says; OSError from the disk.
    """
    folder = store / bundle.digest
    if folder.is_dir() and not differences(folder, bundle.digest):
        return folder
    store.mkdir(parents=True, exist_ok=True)
    with _alone(store):
        _make(bundle, folder, artifacts)
    return folder


def _make(bundle: Bundle, folder: Path, artifacts: Path) -> None:
    aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder.parent))
    try:
        _fill(aside, bundle, artifacts)
        wrong = differences(aside, bundle.digest)
        if wrong:
            raise ModelshipError(
                f"the bundle on disk is not the one that was rendered: {wrong[0]}",
                remedy="run it again; an artifact has changed since it was computed",
            )
        failpoint("bundle.rename.before")
        _into_place(aside, folder)
        failpoint("bundle.rename.after")
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Write with nobody else at it; what writers that died have left behind is swept away then."""
    descriptor = os.open(store, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for path in store.glob(f"{_ASIDE}*"):
            shutil.rmtree(path, ignore_errors=True)
        yield
    finally:
        os.close(descriptor)


def read_back(folder: Path) -> dict[str, bytes]:
    """The generated files of a bundle on disk by path, without artifacts."""
    return {
        path: (folder / path).read_bytes()
        for path in _paths(folder)
        if not path.startswith(f"{ARTIFACTS}/")
    }


def differences(folder: Path, digest: str) -> tuple[str, ...]:
    """Why the folder is not the bundle with that digest; nothing when it is.

    Byte code that Python has put beside the sources does not count.
    """
    links = [path for path in _paths(folder) if (folder / path).is_symlink()]
    if links:
        return (f"{links[0]} is a link",)
    try:
        found = digest_of({path: _hash(folder / path) for path in _paths(folder)})
    except OSError as error:
        return (f"{error.filename} cannot be read: {error.strerror}",)
    return () if found == digest else (f"its digest is {found}, not {digest}",)


def sweep(store: Path) -> None:
    """Remove what writers that died have left behind."""
    if store.is_dir():
        with _alone(store):
            pass


def _fill(folder: Path, bundle: Bundle, artifacts: Path) -> None:
    for path, content in bundle.files.items():
        _put(folder / path, content)
    for artifact in bundle.artifacts:
        _place(artifact, artifacts, folder / ARTIFACTS / artifact.file)
    for path, names, _ in os.walk(folder, topdown=False):
        for name in names:
            _sync_folder(Path(path) / name)
    _sync_folder(folder)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        os.fchmod(file.fileno(), _READ_ONLY)
        file.flush()
        os.fsync(file.fileno())


def _place(artifact: Artifact, source: Path, target: Path) -> None:
    """Share the artifact's bytes where the disk can, copy them where it cannot."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = source / artifact.file
    try:
        os.link(made, target, follow_symlinks=False)
    except OSError:
        shutil.copyfile(made, target, follow_symlinks=False)
    target.chmod(_READ_ONLY)
    _sync(target)


def _into_place(aside: Path, folder: Path) -> None:
    """Rename; where another writer was first its folder stays, a broken one makes room."""
    aside.chmod(0o755)
    try:
        aside.rename(folder)
    except OSError:
        if not differences(folder, folder.name):
            return
        broken = aside.with_name(f"{aside.name}-broken")
        folder.rename(broken)
        aside.rename(folder)
        shutil.rmtree(broken, ignore_errors=True)
    _sync_folder(folder.parent)


def _paths(folder: Path) -> list[str]:
    found: list[str] = []
    for base, names, files in os.walk(folder):
        names[:] = [name for name in names if name != _BYTE_CODE]
        links = [name for name in names if (Path(base) / name).is_symlink()]
        inside = Path(base).relative_to(folder)
        found += [(inside / name).as_posix() for name in (*files, *links)]
    return sorted(found)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    """Some file systems cannot sync a folder; there the rename itself has to do."""
    with contextlib.suppress(OSError):
        _sync(path)
