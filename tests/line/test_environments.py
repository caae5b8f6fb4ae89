"""Whose versions ship: the kernel's, wherever it lives, or those of a lock beside the notebook."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.environment.uv import find_uv
from tests.line.conftest import Home

PACKAGE = "packaging"
OURS = "24.1"
"""A version that no other environment here has."""
CELLS = (
    "from packaging import version",
    (
        """\
import sys
from importlib.metadata import version as installed

def newer(a: str, b: str) -> bool:
    return version.Version(a) > version.Version(b)

def where() -> list[str]:
    return [installed("packaging"), sys.prefix]""",
        "endpoint",
    ),
    "newer('1.10', '1.9')",
)


def uv(*words: str | Path) -> None:
    subprocess.run([find_uv(), *words], check=True, capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment that has ipykernel and one small package, and not ours."""
    folder = tmp_path_factory.mktemp("project")
    python = folder / ".venv" / "bin" / "python"
    uv("venv", "--quiet", "--python", sys.executable, folder / ".venv")
    uv("pip", "install", "--quiet", "--python", python, "ipykernel", f"{PACKAGE}=={OURS}")
    kernel = folder / "jupyter" / "kernels" / "other"
    kernel.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Other", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    return folder


@pytest.fixture(scope="module")
def other(home: Home, project: Path) -> Home:
    """A home where the kernel `other` is found."""
    path = str(project / "jupyter")
    return replace(home, environment={**home.environment, "JUPYTER_PATH": path})


def packages(home: Home, service: str) -> dict[str, str]:
    text = (home.bundle(service) / "requirements.lock").read_text()
    pins = [line.split()[0] for line in text.splitlines() if "==" in line]
    return {pin.split("==")[0]: pin.split("==")[1] for pin in pins}


def lock(folder: Path, version: str) -> None:
    """A uv.lock of a project that wants that version."""
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.10"\n'
        f'dependencies = ["{PACKAGE}=={version}"]\n'
    )
    uv("lock", "--quiet", "--python", sys.executable, "--project", folder)


def test_a_kernel_in_another_environment_needs_nothing_of_ours(other: Home, project: Path) -> None:
    other.book("apart", *CELLS, kernel="other")
    told = other.run("deploy", "apart.ipynb", "--yes")
    assert "packages, from kernel" in told.out
    assert other.call("apart", "newer", a="1.10", b="1.9") is True
    version, prefix = other.call("apart", "where")
    assert (version, Path(prefix).is_relative_to(other.folder / "home")) == (OURS, True)
    found = packages(other, "apart")
    assert found.keys() - {PACKAGE} == {
        "click",
        "granian",
        "msgspec",
        "prometheus-client",
        "uvloop",
    }
    assert found[PACKAGE] == OURS
    inside = {path.name for path in (project / ".venv").rglob("*modelship*")}
    assert inside == set(), "the kernel's environment is as it was"


def test_requirements_beside_the_notebook_rule(other: Home) -> None:
    (other.folder / "requirements").mkdir()
    path = other.book("requirements/needs", *CELLS, kernel="other")
    requirements = path.with_name("requirements.txt")
    requirements.write_text(f"{PACKAGE}=={OURS}\nsix==1.16.0\n")
    told = other.run("deploy", str(path), "--yes")
    assert "packages, from requirements.txt" in told.out
    assert packages(other, "needs").items() >= {PACKAGE: OURS}.items()
    assert "six" not in packages(other, "needs"), "only what the slice needs"
    requirements.write_text(f"{PACKAGE}==24.2\n")
    told = other.run("deploy", str(path), "--yes", good=False)
    assert told.code == 3
    assert f"requirements.txt says {PACKAGE} 24.2, the kernel has {OURS}" in told.err
    assert "uv pip install --python" in told.err, "its environment has no pip"


@pytest.mark.parametrize("version", [OURS, "24.2"])
def test_a_uv_lock_beside_the_notebook_rules(other: Home, version: str) -> None:
    path = other.book(f"locked-{version}/locked", *CELLS, kernel="other")
    lock(path.parent, version)
    if version == OURS:
        assert "packages, from uv.lock" in other.run("deploy", str(path), "--yes").out
        assert packages(other, "locked")[PACKAGE] == OURS
    else:
        told = other.run("deploy", str(path), "--yes", good=False)
        assert (told.code, "uv.lock says packaging 24.2" in told.err) == (3, True)


def test_a_uv_lock_above_rules_where_the_kernel_is_of_its_project(
    other: Home, project: Path
) -> None:
    def told(path: Path) -> Any:
        return other.run("preview", str(path), good=False)

    inside = project / "notebooks"
    inside.mkdir()
    lock(project, "24.2")
    beside = other.book("project/notebooks/above", *CELLS, kernel="other")
    above = inside / "above.ipynb"
    above.write_bytes(beside.read_bytes())
    ruled = told(above)
    assert (ruled.code, "uv.lock says packaging 24.2" in ruled.err) == (3, True)

    lock(other.folder / "project", "24.2")
    passed = told(beside)
    assert passed.code == 0
    assert (
        f"· {other.folder / 'project' / 'uv.lock'} does not rule: kernel `other` runs "
        f"{project / '.venv' / 'bin' / 'python'}, which is not in that project  lock-passed-over"
    ) in passed.err
