"""nbconvert writes what `preview` writes, as a zip; artifacts once a rehearsal has left them."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.line.conftest import Home

CELLS = (
    ('k = {}\nfor each in range(7):\n    k["of"] = each', "train"),
    ('def go(x: int) -> int:\n    return x * k["of"]', "endpoint"),
    ("go(7)", "example"),
)


def export(home: Home, book: Path) -> subprocess.CompletedProcess[str]:
    words = (sys.executable, "-m", "nbconvert", "--to", "modelship", str(book))
    return subprocess.run(words, env=home.environment, capture_output=True, text=True, check=False)


def exported(home: Home, book: Path) -> bytes:
    done = export(home, book)
    assert done.returncode == 0, done.stderr
    return book.with_suffix(".zip").read_bytes()


def members(zipped: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files(folder: Path) -> dict[str, bytes]:
    """A bundle's files by their names in the zip; what Python compiled is no part of it."""
    return {
        f"six/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_zip_is_the_preview_and_after_a_rehearsal_the_bundle(home: Home) -> None:
    book = home.book("six", *CELLS)
    folder = book.parent / "written"
    home.run("preview", str(book), "--output", str(folder))
    written = files(folder)
    first = exported(home, book)
    assert members(first) == written
    assert exported(home, book) == first, "byte for byte"

    home.run("deploy", str(book), "--yes")
    whole = members(exported(home, book))
    assert [name for name in whole if name.startswith("six/artifacts/")]
    assert whole == files(home.bundle("six"))


def test_what_blocks_is_said_with_its_remedy(home: Home) -> None:
    book = home.book("orphan", ("def go(x: int) -> int:\n    return x * nobody", "endpoint"))
    done = export(home, book)
    assert done.returncode == 1
    assert not book.with_suffix(".zip").exists()
    *_, message, remedy = done.stderr.strip().splitlines()
    assert "nobody" in message
    assert remedy.startswith("  ")
