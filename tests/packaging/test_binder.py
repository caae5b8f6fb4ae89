"""Binder: what its postBuild makes of an environment with nothing in it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from .conftest import REPOSITORY, STAMP, UV, Machine, checkout, run
from .test_wheel import cache


def test_postbuild_installs_what_the_lock_says_and_then_the_project_alone(
    machine: Machine, tmp_path: Path
) -> None:
    clone = checkout(tmp_path / "clone")
    tools = system_tools(tmp_path / "tools")
    asked = tmp_path / "asked"
    (tools / "uv").write_text(TELLING.format(uv=UV, asked=asked))
    (tools / "uv").chmod(0o755)
    path = f"{machine.environment['PATH']}{os.pathsep}{tools}"
    run(clone / "binder" / "postBuild", cwd=clone, env={**machine.environment, "PATH": path})
    locked, project = asked.read_text().split("---\n")[:-1]
    pinned = {line.partition("==")[0] for line in locked.splitlines() if "==" in line}
    assert {"ipykernel", "jupyterlab", "jupyter-server", "scikit-learn"} <= pinned
    assert "playwright" not in pinned
    into = f"pip install --quiet --python {machine.python}"
    assert locked.startswith(f"{into} --requirements ")
    assert project == f"{into} --no-deps .\n"


TELLING = """\
#!/usr/bin/env bash
# A uv that installs nothing: it tells what it was asked to, and the requirements that it was given.
[ "$1" = export ] && exec {uv} "$@"
{{ echo "$*"; [ "$6" != --requirements ] || cat "$7"; echo ---; }} >>{asked}
"""


@pytest.mark.campaign
@pytest.mark.timeout(900)
def test_postbuild_makes_a_jupyterlab_that_deploys_the_demo(
    machine: Machine, tmp_path: Path
) -> None:
    run("make", STAMP)
    clone = checkout(tmp_path / "clone")
    modules = REPOSITORY / "labextension" / "node_modules"
    target = clone / modules.relative_to(REPOSITORY)
    shutil.copytree(modules, target, copy_function=os.link, symlinks=True)
    machine.install("-r", clone / "binder" / "requirements.txt")
    tools = f"{machine.environment['PATH']}{os.pathsep}{system_tools(tmp_path / 'tools')}"
    environment = {**machine.environment, "PATH": tools, "UV_CACHE_DIR": cache()}
    run(clone / "binder" / "postBuild", cwd=clone, env=environment)

    listed = machine.run("jupyter", "labextension", "list")
    assert "@jupyter-modelship/labextension v0.1.0 enabled OK" in plain(listed)
    kernels = json.loads(machine.run("jupyter", "kernelspec", "list", "--json"))
    assert "python3" in kernels["kernelspecs"]
    notebook = clone / "docs" / "examples" / "iris.ipynb"
    modelship = machine.python.with_name("modelship")
    try:
        run(modelship, "deploy", notebook, "--yes", env=environment)
        flower = json.dumps({"row": [5.1, 3.5, 1.4, 0.2]})
        told = run(modelship, "call", "iris", "predict", flower, env=environment)
        assert json.loads(told) == "setosa"
    finally:
        run(modelship, "delete", "iris", "--yes", env=environment)


def system_tools(folder: Path) -> Path:
    """What every system has, and no Node.js: that comes by binder/requirements.txt."""
    folder.mkdir()
    for name in ("cat", "dirname", "mktemp", "rm"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def plain(text: str) -> str:
    """Without colours."""
    return text.replace("\x1b[32m", "").replace("\x1b[0m", "")
