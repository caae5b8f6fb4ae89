"""Which cells differ from what the live revision was made of."""

from __future__ import annotations

from jupyter_modelship.runs.drift import drifted, fingerprints
from tests.unit.notebook.conftest import CellText, notebook, sliced

BOOK: tuple[CellText, ...] = (
    ("k = {}\nk['a'] = 1", "train"),
    "# one\ndef helper(x):\n    return x * k['a']",
    ("def go(x: int) -> int:\n    return helper(x)", "endpoint"),
    "print('a plot')",
)


def prints(*cells: CellText) -> dict[str, str]:
    return fingerprints(sliced(*cells), notebook(*cells))


def test_what_neither_ships_nor_runs_never_drifts() -> None:
    assert prints(*BOOK).keys() == {"c1", "c2", "c3"}
    assert drifted(prints(*BOOK[:3], "print('another')"), prints(*BOOK)) == frozenset()


def test_code_and_training_drift() -> None:
    for at, before, after in ((0, "= 1", "= 2"), (1, "x *", "x +"), (2, "int:", "float:")):
        cells = list(BOOK)
        cell = cells[at]
        cells[at] = (
            cell.replace(before, after)
            if isinstance(cell, str)
            else (cell[0].replace(before, after), *cell[1:])
        )
        assert drifted(prints(*cells), prints(*BOOK)) == {f"c{at + 1}"}


def test_a_cell_that_is_gone_or_new_has_drifted() -> None:
    assert drifted({"a": "1"}, {"a": "1", "b": "2"}) == {"b"}
    assert drifted({"a": "1", "b": "2"}, {"a": "1"}) == {"b"}


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert drifted({"a": "1"}, {}) == frozenset()
