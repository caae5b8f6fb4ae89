"""A finding that policy lets people override, overridden in a terminal: shipped, and on record."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from jupyter_modelship.plan.policy import FILE

from .conftest import MODELSHIP, Home

WHY = "no caller sends a zero; see the minutes of = Monday"
ASKS = "def half(x: int) -> int:\n    return x // 2 if x else int(input())"


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """An installation of its own, which has its administrator's policy to itself."""
    made = tmp_path / "prefix"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", made], check=True)
    (packages,) = made.glob("lib/python*/site-packages")
    ours = sysconfig.get_path("purelib")
    packages.joinpath("ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    policy = made / "etc" / "jupyter" / FILE
    policy.parent.mkdir(parents=True)
    policy.write_text(json.dumps({"overridable": ["asks-a-person"]}), encoding="utf-8")
    return made


@pytest.mark.campaign
def test_it_is_shipped_in_spite_of_the_finding_and_audit_says_why(home: Home, prefix: Path) -> None:
    home.book("half", (ASKS, "endpoint"), ("half(3)", "example"))

    kernels = str(Path(sys.prefix, "share", "jupyter"))

    def modelship(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [prefix / "bin" / "python", *MODELSHIP[1:], *words],
            env={**home.environment, "JUPYTER_PATH": kernels},
            cwd=home.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    assert modelship("deploy", "half.ipynb", "--yes").returncode == 3
    told = modelship("deploy", "half.ipynb", "--yes", "--override", f"asks-a-person={WHY}")
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"Overridden: asks-a-person: {WHY}" in told.stdout
    assert home.call("half", "half", x=8) == 4
    assert f"    override  asks-a-person: {WHY}" in modelship("audit", "half").stdout
