"""The runtime's own files, as they go into every bundle."""

from __future__ import annotations

from pathlib import Path

PACKAGE = "modelship_runtime"
FOLDER = Path(__file__).resolve().parent.parent / "runtime"


def read_runtime(folder: Path = FOLDER) -> dict[str, bytes]:
    """Path in the bundle -> content, sorted; byte code is left behind."""
    found = {
        f"{PACKAGE}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and path.name != "py.typed"
    }
    return dict(sorted(found.items()))
