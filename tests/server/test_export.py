"""The preview as a zip by Jupyter's own door: "Save and Export Notebook As" in JupyterLab."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from jupyter_modelship.exporter import PreviewExporter
from jupyter_modelship.server.app import Modelship
from tests.line.conftest import write_book

from .conftest import Ask

CELLS = (('def go(x: int) -> int:\n    """Twice."""\n    return 2 * x', "endpoint"), "go(7)")


async def test_jupyterlab_offers_the_zip(jp_fetch: Ask, extension: Modelship) -> None:
    offered = json.loads((await jp_fetch("api", "nbconvert")).body)
    assert offered["modelship"] == {"output_mimetype": "application/zip"}


async def test_a_notebook_of_the_server_is_exported(
    jp_fetch: Ask, extension: Modelship, jp_root_dir: Path
) -> None:
    write_book(jp_root_dir / "twice.ipynb", *CELLS, options={"name": "double"})
    reply = await jp_fetch("nbconvert", "modelship", "twice.ipynb", params={"download": "true"})
    assert reply.headers["Content-Type"].startswith("application/zip")
    assert "twice.zip" in reply.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
        assert b"return 2 * x" in archive.read("double/service.py")


async def test_what_blocks_is_in_the_page_of_the_error(
    jp_fetch: Ask, extension: Modelship, jp_root_dir: Path
) -> None:
    write_book(
        jp_root_dir / "orphan.ipynb", ("def go(x: int) -> int:\n    return nobody", "endpoint")
    )
    reply = await jp_fetch("nbconvert", "modelship", "orphan.ipynb", raise_error=False)
    assert reply.code == 500
    assert b"nobody" in reply.body


async def test_a_cell_can_export(home: Path, tmp_path: Path) -> None:
    """A kernel runs a loop on the thread of its cells, as this test does."""
    write_book(tmp_path / "twice.ipynb", *CELLS)
    exporter = PreviewExporter()  # type: ignore[no-untyped-call] # traitlets say nothing of it
    zipped, _ = exporter.from_filename(str(tmp_path / "twice.ipynb"))
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert "twice/openapi.json" in archive.namelist()
