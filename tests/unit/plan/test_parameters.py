"""What a parameter is in the rehearsal it is in the service."""

from __future__ import annotations

import json

import pytest

from jupyter_modelship.model import Slice, Statement
from jupyter_modelship.notebook import extract, read
from jupyter_modelship.plan.parameters import overridden

NOTHING = (
    *("endpoints", "computed", "rehearsal", "examples", "example_needs", "example_names"),
    *("modules", "installs", "verdicts"),
)
CELLS = {
    "parameters": "# chosen by hand\nlimit = 3\nname = 'a'",
    "": "table = {}\ntable['x'] = 1",
    "endpoint": "def f(x: int) -> int:\n    return x + limit + table['x']",
}


@pytest.fixture
def piece() -> Slice:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "execution_count": number,
            "metadata": {"tags": [tag] if tag else []},
            "outputs": [],
            "source": source,
        }
        for number, (tag, source) in enumerate(CELLS.items(), 1)
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    notebook = read(json.dumps(book).encode()).notebook
    assert notebook is not None
    found = extract(notebook).slice
    assert found is not None
    return found


def test_an_overridden_parameter_is_assigned_again_behind_its_cell(piece: Slice) -> None:
    changed = overridden(piece, {"limit": 10, "name": "b"})
    texts = [statement.text for statement in changed.statements]
    at = texts.index("limit = 10")
    assert "limit = 3" in texts[at - 1]
    assert changed.statements[at].cell == changed.statements[at - 1].cell == "cell-1"
    assert not any("name" in text for text in texts), "nothing needs it, so it does not ship"


def test_artifacts_are_loaded_where_they_were(piece: Slice) -> None:
    changed = overridden(piece, {"limit": 10})
    (before,), (after,) = piece.computed, changed.computed
    assert piece.statements[before.after :] == changed.statements[after.after :]


def test_without_a_value_nothing_changes(piece: Slice) -> None:
    assert overridden(piece, {}) == piece
    assert overridden(piece, {"elsewhere": 1}) == piece


def test_it_stands_where_papermill_puts_it() -> None:
    def statement(cell: str, line: int, name: str) -> Statement:
        return Statement(cell, line, f"{name} = limit", "constant", (name,))

    piece = Slice(
        statements=(
            statement("cell-1", 1, "limit"),
            statement("cell-1", 2, "double"),
            statement("cell-2", 1, "limit"),
        ),
        parameters=("limit",),
        **dict.fromkeys(NOTHING, ()),
    )
    changed = overridden(piece, {"limit": 10})
    assert [one.text for one in changed.statements] == [
        "limit = limit",
        "double = limit",
        "limit = 10",
        "limit = limit",
    ]
