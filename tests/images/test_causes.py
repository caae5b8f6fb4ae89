"""Failures are recognised by what the tools really write: recorded, or quoted from a thread.

Each file of `causes/` is one output. Its name begins with the code of the cause; its first line
says where it is from.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jupyter_modelship.engines.cause_table import CAUSES
from jupyter_modelship.engines.causes import explain, explain_raised, failed
from jupyter_modelship.engines.raised_table import RAISED

OUTPUTS = sorted((Path(__file__).parent / "causes").glob("*.txt"))
TRACEBACKS = sorted((Path(__file__).parent / "raised").glob("*.txt"))
SAID_BY_US = {"crash"}
"""How the end of a process is told is ours: see tests/line/test_causes.py."""
ORIGIN = re.compile(r"# (recorded: \S.+ \d[\w.]*|quoted: https://github\.com/\S+/\d+)")


def _read(path: Path) -> tuple[str, str]:
    origin, _, output = path.read_text(encoding="utf-8").partition("\n")
    return origin, output


@pytest.mark.parametrize("path", OUTPUTS, ids=lambda path: path.stem)
def test_an_output_is_told_as_its_cause_with_the_line_that_shows_it(path: Path) -> None:
    origin, output = _read(path)
    assert ORIGIN.fullmatch(origin)
    told = explain(output)
    assert told is not None
    assert told.code == path.name.partition(".")[0]
    assert told.evidence
    assert told.evidence in output


def test_every_cause_is_tried_with_an_output_and_says_what_to_do() -> None:
    tried = {path.name.partition(".")[0] for path in OUTPUTS}
    assert tried | SAID_BY_US == {row.code for row in CAUSES}
    assert len({row.code for row in CAUSES}) == len(CAUSES) >= 25
    assert all(row.cause and row.remedy for row in CAUSES)


@pytest.mark.parametrize("path", TRACEBACKS, ids=lambda path: path.stem)
def test_a_traceback_is_told_by_the_exception_at_its_end(path: Path) -> None:
    origin, traceback = _read(path)
    assert ORIGIN.fullmatch(origin)
    told = explain_raised(traceback)
    assert told is not None
    assert told.code == path.name.partition(".")[0]
    assert told.evidence in traceback.splitlines()[-1]


def test_every_cause_of_an_exception_is_tried_with_one() -> None:
    own = {row.code for row in RAISED if row not in CAUSES}
    assert own <= {path.name.partition(".")[0] for path in TRACEBACKS}
    assert all(row.cause and row.remedy for row in RAISED)


def test_words_above_the_exception_are_nobodys_cause() -> None:
    told = """Traceback (most recent call last):
  File "cell.py", line 1, in <module>
    raise KeyError("petal")  # no space left on device: unauthorized: connection refused
KeyError: 'petal'
"""
    assert explain_raised(told) is None
    assert explain_raised("No module named x; connection refused") is None


@pytest.mark.parametrize(
    "output",
    [
        "",
        "STEP 3: COPY packages /service/packages\nGetting image source signatures",
        "Copied 137 files\nWriting manifest to image destination\nnumpy-1.429.whl 500 kB 401 files",
        "a test about certificates, disks and quotas that says nothing of a failure",
    ],
)
def test_what_tells_no_failure_is_given_no_cause(output: str) -> None:
    assert explain(output) is None


def test_credentials_and_escapes_do_not_reach_the_evidence() -> None:
    told = explain("\x1b[31merror: \x1b[0mhttps://ada:hush@index.example/: connection refused")
    assert told is not None
    assert told.evidence == "error: https://index.example/: connection refused"


def test_a_very_long_line_is_cut_around_what_was_recognised() -> None:
    told = explain("x" * 5000 + " no space left on device " + "y" * 5000)
    assert told is not None
    assert "no space left on device" in told.evidence
    assert len(told.evidence) <= 400


def test_the_error_of_a_failed_tool_says_what_why_and_what_to_do() -> None:
    known = failed("buildah commit", "time=1\nwrite /x: no space left on device\n")
    assert known.message == "buildah commit: the disk is full"
    assert "modelship prune" in known.remedy
    assert known.detail.splitlines()[0] == "write /x: no space left on device"
    other = failed("buildah commit", "something new")
    assert (other.message, other.detail) == ("buildah commit", "something new")
    assert other.remedy
