"""A folder that an installer filled, without what differs between machines, users and days.

Source: PyPA specification "Recording installed projects" (RECORD, INSTALLER, direct_url.json).
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
from pathlib import Path

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import EPOCH

_RECORD = "RECORD"
_BYTE_CODE = "__pycache__"
_SCRIPTS = ("bin", ".lock")
"""Beside the packages: scripts with this machine's interpreter in their first line, uv's lock."""
_NOTES = frozenset({"direct_url.json", "REQUESTED", "uv_build.json", "uv_cache.json"})
"""In a distribution's metadata: where it came from on this machine, and at whose wish."""


def normalise(folder: Path) -> None:
    """Remove scripts, byte code and notes of the installer; correct every RECORD.

    Raises StageFailed where the folder holds anything but folders and regular files.
    """
    for name in _SCRIPTS:
        _remove(folder / name)
    for path, names, files in os.walk(folder):
        for name in (*names, *files):
            _insist_plain(Path(path, name), folder)
        if _BYTE_CODE in names:
            names.remove(_BYTE_CODE)
            _remove(Path(path, _BYTE_CODE))
    for info in sorted(folder.glob("*.dist-info")):
        for name in _NOTES:
            _remove(info / name)
        _correct(info / _RECORD, folder)


def size_of(folder: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def seal(folder: Path) -> tuple[str, int]:
    """Give every file its fixed mode and time; sha256 of the content, hexadecimal, and its size in
    bytes. Paths, whether a file may be executed and what it holds are all that counts."""
    told, size = hashlib.sha256(), 0
    for path in sorted(folder.rglob("*")):
        is_folder = path.is_dir()
        runs = is_folder or bool(path.stat().st_mode & 0o100)
        path.chmod(0o755 if runs else 0o644)
        inside = path.relative_to(folder).as_posix()
        told.update(f"{'/' if is_folder else 'x' if runs else '-'}{inside}\0".encode())
        if not is_folder:
            content = path.read_bytes()
            told.update(hashlib.sha256(content).digest())
            size += len(content)
        os.utime(path, (EPOCH, EPOCH))
    folder.chmod(0o755)
    os.utime(folder, (EPOCH, EPOCH))
    return told.hexdigest(), size


def _insist_plain(path: Path, folder: Path) -> None:
    if path.is_symlink() or not (path.is_dir() or path.is_file()):
        raise StageFailed(
            f"a wheel brings {path.relative_to(folder)}, which is no file and no folder",
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
