"""Points at which a test may strike, and nobody else."""

from __future__ import annotations

import ast
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import jupyter_modelship
from jupyter_modelship import failpoints
from jupyter_modelship.failpoints import failpoint

PACKAGE = Path(jupyter_modelship.__file__).parent


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failpoints, "_passes", {})
    monkeypatch.delenv(failpoints.VARIABLE, raising=False)
    monkeypatch.delenv(failpoints.STRUCK_VARIABLE, raising=False)


def test_without_a_word_nothing_happens() -> None:
    failpoint("a.b")
    assert failpoints._passes == {}


def test_only_the_named_point_strikes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(failpoints.VARIABLE, "a.b=raise")
    failpoint("a")
    failpoint("a.bc")
    with pytest.raises(OSError, match=r"failpoint a\.b"):
        failpoint("a.b")
    failpoint("a.b")


def test_it_strikes_at_the_pass_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(failpoints.VARIABLE, "a=raise@3")
    failpoint("a")
    failpoint("a")
    with pytest.raises(OSError, match="failpoint a"):
        failpoint("a")


def test_several_points_may_strike_and_tell_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setenv(failpoints.STRUCK_VARIABLE, str(tmp_path / "struck"))
    monkeypatch.setenv(failpoints.VARIABLE, "a=sleep:0.5@2;b=raise")
    for name in ("a", "a", "a", "c"):
        failpoint(name)
    with pytest.raises(OSError, match="failpoint b"):
        failpoint("b")
    assert slept == [0.5]
    assert (tmp_path / "struck").read_text() == "a\nb\n"


def test_a_kill_ends_the_process_at_once(tmp_path: Path) -> None:
    source = (
        "from jupyter_modelship.failpoints import failpoint\n"
        "try:\n    failpoint('a')\nfinally:\n    print('survived')"
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        env={failpoints.VARIABLE: "a=kill", failpoints.STRUCK_VARIABLE: str(tmp_path / "struck")},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")
    assert (tmp_path / "struck").read_text() == "a\n"


def test_every_point_is_named_by_a_literal_and_no_name_twice() -> None:
    names: list[str] = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "failpoint":
                (name,) = node.args
                names.append(str(ast.literal_eval(name)))
    assert len(names) > 20
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z]+(\.[a-z-]+)+", name) for name in names)
