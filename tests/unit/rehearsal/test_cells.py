"""Which cells run in which order, and what the keys are made of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_modelship.model import Computed, Notebook, Slice, Statement
from jupyter_modelship.rehearsal import cells
from jupyter_modelship.rehearsal.cells import Step

from .conftest import PREDICT_AGAIN, cell, iris_notebook, iris_slice


def told(steps: tuple[Step, ...]) -> list[object]:
    """Steps as numbers of cells and calls of stages."""
    return [step.cell.number if step.cell else (step.stage, *step.names) for step in steps]


def test_everything_runs_in_order_and_the_examples_after_the_harvest() -> None:
    notebook = iris_notebook()
    steps = cells.full(notebook, iris_slice(notebook))
    assert told(steps) == [1, 4, ("harvest",), 2, 5, ("example", "cell-6"), 6, ("finish",)]
    assert [step.cell.number for step in steps if step.parameters and step.cell] == [1]


def test_without_examples_only_what_computes_runs() -> None:
    notebook = iris_notebook()
    piece = replace(iris_slice(notebook), examples=(), example_names=())
    assert told(cells.full(notebook, piece)) == [1, 4, ("harvest",)]


def test_examples_alone_start_from_stored_values_and_shipped_statements() -> None:
    notebook = iris_notebook()
    steps = cells.examples_only(notebook, iris_slice(notebook))
    assert told(steps) == [
        2,
        ("restore", "model"),
        5,
        ("restore", "X"),
        ("example", "cell-6"),
        6,
        ("finish",),
    ]


def test_an_example_cell_that_also_computes_runs_once_before_the_harvest() -> None:
    notebook = iris_notebook()
    piece = iris_slice(notebook)
    piece = replace(piece, rehearsal=(*piece.rehearsal, "cell-5", "cell-6"))
    steps = told(cells.full(notebook, piece))
    assert steps == [1, 4, 5, ("example", "cell-6"), 6, ("finish",), ("harvest",), 2]


def test_between_two_examples_the_next_one_ends_the_first() -> None:
    notebook = iris_notebook()
    more = Notebook((*notebook.cells, cell(7, "predict([0, 0, 0, 0])")), notebook.digest)
    piece = replace(iris_slice(notebook), examples=("cell-6", "cell-7"))
    assert told(cells.full(more, piece))[5:] == [
        ("example", "cell-6"),
        6,
        ("example", "cell-7"),
        7,
        ("finish",),
    ]


def needing(
    data: str, *, statements: tuple[Statement, ...], **more: object
) -> tuple[Notebook, Slice]:
    """A notebook whose example needs a cell of data beyond the rehearsal."""
    notebook = Notebook(
        (
            cell(1, "def clean(v):\n    return v"),
            cell(2, data),
            cell(3, "weights = [1]"),
            cell(4, "def predict(v):\n    return weights", "endpoint"),
            cell(5, "predict(rows)", "example"),
        ),
        "0",
    )
    piece = Slice(
        endpoints=(),
        statements=statements,
        computed=(Computed("weights", ("cell-3",), len(statements)),),
        rehearsal=("cell-3",),
        examples=("cell-5",),
        example_needs=("cell-1", "cell-2", "cell-4"),
        example_names=("rows",),
        parameters=(),
        modules=(),
        installs=(),
        verdicts=(),
    )
    return notebook, piece


CLEAN = Statement("cell-1", 1, "def clean(v):\n    return v", "definition", ("clean",))
PREDICT = Statement("cell-4", 1, "def predict(v):\n    return weights", "definition", ("predict",))


def test_example_data_is_made_before_the_harvest_with_the_code_it_calls() -> None:
    notebook, piece = needing("rows = clean([1])", statements=(CLEAN, PREDICT))
    assert told(cells.full(notebook, piece)) == [
        1, 2, 3, ("harvest",), 4, ("example", "cell-5"), 5, ("finish",),
    ]  # fmt: skip
    assert cells.keyed(notebook, piece) == (
        ("cell-2", "rows = clean([1])"),
        ("cell-3", "weights = [1]"),
        ("", CLEAN.text),
    )


def test_code_behind_the_code_that_the_example_data_calls_is_in_the_key_too() -> None:
    clean = replace(CLEAN, text="def clean(v):\n    return predict(v)")
    notebook, piece = needing("rows = clean([1])", statements=(clean, PREDICT))
    assert cells.keyed(notebook, piece)[2:] == (("", clean.text), ("", PREDICT.text))


def test_code_that_the_example_data_does_not_call_is_in_no_key() -> None:
    notebook, piece = needing("rows = [1]", statements=(CLEAN, PREDICT))
    assert [name for name, _ in cells.keyed(notebook, piece)] == ["cell-2", "cell-3"]


def test_data_in_the_cell_of_an_endpoint_is_data() -> None:
    notebook, piece = needing("rows = raw", statements=(CLEAN, PREDICT))
    source = "def predict(v):\n    return weights\nraw = [1]"
    changed = list(notebook.cells)
    changed[1], changed[3] = cell(2, "rows = raw"), replace(notebook.cells[3], source=source)
    below = replace(piece, example_needs=("cell-4", "cell-2"))
    assert cells.data_needs(Notebook(tuple(changed), "0"), below) == ("cell-4", "cell-2")


def test_statements_keep_the_lines_that_they_have_in_their_cell() -> None:
    notebook, piece = needing("rows = [1]", statements=())
    statements = (
        Statement("cell-1", 3, "# why\na = 1\n", "constant", ("a",)),
        Statement("cell-1", 9, "b = 2", "constant", ("b",)),
    )
    steps = cells.examples_only(notebook, replace(piece, statements=statements, examples=()))
    assert steps[1].source == "\n\n# why\na = 1\n\n\n\n\nb = 2"


def test_artifacts_are_loaded_between_the_statements_of_one_cell() -> None:
    notebook, piece = needing("rows = [1]", statements=())
    statements = (
        Statement("cell-1", 1, "a = 1", "constant", ("a",)),
        Statement("cell-1", 2, "b = 2", "constant", ("b",)),
    )
    computed = (Computed("weights", ("cell-3",), 1),)
    piece = replace(piece, statements=statements, computed=computed, examples=())
    assert told(cells.examples_only(notebook, piece)) == [
        1, ("restore", "weights"), 1, ("restore", "rows"),
    ]  # fmt: skip


MARKS = [
    (cell(1, "A = 1", "parameters"), True),
    (cell(1, "# modelship: parameters\nA = 1"), True),
    (cell(1, "#modelship:parameters"), True),
    (cell(1, "# parameters\nA = 1"), False),
    (cell(1, "A = 1", "parameters-of-mine"), False),
]


@pytest.mark.parametrize(("marked", "is_so"), MARKS)
def test_the_parameters_cell_is_known_by_tag_or_mark(marked: object, is_so: bool) -> None:
    assert cells.is_parameters(marked) is is_so  # type: ignore[arg-type]  # a table of two types


def test_values_of_parameters_go_behind_the_last_piece_of_their_cell() -> None:
    notebook, piece = needing("rows = [1]", statements=())
    first = replace(notebook.cells[0], tags=("parameters",))
    statements = (
        Statement("cell-1", 1, "a = 1", "constant", ("a",)),
        Statement("cell-1", 2, "b = 2", "constant", ("b",)),
    )
    computed = (Computed("weights", ("cell-3",), 1),)
    piece = replace(piece, statements=statements, computed=computed, examples=())
    steps = cells.examples_only(Notebook((first, *notebook.cells[1:]), "0"), piece)
    assert [step.parameters for step in steps] == [False, False, True, False]


def test_a_change_of_an_endpoints_code_is_not_in_the_key_of_the_artifacts() -> None:
    before, after = iris_notebook(), iris_notebook(predict=PREDICT_AGAIN)
    assert cells.keyed(before, iris_slice(before)) == cells.keyed(after, iris_slice(after))
