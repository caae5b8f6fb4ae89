"""What `%deploy` makes of its words and of its surroundings, without a kernel."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_modelship import kernel_side
from jupyter_modelship.kernel_side import DeployFailed, Words, parse
from jupyter_modelship.rehearsal.kernel import REHEARSAL_VARIABLE

WORDS = {
    "": Words(),
    "iris": Words(name="iris"),
    "iris --target local --yes": Words(name="iris", rest=("--target", "local", "--yes")),
    "iris.ipynb": Words(notebook="iris.ipynb"),
    "'my work/iris.ipynb' iris -y": Words(notebook="my work/iris.ipynb", name="iris", rest=("-y",)),
    "iris other.ipynb": Words(notebook="other.ipynb", name="iris"),
    "--yes iris": Words(rest=("--yes", "iris")),
    "status": Words("status"),
    "logs iris -f": Words("logs", rest=("iris", "-f")),
    "rollback iris --to 2": Words("rollback", rest=("iris", "--to", "2")),
    'call iris predict {"row": [5.1, "it\'s"]}': Words(
        "call", rest=("iris", "predict", '{"row": [5.1, "it\'s"]}')
    ),
    'call iris predict {"a": {"b": 1}} --timeout 5': Words(
        "call", rest=("iris", "predict", '{"a": {"b": 1}}', "--timeout", "5")
    ),
    "call iris predict '{\"x\": 1}'": Words("call", rest=("iris", "predict", '{"x": 1}')),
    "call iris predict": Words("call", rest=("iris", "predict")),
    "'; rm -rf /' `id` $(id)": None,
    "$HOME": Words(name="$HOME"),
    "'<img src=x onerror=alert(1)>'": Words(name="<img src=x onerror=alert(1)>"),
    "a b": None,
    "a.ipynb b.ipynb": None,
    "'unclosed": None,
    "call iris predict {not json}": None,
}


@pytest.mark.parametrize("line", WORDS)
def test_words(line: str) -> None:
    if WORDS[line] is None:
        with pytest.raises(DeployFailed):
            parse(line)
    else:
        assert parse(line) == WORDS[line]


def test_the_source_is_python_3_8_and_needs_ipython_alone() -> None:
    source = Path(kernel_side.__file__).read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    roots: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            roots.add((node.module or "").partition(".")[0])
    beyond = roots - {*sys.stdlib_module_names}
    assert beyond == {"IPython", "comm", "ipykernel"}


def test_a_rehearsal_is_known_by_the_same_variable_on_both_sides() -> None:
    assert kernel_side.REHEARSAL_VARIABLE == REHEARSAL_VARIABLE


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No Jupyter around us."""
    for variable in (*os.environ,):
        if variable.startswith(("JPY_", "MODELSHIP_")):
            monkeypatch.delenv(variable)
    return monkeypatch


@pytest.mark.usefixtures("nowhere")
def test_the_notebook_is_found_from_its_surroundings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert kernel_side.notebook_path({}) == ""
    monkeypatch.setenv("JPY_SESSION_NAME", "/books/a.ipynb")
    assert kernel_side.notebook_path({}) == "/books/a.ipynb"
    assert kernel_side.notebook_path({"__vsc_ipynb_file__": "/books/b.ipynb"}) == "/books/b.ipynb"
    papermill = {"PAPERMILL_INPUT_PATH": "in/c.ipynb"}
    assert kernel_side.notebook_path(papermill) == str(tmp_path / "in" / "c.ipynb")
    assert kernel_side.notebook_path({"PAPERMILL_INPUT_PATH": 7}) == "/books/a.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", "/books/console-1-6f9c")
    assert kernel_side.notebook_path({}) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.usefixtures("nowhere")
def test_a_notebook_that_runs_around_this_one_is_not_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`!papermill inner.ipynb out.ipynb` in a cell of outer.ipynb hands on its environment."""
    source = "from jupyter_modelship.kernel_side import notebook_path; print(notebook_path({}))"
    argv = [sys.executable, "-c", source]
    environment = {**os.environ, "JPY_SESSION_NAME": "/books/outer.ipynb"}
    own = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    assert own.stdout.strip() == "/books/outer.ipynb"
    again = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {source!r}], check=True)"
    )
    argv = [sys.executable, "-c", again]
    nested = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    assert nested.stdout.strip() == ""


@pytest.mark.usefixtures("nowhere")
def test_the_command_line_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeployFailed, match="uv tool install jupyter-modelship"):
        kernel_side.command("/no/such/python")
    tool = tmp_path / "jupyter-modelship"
    tool.touch(0o755)
    assert kernel_side.command("") == [str(tool)]
    monkeypatch.setenv("MODELSHIP_PYTHON", sys.executable)
    assert kernel_side.command("")[:2] == [sys.executable, "-c"]
    assert kernel_side.command("/no/such/python")[0] == sys.executable


def test_the_command_line_takes_nothing_from_the_notebooks_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "jupyter_modelship.py").write_text("raise SystemExit(99)")
    (tmp_path / "argparse.py").write_text("raise SystemExit(98)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    lines: list[str] = []
    code = kernel_side.run([*kernel_side.command(sys.executable), "--version"], lines.append)
    assert (code, lines[0].split()[0]) == (0, "jupyter-modelship")


@pytest.mark.parametrize(
    ("code", "said"), [(1, "it failed"), (3, "findings"), (4, "nothing"), (-9, "signal 9")]
)
def test_an_exit_code_becomes_an_exception(code: int, said: str) -> None:
    with pytest.raises(DeployFailed, match=said):
        kernel_side.check(["deploy", "a b.ipynb"], code)


def test_an_interrupted_command_is_an_interrupt() -> None:
    kernel_side.check(["list"], 0)
    with pytest.raises(KeyboardInterrupt):
        kernel_side.check(["logs", "iris", "-f"], 130)


def test_a_cell_is_known_again_in_the_saved_notebook(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [
        {"cell_type": "markdown", "source": "text"},
        {"cell_type": "code", "source": ["%%deploy\n", "def f(): ..."]},
    ]
    path.write_text(json.dumps({"cells": cells}))
    assert kernel_side.holds(str(path), "%%deploy\ndef f(): ...\n")
    assert not kernel_side.holds(str(path), "%%deploy\ndef f(): return 1")
    assert not kernel_side.holds(str(path), "text")
    for broken in ("", "[]", '{"cells": [1]}', '{"cells": [{"cell_type": "code"}]}'):
        path.write_text(broken)
        with pytest.raises(DeployFailed, match="cannot be read"):
            kernel_side.holds(str(path), "x")
