"""A folder that an installer filled, without what differs between machines, users and days.

Source: PyPA specification "Recording installed projects" (RECORD, INSTALLER, direct_url.json).
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import EPOCH

_RECORD = "RECORD"
_BYTE_CODE = "__pycache__"
_SCRIPTS = ("bin", ".lock")
"""Beside the packages: scripts with this machine's interpreter in their first line, uv's lock."""
_BIG = 1 << 18
"""Bytes above which a file is read and hashed beside the others."""
_PIECE = 1 << 20
_NOTES = frozenset({"direct_url.json", "REQUESTED", "uv_build.json", "uv_cache.json"})
"""In a distribution's metadata: where it came from on this machine, and at whose wish."""


def normalise(folder: Path) -> None:
    """Remove scripts, byte code and notes of the installer; correct every RECORD.

    Raises StageFailed where the folder holds anything but folders and regular files.
    """
    for name in _SCRIPTS:
        _remove(folder / name)
    _insist_plain(folder, folder)
    for info in sorted(folder.glob("*.dist-info")):
        for name in _NOTES:
            _remove(info / name)
        _correct(info / _RECORD, folder)


def size_of(folder: Path) -> int:
    """Bytes of all files."""
    return sum(entry.stat().st_size for _, entry in _below(folder, "") if entry.is_file())


def seal(folder: Path) -> tuple[str, int]:
    """Give every file its fixed mode and time; sha256 of the content, hexadecimal, and its size in
    bytes. Paths, whether a file may be executed and what it holds are all that counts."""
    told, size = hashlib.sha256(), 0
    for inside, kind, digest, count in _sealed(folder):
        told.update(f"{kind}{inside}\0".encode())
        told.update(digest)
        size += count
    folder.chmod(0o755)
    os.utime(folder, (EPOCH, EPOCH))
    return told.hexdigest(), size


def _sealed(folder: Path) -> Iterator[tuple[str, str, bytes, int]]:
    """Path, kind, sha256 and bytes of everything; the big files are hashed beside the others."""
    with ThreadPoolExecutor(1) as aside:
        found = []
        for inside, entry in _below(folder, ""):
            facts = entry.stat()
            kind = "/" if entry.is_dir() else "x" if facts.st_mode & 0o100 else "-"
            os.chmod(entry.path, 0o644 if kind == "-" else 0o755)  # noqa: PTH101 - thousands
            big = kind != "/" and facts.st_size > _BIG
            hashing = aside.submit(_digest, entry.path) if big else None
            found.append((inside, kind, entry.path, hashing))
        for inside, kind, path, hashing in found:
            digest, count = b"", 0
            if kind != "/":
                digest, count = _digest(path) if hashing is None else hashing.result()
            os.utime(path, (EPOCH, EPOCH))
            yield inside, kind, digest, count


def _below(folder: Path, inside: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything in the folder, with its path there: a folder before what is in it, by names."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        yield f"{inside}{entry.name}", entry
        if entry.is_dir():
            yield from _below(Path(entry.path), f"{inside}{entry.name}/")


def _digest(path: str) -> tuple[bytes, int]:
    digest, size = hashlib.sha256(), 0
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - thousands of them
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return digest.digest(), size


def _insist_plain(folder: Path, root: Path) -> None:
    """And remove byte code on the way."""
    with os.scandir(folder) as entries:
        found = list(entries)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            if entry.name == _BYTE_CODE:
                shutil.rmtree(entry.path)
            else:
                _insist_plain(Path(entry.path), root)
        elif not entry.is_file(follow_symlinks=False):
            raise StageFailed(
                f"a wheel brings {Path(entry.path).relative_to(root)}, which is no file and no "
                "folder",
                remedy="use another version of the package, and tell its makers",
            )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _correct(record: Path, folder: Path) -> None:
    """Rows of what is there, sorted."""
    try:
        rows = list(csv.reader(io.StringIO(record.read_text("utf-8"), newline="")))
    except FileNotFoundError:
        return
    kept = sorted(row for row in rows if row and _is_there(row[0], folder))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(kept)
    record.write_text(text.getvalue(), "utf-8", newline="")


def _is_there(name: str, folder: Path) -> bool:
    inside = os.path.normpath(name)
    return not inside.startswith(("..", os.sep)) and (folder / inside).is_file()
