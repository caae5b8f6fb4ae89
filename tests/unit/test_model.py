"""The types that travel: they cannot be changed on the way."""

from __future__ import annotations

import dataclasses
import inspect
import pickle

import pytest

from jupyter_modelship import model
from jupyter_modelship.model import Cell, Finding, Notebook

TYPES = [kind for _, kind in inspect.getmembers(model, dataclasses.is_dataclass)]
CELL = Cell("c1", 1, "code", "\n  \n  x = 1\ny = 2")


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_a_type_is_frozen_and_slotted(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]  # dataclasses keep it there
    assert "__slots__" in vars(kind)


def test_a_cell_is_known_by_its_first_line() -> None:
    assert CELL.first_line == "x = 1"
    assert dataclasses.replace(CELL, source=" \n").first_line == ""


def test_a_notebook_finds_its_cells_by_id() -> None:
    notebook = Notebook((CELL,), "digest")
    assert notebook.cell("c1") is CELL
    with pytest.raises(KeyError, match="c2"):
        notebook.cell("c2")


def test_values_can_be_compared_counted_and_sent() -> None:
    finding = Finding("a", "note", "message", "remedy", "c1", 1, 2)
    assert {finding, dataclasses.replace(finding)} == {finding}
    assert pickle.loads(pickle.dumps(finding)) == finding
