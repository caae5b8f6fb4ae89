"""What is injected runs anywhere; what comes back from it becomes artifacts and examples."""

from __future__ import annotations

import ast
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.rehearsal import artifacts, examples, inject

from .conftest import facts_of, iris_notebook, iris_slice


@pytest.mark.parametrize("name", inject.sources())
def test_the_injected_source_is_python_3_8_and_its_standard_library(name: str) -> None:
    tree = ast.parse(inject.sources()[name], feature_version=(3, 8))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots = {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots = {(node.module or "").partition(".")[0]} if not node.level else set()
        else:
            continue
        assert roots <= {*sys.stdlib_module_names, "__future__"}


def test_the_injected_cells_bind_nothing_in_the_notebook() -> None:
    settings = inject.Settings("/f", "/r", "/c", ("/x",), ("predict",), ("A",), (("a", "a"),), ())
    for source in (inject.boot(settings), inject.stage("restore", [["a", "/f/a.json", "json"]])):
        (statement,) = ast.parse(source).body
        assert isinstance(statement, ast.Expr)
        named = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        assert all(isinstance(node.ctx, ast.Load) for node in named)


def test_every_injected_module_is_sent_in_an_order_that_can_be_imported() -> None:
    folder = Path(inject.__file__).parent / "injected"
    assert {path.stem for path in folder.glob("*.py")} == {*inject.sources(), "__init__"}
    known: set[str] = set()
    for name, source in inject.sources().items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.module in known
        known.add(name)


def test_file_names_can_be_told_apart_on_every_file_system() -> None:
    stems = dict(artifacts.stems(["model", "Model", "größe", "δ"]))
    assert stems["model"] == "model"
    assert stems["Model"].startswith("Model-")
    assert stems["größe"].startswith("gre-")
    assert all(stem.isascii() for stem in stems.values())
    assert len({stem.casefold() for stem in stems.values()}) == 4


def report(**more: object) -> dict[str, object]:
    item = {"name": "model", "file": "model.json", "format": "json", "modules": [], "own": []}
    return {"artifacts": [{**item, **more}], "problems": []}


def test_modules_of_the_standard_library_are_not_told(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("[1]")
    notebook = iris_notebook()
    (artifact,) = artifacts.collect(
        report(modules=["collections", "numpy"]),
        tmp_path,
        notebook,
        iris_slice(notebook),
        facts_of(),
    )
    assert (artifact.modules, artifact.size) == (("numpy",), 3)


def test_a_name_that_ships_may_be_referred_to_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("[1]")
    notebook = iris_notebook(aside="class Odd:\n    pass")
    piece = iris_slice(notebook)
    assert artifacts.collect(report(own=["NAMES"]), tmp_path, notebook, piece, facts_of())
    with pytest.raises(StageFailed) as caught:
        artifacts.collect(report(own=["Odd"]), tmp_path, notebook, piece, facts_of())
    assert caught.value.message == (
        "`model` from cell 4 (`from sklearn.datasets import load_iris`) needs `Odd`, "
        "defined in cell 3 (`class Odd:`), which does not ship"
    )
    assert caught.value.cell == "cell-3"


CALL = {
    "function": "predict",
    "cell": "cell-6",
    "takes": {"row": {"kind": "int"}},
    "arguments": {"row": 1},
    "returns": {"kind": "str"},
    "result": "x",
    "seconds": 0.5,
}


def test_calls_become_examples_and_what_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    assert examples.recorded(path) == []
    odd = {**CALL, "takes": {"row": {"kind": "null"}}, "left_out": "too odd"}
    del odd["result"]
    path.write_text("".join(json.dumps(call) + "\n" for call in (CALL, CALL, odd, odd)))
    calls = examples.recorded(path)
    assert [(e.arguments, e.compare) for e in examples.examples(calls, "exact")] == [
        ({"row": 1}, "exact"),
        ({"row": 1}, "exact"),
    ]
    kinds = [{"kind": "int"}, {"kind": "null"}]
    assert examples.seen(calls) == {
        "predict": {"takes": {"row": kinds}, "returns": [{"kind": "str"}]}
    }
    assert examples.notes(calls, iris_notebook()) == (
        "a call of predict in cell 6 (`sample = [float(v) for v in X[0]]`) is no example: too odd",
    )


def test_an_artifact_that_was_never_bound_names_the_last_cell(tmp_path: Path) -> None:
    notebook = iris_notebook()
    piece = iris_slice(notebook)
    (computed,) = piece.computed
    piece = replace(piece, computed=(replace(computed, cells=("cell-1", "cell-4")),))
    missing = {"artifacts": [], "problems": [{"name": "model", "reason": "", "type": ""}]}
    with pytest.raises(StageFailed, match=r"cell 4 \(.*\) ran, but bound no `model`"):
        artifacts.collect(missing, tmp_path, notebook, piece, facts_of())
