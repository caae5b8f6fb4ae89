"""Dependencies that lie in a folder of the image instead of an installation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupyter_modelship.runtime as runtime

SERVICE = """
import elsewhere, plain, told
from modelship_runtime import App

app = App("demo")


def which() -> list:
    return [elsewhere.NAME, plain.NAME, told.NAME]


app.serve(which, "GET /which", takes={}, returns=list[str])
"""


def put(folder: Path) -> Path:
    """A module, and two .pth files: one adds a folder, one runs a line."""
    (folder / "more").mkdir(parents=True)
    (folder / "plain.py").write_text("NAME = 'plain'\n")
    (folder / "more" / "elsewhere.py").write_text("NAME = 'by a .pth file'\n")
    (folder / "a-folder.pth").write_text("more\n")
    line = "import sys, types; m = types.ModuleType('told'); m.NAME = 'by a line'; "
    (folder / "b-line.pth").write_text(line + "sys.modules['told'] = m\n")
    return folder


def test_a_service_finds_what_lies_beside_the_runtime(
    make_bundle: Callable[[str], Path], serve: Callable[..., Any]
) -> None:
    bundle = make_bundle(SERVICE)
    put(bundle / "packages")
    served = serve(bundle, "--port", "0").listening()
    assert served.ask("GET", "/which")[1] == ["by a .pth file", "plain", "by a line"]


def path_of(folder: Path) -> list[str]:
    """sys.path after the packages were added, by a copy of the runtime beside them."""
    shutil.copytree(Path(runtime.__file__).parent, folder / "modelship_runtime")
    code = "import modelship_runtime, iniconfig, sys; print(iniconfig.__file__, *sys.path, sep='|')"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip().split("|")


def test_what_the_base_has_installed_for_itself_comes_after(tmp_path: Path) -> None:
    packages = put(tmp_path / "packages")
    (packages / "iniconfig.py").touch()  # the tests' own environment has one too
    used, here, *path = path_of(tmp_path)
    assert used == str(packages / "iniconfig.py")
    assert here == ""
    sites = [at for at, entry in enumerate(path) if entry.endswith("site-packages")]
    assert path.index(str(packages)) + 1 == path.index(str(packages / "more")) < min(sites)
    standard = [at for at, entry in enumerate(path) if entry.endswith("lib-dynload")]
    assert max(standard) < path.index(str(packages))


def test_a_bundle_without_packages_is_left_alone(tmp_path: Path) -> None:
    used, here, *path = path_of(tmp_path)
    plain = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.path, sep='|')"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [here, *path] == plain.stdout.strip().split("|")
    assert "site-packages" in used
