"""The wheel carries the built JupyterLab extension: who installs it needs no Node.js."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from .conftest import REPOSITORY, UV, Machine, run

pytestmark = pytest.mark.timeout(900)  # builds and installs all of it
INSTALLED = "share/jupyter/labextensions/@jupyter-modelship/labextension"


def data_of(wheel: Path) -> dict[str, bytes]:
    """What the wheel puts below the environment's prefix."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".data/data/" in name]
        return {name.partition(".data/data/")[2]: archive.read(name) for name in names}


def test_the_wheel_holds_the_extension_and_what_belongs_to_it(
    wheel: Path,
) -> None:
    data = data_of(wheel)
    package = json.loads(data[f"{INSTALLED}/package.json"])
    entry = package["jupyterlab"]["_build"]["load"]
    assert f"{INSTALLED}/{entry}" in data
    assert json.loads(data[f"{INSTALLED}/install.json"])["packageManager"] == "python"
    assert "etc/jupyter/jupyter_server_config.d/jupyter_modelship.json" in data
    starters = [path.name for path in (REPOSITORY / "templates").glob("*.ipynb")]
    for name in starters:
        assert f"share/jupyter/modelship/templates/{name}" in data
    schemas = [path.name for path in (REPOSITORY / "labextension" / "schema").iterdir()]
    for name in schemas:
        assert f"{INSTALLED}/schemas/@jupyter-modelship/labextension/{name}" in data
    assert not [name for name in data if name.endswith(".map")], "a development build"


def test_it_installs_and_is_enabled_where_there_is_no_nodejs(wheel: Path, machine: Machine) -> None:
    machine.install(wheel, "jupyterlab>=4.6,<4.7")
    listed = machine.run("jupyter", "labextension", "list")
    (line,) = [one for one in listed.splitlines() if "@jupyter-modelship/labextension" in one]
    assert "enabled" in line
    assert "OK" in line
    listed = machine.run("jupyter", "server", "extension", "list")
    line = next(one for one in listed.splitlines() if "jupyter_modelship" in one)
    assert "enabled" in line
    assert "jupyter_modelship" in machine.run(
        "python", "-c", "import jupyter_modelship; print(jupyter_modelship.__file__)"
    )
    (folder,) = json.loads(
        machine.run(
            "python",
            "-c",
            "import json; from jupyter_modelship.desk.starters import folders;"
            "print(json.dumps([str(f) for f in folders() if f.is_dir()]))",
        )
    )
    assert (Path(folder) / "model.ipynb").is_file()


def cache() -> str:
    """What is downloaded already need not be downloaded again."""
    return run(UV, "cache", "dir").strip()
