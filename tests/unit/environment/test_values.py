from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_modelship.environment import read_values


def secret_file(tmp_path: Path, content: str, mode: int = 0o600) -> Path:
    path = tmp_path / "values"
    path.write_text(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=plain", "plain"),
        ("A = spaced  # why", "spaced"),
        ("export A=x", "x"),
        ("A=", ""),
        ("A=a#b=c", "a#b=c"),
        ("A='it # is $verbatim\\n'", "it # is $verbatim\\n"),
        ('A="two\\nlines \\"q\\" \\\\ \\$x"  # why', 'two\nlines "q" \\ $x'),
        ("A=first\nA=last", "last"),
    ],
)
def test_lines(tmp_path: Path, line: str, value: str) -> None:
    found = read_values(secret_file(tmp_path, f"# mine\n\n{line}\nOTHER=1\n"), ["A"])
    assert (dict(found.by_name), found.findings) == ({"A": value}, ())


def test_no_value_is_ever_shown(tmp_path: Path) -> None:
    found = read_values(secret_file(tmp_path, "A=hunter2\nB 'hunter2\n"), ["A", "C"])
    assert "hunter2" not in repr(found)
    assert {f.code for f in found.findings} == {"values-line", "values-missing"}
    assert "line 2" in found.findings[0].message


@pytest.mark.parametrize("line", ["A", "1A=x", "A='open", 'A="open', "A=a\0b"])
def test_a_line_that_cannot_be_read_blocks(tmp_path: Path, line: str) -> None:
    codes = [f.code for f in read_values(secret_file(tmp_path, line + "\nB=1"), ["B"]).findings]
    assert codes == ["values-line"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, "A=1", mode)
    found = read_values(path, ["A"])
    assert found.by_name == {}
    assert [(f.code, f.severity) for f in found.findings] == [("values-open", "block")]
    assert found.findings[0].remedy == f"run `chmod 600 {path}`"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert [f.code for f in read_values(tmp_path, ["A"]).findings] == ["values-open"]


def test_a_missing_file_names_itself_and_the_command(tmp_path: Path) -> None:
    (found,) = read_values(tmp_path / "none", ["A"]).findings
    assert found.code == "values-missing"
    assert f"cat >> {tmp_path / 'none'}" in found.remedy


def test_nothing_declared_reads_nothing(tmp_path: Path) -> None:
    assert read_values(tmp_path / "none", []).findings == ()
