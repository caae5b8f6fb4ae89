"""`%deploy` where no front end takes it: it prints what the command line prints, and waits."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import nbclient
import pytest
from nbclient.exceptions import CellExecutionError
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

from .conftest import Home

pytestmark = pytest.mark.xdist_group("magic")

LOAD = "%load_ext jupyter_modelship"
DOUBLE = "def double(x: int) -> int:\n    return 2 * x"
CALL = "double(2)"


@pytest.fixture
def environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernels of a test inherit: the home, and no Jupyter around."""
    for name in ("JPY_SESSION_NAME", "JPY_PARENT_PID", "MODELSHIP_PYTHON", "MODELSHIP_SERVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MODELSHIP_HOME", home.environment["MODELSHIP_HOME"])


def printed(book: Any) -> str:
    return "".join(
        output["text"]
        for cell in book.cells
        for output in cell.get("outputs", ())
        if output["output_type"] == "stream"
    )


def run(path: Path) -> str:
    """Run a notebook as `jupyter execute` does; what it printed."""
    nbformat: Any = import_module("nbformat")  # untyped
    book = nbformat.from_dict(json.loads(path.read_text("utf-8")))
    resources = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(book, timeout=240, resources=resources).execute()
    return printed(book)


@pytest.mark.usefixtures("environment")
def test_a_notebook_ships_itself_as_it_runs(home: Home) -> None:
    path = home.book("alone", LOAD, f"%%deploy alone.ipynb single --yes\n{DOUBLE}", CALL)
    told = run(path)
    assert "alone.ipynb → local, plan " in told
    assert "✓ prove" in told
    assert "single is live:  POST http://127.0.0.1:" in told
    assert "\x1b" not in told
    assert home.call("single", "double", x=21) == 42
    again = run(path)
    assert "single is live already, unchanged: revision 1" in again
    assert "def double" in (home.bundle("single") / "service.py").read_text()
    assert "deploy" not in (home.bundle("single") / "service.py").read_text()


@pytest.mark.usefixtures("environment")
def test_papermill_waits_for_it_and_knows_the_notebook(home: Home, tmp_path: Path) -> None:
    path = home.book(
        "milled", LOAD, ("n = 2", "parameters"), (DOUBLE, "endpoint"), CALL, "%deploy --yes"
    )
    given = {"n": 3, "PAPERMILL_INPUT_PATH": str(path)}  # as its --inject-input-path does
    done = execute_notebook(path, tmp_path / "out.ipynb", given, progress_bar=False)
    assert "milled is live:  POST http://127.0.0.1:" in printed(done)
    assert home.call("milled", "double", x=4) == 8


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%deploy {path}", "the command is not complete or not right (exit code 2)"),
        ("%deploy {path} --yes --endpoint none", "findings stand in the way (exit code 3)"),
        ("%deploy status nobody", "there is nothing of that name (exit code 4)"),
        ("%deploy", "nothing here tells which notebook this is"),
        ("%deploy none.ipynb", "there is no notebook "),
        ("%%deploy {path} --yes\ndef other(): ...", "does not hold this cell"),
    ],
)
def test_papermill_notices_what_went_wrong(
    home: Home, tmp_path: Path, line: str, says: str
) -> None:
    path = home.book("wrong", LOAD, (DOUBLE, "endpoint"), "text")
    runs = tmp_path / "runs.ipynb"
    book = json.loads(path.read_text())
    book["cells"][2]["source"] = line.format(path=path)
    runs.write_text(json.dumps(book))
    with pytest.raises(PapermillExecutionError) as caught:
        execute_notebook(runs, tmp_path / "out.ipynb", cwd=tmp_path, progress_bar=False)
    assert caught.value.ename == "DeployFailed"
    assert says in caught.value.evalue


@pytest.mark.usefixtures("environment")
def test_a_cell_that_fails_is_not_deployed(home: Home) -> None:
    path = home.book("failing", LOAD, f"%%deploy failing.ipynb --yes\n{DOUBLE}\n1 / 0")
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        run(path)
    assert "failing" not in [seen["service"] for seen in home.run("list", "--json").document]


def test_plain_ipython_has_it_too(home: Home) -> None:
    home.book("plain", (DOUBLE, "endpoint"), CALL)
    script = home.folder / "script.ipy"
    lines = [
        LOAD,
        "%deploy plain.ipynb --yes",
        '%deploy call plain double {"x": 5}',
        "%deploy delete plain --yes",
        "%deploy status plain",
        "print('never')",
    ]
    script.write_text("\n".join(lines))
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", script],
        cwd=home.folder,
        env={**home.environment, "IPYTHONDIR": str(home.folder / "ipython")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 1
    assert "plain is live:  POST http://127.0.0.1:" in done.stdout
    assert "\n10\n" in done.stdout
    assert "plain is deleted." in done.stdout
    assert "DeployFailed: modelship status plain: there is nothing" in done.stdout + done.stderr
    assert "never" not in done.stdout
